// Why there is nothing to show.
#pragma once

#include <string_view>

#include "cli/exit_code.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

/// For a lookup that gave nothing, for `reason`: tells standard error why, from the state of the
/// feed and of the channel. Symbol and interval are those of candles.
void explain_absence(Reader& reader, Reason reason, ChannelKind kind, std::string_view symbol = {},
                     std::string_view interval = {});

}  // namespace tickcache::cli
