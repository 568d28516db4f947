// Ticks as the exchange nearly always writes them, read without a parser.
#pragma once

#include <string_view>

#include "daemon/core/event.hpp"

namespace tickcache::daemon {

/// Fills `event`, which must be as new, if `message` is a tick in one of the usual shapes: the
/// members in the order channel or type, symbol, [data], price, quantity, timestamp,
/// is_buyer_maker, of which the last three may be missing; a blank after every ':' and ',' or after
/// none; plain digits, the time as ISO-8601 with milliseconds and 'Z' or in epoch milliseconds.
/// `event` is then what the general way (Decoder::decode_in_general) gives for the message. False,
/// and `event` is undefined, for everything else, which says nothing about the message: ask the
/// general way.
bool read_usual_tick(std::string_view message, TickEvent& event) noexcept;

}  // namespace tickcache::daemon
