#include "daemon/service/notifier.hpp"

#include <systemd/sd-daemon.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <utility>

namespace tickcache::daemon {

namespace {

namespace asio = boost::asio;

/// Of messages that wait for the service manager. Each step of the daemon's life is one: more than
/// these are never on their way.
constexpr int kMaxUnsent = 16;
/// If this many are queued, statuses and watchdog messages are dropped: newer ones follow soon.
constexpr int kTooMany = 4;

/// systemd compares it with its own reading of CLOCK_MONOTONIC, which is this clock.
std::string monotonic_microseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

struct Notifier::Sender {
  asio::thread_pool thread{1};
  std::atomic<int> unsent = 0;  // alone: guards nothing else
};

Notifier::Notifier() {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  if (socket == nullptr || *socket == '\0') return;
  sender_ = std::make_unique<Sender>();
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0)
    watchdog_ = std::chrono::microseconds(microseconds);
}

Notifier::~Notifier() {
  // Do not join a blocked thread, which would block too: it ends with the process.
  if (!drain(std::chrono::milliseconds(500))) static_cast<void>(sender_.release());
}

void Notifier::ready() { tell("READY=1"); }

void Notifier::reloading() { tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds()); }

void Notifier::stopping(std::string_view status) {
  tell("STOPPING=1\nSTATUS=" + std::string(status));
}

bool Notifier::wants_status(Time now) const noexcept {
  return takes_news() && now - status_made_ >= kStatusEvery;
}

void Notifier::status(std::string_view text, Time now) {
  if (!takes_news()) return;
  status_made_ = now;
  if (text == status_) return;
  status_ = text;
  tell("STATUS=" + status_);
}

void Notifier::beat(Time now) {
  if (watchdog_ == Time(0) || now - watchdog_fed_ < watchdog_ / 2 || !takes_news()) return;
  watchdog_fed_ = now;
  tell("WATCHDOG=1");
}

bool Notifier::drain(std::chrono::milliseconds limit) {
  if (!listens()) return true;
  return asio::post(sender_->thread, asio::use_future).wait_for(limit) == std::future_status::ready;
}

bool Notifier::takes_news() const noexcept {
  return listens() && sender_->unsent.load(std::memory_order_relaxed) < kTooMany;
}

void Notifier::tell(std::string message) {
  if (!listens() || sender_->unsent.load(std::memory_order_relaxed) == kMaxUnsent) return;
  sender_->unsent.fetch_add(1, std::memory_order_relaxed);
  asio::post(sender_->thread, [sender = sender_.get(), message = std::move(message)] {
    sd_notify(0, message.c_str());
    sender->unsent.fetch_sub(1, std::memory_order_relaxed);
  });
}

}  // namespace tickcache::daemon
