#include "bridges/waker.hpp"

#include <time.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace tickcache::bridges {
namespace {

constexpr std::chrono::milliseconds kLongestWait{250};
/// A call that takes no longer is followed by no pause.
constexpr std::chrono::microseconds kQuick{100};
constexpr int kTimesAsLong = 5;

/// Of this thread: what others do on the processor meanwhile is no reason to pause.
std::chrono::nanoseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Waker::Waker(boost::asio::io_context& io, const std::string& segment, std::function<void()> call)
    : io_(io), reader_(segment), call_(std::move(call)), pause_(io) {}

Waker::~Waker() {
  stopped_ = true;
  reader_.stop();
  called_.release();
  if (thread_.joinable()) thread_.join();
}

void Waker::start() {
  thread_ = std::thread([this] { run(); });
}

void Waker::run() {
  while (!stopped_) {
    const std::uint32_t seen = reader_.wake_word();
    boost::asio::post(io_, [this] { call(); });
    const bool ticks = ticks_.load(std::memory_order_relaxed);
    const Topics slow = Topics::orders() | Topics::portfolio() | Topics::candles();
    reader_.wait(seen, ticks ? slow | Topics::ticks() : slow, kLongestWait);
    // It usually has ended by now: to wait for that first would wake this thread twice a tick.
    called_.acquire();
  }
}

void Waker::call() {
  const auto begin = processor_time();
  call_();
  const auto took = processor_time() - begin;
  if (took < kQuick) return called_.release();
  pause_.expires_after(std::min<std::chrono::nanoseconds>(kTimesAsLong * took, kLongestPause));
  pause_.async_wait([this](boost::system::error_code error) {
    if (!error) called_.release();
  });
}

}  // namespace tickcache::bridges
