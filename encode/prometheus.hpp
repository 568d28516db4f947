// The daemon's status in the Prometheus text format.
#pragma once

#include <string>
#include <string_view>

#include "tickcache/status.hpp"

namespace tickcache::encode {

/// The Content-Type of the text.
inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

/// The parts of `status` that are useful in graphs and alerts, in text format 0.0.4, with the last
/// line end. Each sample has the label `segment`, so that several daemons can be scraped together;
/// none has a label per symbol. Without a segment, there are only tickcache_up and the feed's
/// state. Ages refer to `status.now_ns`.
[[nodiscard]] std::string prometheus_text(const Status& status, std::string_view segment);

}  // namespace tickcache::encode
