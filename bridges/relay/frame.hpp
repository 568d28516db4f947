// The hub's records as text for clients, each in the forms that they understand.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "encode/line.hpp"
#include "encode/time.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::relay {

/// What a client reads.
enum class Form : std::uint8_t {
  enveloped,  ///< WebSocket frames as the platform's server sends them, data in "data"
  flat,       ///< WebSocket frames as the specification describes them
  events,     ///< server-sent events, with the JSON of the command line
};
inline constexpr std::array kForms = {Form::enveloped, Form::flat, Form::events};

// Each returns the text for the client's connection, the frame's header included. Of an event, what
// follows its id. `trust`: of the value.

[[nodiscard]] std::string frame_of(Form form, const Tick& tick, const FeedStatus& trust,
                                   const encode::Clocks& clocks);
/// The latest value of a symbol, for a client that has just subscribed or was too slow. `missed`:
/// ticks since the one that it got before.
[[nodiscard]] std::string frame_of(Form form, std::string_view symbol, const Result<Ticker>& ticker,
                                   std::uint64_t missed, const encode::Clocks& clocks);
[[nodiscard]] std::string frame_of(Form form, const OrderUpdate& update, const FeedStatus& trust,
                                   const encode::Clocks& clocks);
[[nodiscard]] std::string frame_of(Form form, const ClosedCandle& closed, const FeedStatus& trust,
                                   const encode::Clocks& clocks);
[[nodiscard]] std::string frame_of(Form form, const PortfolioUpdate& update,
                                   const FeedStatus& trust, const encode::Clocks& clocks);
[[nodiscard]] std::string frame_of(Form form, const FeedStatus& status);
[[nodiscard]] std::string frame_of(Form form, const FeedGap& gap);

/// A text message in a frame that a server sends (RFC 6455: unmasked, whole).
[[nodiscard]] std::string websocket_frame(std::string_view text);
/// Completes the object, and puts it into such a frame.
[[nodiscard]] std::string websocket_frame(encode::JsonLine& json);

}  // namespace tickcache::relay
