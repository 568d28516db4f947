// Reads ticks in their usual form without a JSON parser.
#pragma once

#include <string_view>

#include "daemon/core/event.hpp"

namespace tickcache::daemon {

/// Fills `event`, which must be default-constructed, if `message` is a tick in a usual form: the
/// members in the order channel or type, symbol, [data], price, quantity, timestamp,
/// is_buyer_maker, of which the last three may be missing; a blank after every ':' and ',' or after
/// none; plain digits; the time as ISO-8601 with milliseconds and 'Z', or in epoch milliseconds.
/// The result then equals that of Decoder::decode_in_general(). Otherwise returns false and `event`
/// is unspecified: use decode_in_general(), which may still accept the message.
bool read_usual_tick(std::string_view message, TickEvent& event) noexcept;

}  // namespace tickcache::daemon
