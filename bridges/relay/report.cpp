#include "bridges/relay/report.hpp"

#include <chrono>
#include <utility>

#include "bridges/program.hpp"
#include "bridges/relay/config.hpp"
#include "bridges/relay/hub.hpp"
#include "encode/words.hpp"

namespace tickcache::relay {

void Report::start(Say say) {
  say_ = std::move(say);
  wait();
}

void Report::wait() {
  second_.expires_after(std::chrono::seconds(1));
  second_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    std::string now = state();
    if (now != said_) say_(now);
    said_ = std::move(now);
    wait();
  });
}

std::string Report::state() {
  const FeedStatus status = hub_.status();
  if (status.freshness == Freshness::down) {
    // A reader that was there before the segment says no more than that it has none.
    try {
      const Reader probe(hub_.reader().segment());
    } catch (const SegmentError& error) {
      return bridges::advice(kName, error);
    }
  }
  return "the feed is " + encode::verdict(status.freshness, status.reason);
}

}  // namespace tickcache::relay
