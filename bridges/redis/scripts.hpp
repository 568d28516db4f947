// The Lua scripts by which an origin writes: each compares the lease first (docs/redis.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "redis/keys.hpp"

namespace tickcache::redis {

/// KEYS: lease, state. ARGV: instance, milliseconds. Takes the lease if it is nobody's, or this
/// instance's: {1, EPOCH}. Otherwise {0, the lease}.
extern const char* const kTakeScript;
/// KEYS: lease. ARGV: EPOCH:INSTANCE, then commands: the number of words, the words. 1; 0 if the
/// lease is another's, and then none was carried out.
extern const char* const kWriteScript;
/// KEYS: lease. ARGV: EPOCH:INSTANCE. Gives the lease up if it is this.
extern const char* const kGiveScript;

/// The commands of one write. They are carried out together and in this order; an error ends them.
class Write {
 public:
  Write& command(const std::vector<std::string_view>& words);
  /// ARGV after the first.
  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }

 private:
  std::vector<std::string> words_;
};

/// Adds the lease's renewal.
void renew(Write& write, const Keys& keys);

}  // namespace tickcache::redis
