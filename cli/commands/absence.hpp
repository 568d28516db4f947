// Explains why there is no data to show.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/exit_code.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

/// Why a channel will never deliver: the daemon does not subscribe to it (with the option to add),
/// or the exchange refused it. Nothing if it may deliver, or if no daemon runs or has subscribed
/// yet, since the next one may subscribe to it. Symbol and interval as for why_nothing_came().
[[nodiscard]] std::optional<std::string> why_nothing_will_come(const Status& status,
                                                               ChannelKind kind,
                                                               std::string_view symbol = {},
                                                               std::string_view interval = {});

/// `; add it to its configuration: "candles = BTCUSDT:1m,BTCUSDT:4h"`: the line that would
/// subscribe to the channel, including its present values; "symbols = …,NOPE" if these are many.
[[nodiscard]] std::string how_to_subscribe(const Status& status, ChannelKind kind,
                                           std::string_view symbol = {},
                                           std::string_view interval = {});

/// Explains on standard error why a lookup returned no record, from its `reason` and the state of
/// the feed and the channel. Symbol and interval are for candles. Returns the command's exit code:
/// unknown_symbol if none will come (see why_nothing_will_come()), not_live if none has come yet,
/// no_segment.
ExitCode explain_absence(Reader& reader, Reason reason, ChannelKind kind,
                         std::string_view symbol = {}, std::string_view interval = {});

}  // namespace tickcache::cli
