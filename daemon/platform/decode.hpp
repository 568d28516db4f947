// What the exchange says: one message in, one event out.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "daemon/core/event.hpp"

namespace tickcache::daemon {

/// Reads the exchange's messages, in every form that they come in: enveloped or flat, channel
/// names plain or joined, decimals as text or as numbers, times as ISO-8601 or epoch milliseconds.
/// What cannot be kept exactly is rejected or marked absent, never rounded.
///
/// Holds a buffer of kMaxMessage bytes and allocates nothing after construction. Not thread-safe;
/// one per connection or one per thread.
class Decoder {
 public:
  /// The longest message that is read; a longer one is Counter::rejected_json.
  static constexpr std::size_t kMaxMessage = std::size_t{1} << 20;

  Decoder();
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// One complete text message → what it says. The event lives until the next call and does not
  /// refer to `message`. No I/O, no allocation, never throws. A message that is rejected or
  /// ignored is a NothingEvent with the counter to raise.
  const Event& decode(std::string_view message) noexcept;

  /// The same result, always by way of the JSON parser: what decode() is tested against.
  const Event& decode_in_general(std::string_view message) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tickcache::daemon
