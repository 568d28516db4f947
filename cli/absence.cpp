#include "cli/absence.hpp"

#include <fmt/format.h>

#include "cli/describe.hpp"
#include "cli/output.hpp"
#include "cli/status.hpp"

namespace tickcache::cli {

void explain_absence(Reader& reader, Reason reason, ChannelKind kind, std::string_view symbol,
                     std::string_view interval) {
  const auto status = read_status(reader);
  if (status->reason == Reason::no_segment) return complain(no_segment_verdict(reader));
  if (reason == Reason::busy) return complain(verdict(Freshness::stale, reason));
  const std::string text = why_nothing_came(*status, kind, symbol, interval);
  complain(status->feed == Freshness::live
               ? text
               : fmt::format("{} (the feed is {})", text, feed_verdict(reader, *status)));
}

}  // namespace tickcache::cli
