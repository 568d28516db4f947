// The daemon's state as JSON.
#pragma once

#include <string>
#include <string_view>

#include "encode/time.hpp"
#include "tickcache/status.hpp"

namespace tickcache::encode {

/// The whole status on one line (docs/cli.md). `segment` is the segment's name.
[[nodiscard]] std::string status_json(std::string_view segment, const Status& status,
                                      const Clocks& clocks);

}  // namespace tickcache::encode
