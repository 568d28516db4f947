// The daemon's status in Prometheus's text format.
#pragma once

#include <string>
#include <string_view>

#include "tickcache/status.hpp"

namespace tickcache::encode {

/// What an HTTP answer with the text says about it.
inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Everything of `status` that one graphs or is alarmed by, in text format 0.0.4, with the line
/// end. Each sample has the label `segment`, so that several daemons' texts can stand side by side;
/// none has a symbol. Without a segment to read, tickcache_up and the feed's state are all there
/// is. Ages are those at `status.now_ns`.
[[nodiscard]] std::string prometheus_text(const Status& status, std::string_view segment);

}  // namespace tickcache::encode
