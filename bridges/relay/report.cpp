#include "bridges/relay/report.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <utility>

#include "bridges/relay/hub.hpp"
#include "encode/words.hpp"

namespace tickcache::relay {

namespace {

/// Whether systemd started this process, so that no user can join a group for it.
bool is_service() {
  const char* process = std::getenv("SYSTEMD_EXEC_PID");
  return process != nullptr && process == std::to_string(::getpid());
}

}  // namespace

std::string advice(const SegmentError& error) {
  std::string text = error.what();
  if (error.code() == OpenError::permission && is_service()) {
    text +=
        "; for this service, name the group in its unit: systemctl edit tickcache-relay, below "
        "[Service] SupplementaryGroups=GROUP";
  } else if (error.code() == OpenError::stranger && is_service()) {
    text += "; for this service, below [Service] Environment=TICKCACHE_USER=NAME";
  }
  return text;
}

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
      return advice(error);
    }
  }
  return "the feed is " + encode::verdict(status.freshness, status.reason);
}

}  // namespace tickcache::relay
