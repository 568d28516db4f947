// Reader processes that check every value they see, whatever happens to the daemon. The exchange
// sends ticks as in sim/checksum.hpp: one that is torn, invented, reordered or of another symbol
// does not verify.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/child.hpp"

namespace tickcache::test {

/// What a watcher has seen; shared with its process.
struct Sightings {
  std::atomic<std::uint64_t> values{0};  ///< that were checked
  std::atomic<std::uint64_t> live{0};
  std::atomic<std::uint64_t> instances{0};  ///< segments that it saw, one after the other
  std::atomic<std::uint64_t> missed{0};     ///< that it was told about
  std::atomic<std::uint64_t> busy{0};       ///< lookups that gave up
  std::atomic<std::uint64_t> wrong{0};
  char first_wrong[256] = {};  ///< what it was
  std::atomic<bool> stop{false};

  void add_wrong(std::string_view what) noexcept;
};

/// A process with a reader of segment `segment`. Start it while this process has one thread.
class Watcher {
 public:
  enum class Way : std::uint8_t {
    lookups,  ///< looks every symbol up, again and again, with handles that it keeps
    feed,     ///< takes every tick and order update in order
    /// The same, of a daemon whose wishes change: what comes while a symbol is not subscribed to
    /// is not there to be told of.
    feed_of_changing,
  };
  /// Rests for `pause` after each look at everything.
  Watcher(Way way, const std::string& segment, const std::vector<std::string>& symbols,
          std::chrono::microseconds pause = {});

  [[nodiscard]] pid_t pid() const noexcept { return child_->pid(); }
  [[nodiscard]] const Sightings& sightings() const noexcept { return *sightings_; }
  /// Ends it; whether it came to its end by itself.
  bool stop();

 private:
  Shared<Sightings> sightings_;
  std::unique_ptr<Child> child_;
};

}  // namespace tickcache::test
