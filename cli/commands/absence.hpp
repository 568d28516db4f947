// Why there is nothing to show.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/exit_code.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

/// Why a channel will not deliver, as far as the daemon says: it does not subscribe to it (then
/// with the option to add), or the exchange has refused it. Nothing also if no daemon runs: the
/// next one may subscribe to more. Symbol and interval as for why_nothing_came().
[[nodiscard]] std::optional<std::string> why_nothing_will_come(const Status& status,
                                                               ChannelKind kind,
                                                               std::string_view symbol = {},
                                                               std::string_view interval = {});

/// "candles = BTCUSDT:1m,BTCUSDT:4h": the line of the configuration that would subscribe to it,
/// with what the line has already; "symbols = …,NOPE" if that is much.
[[nodiscard]] std::string option_line(const Status& status, ChannelKind kind,
                                      std::string_view symbol = {}, std::string_view interval = {});

/// For a lookup that gave nothing, for `reason`: tells standard error why, from the state of the
/// feed and of the channel. Symbol and interval are those of candles.
void explain_absence(Reader& reader, Reason reason, ChannelKind kind, std::string_view symbol = {},
                     std::string_view interval = {});

}  // namespace tickcache::cli
