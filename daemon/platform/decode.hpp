// Decodes the exchange's messages: one message in, one event out.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "daemon/core/event.hpp"

namespace tickcache::daemon {

/// Accepts every known form of the messages: enveloped or flat, with plain or joined channel names,
/// decimals as strings or numbers, times as ISO-8601 or epoch milliseconds. Values that do not fit
/// exactly are rejected or marked absent, never rounded.
///
/// Holds a buffer of kMaxMessage bytes and allocates nothing after construction. Not thread-safe;
/// one per connection or one per thread.
class Decoder {
 public:
  /// The longest message accepted; a longer one is Counter::rejected_json.
  static constexpr std::size_t kMaxMessage = std::size_t{1} << 20;

  Decoder();
  ~Decoder();

  /// Decodes one complete text message. The event is valid until the next call and does not refer
  /// to `message`. A rejected or ignored message gives a NothingEvent with the counter to
  /// increment. No I/O, no allocation, never throws.
  const Event& decode(std::string_view message) noexcept;

  /// The event if the message is a tick in its usual form, which has no text but the symbol; else
  /// null. decode() is this, or else decode_in_general().
  const Event* decode_usual_tick(std::string_view message) noexcept;

  /// Rejects a message without decoding it.
  const Event& reject(std::string_view message, Counter why) noexcept;

  /// The same as decode(), always with the JSON parser. Tests compare decode() with it.
  const Event& decode_in_general(std::string_view message) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tickcache::daemon
