#include "daemon/wake_up.hpp"

#include <boost/asio/post.hpp>

#include "daemon/loop/stored_segment.hpp"

namespace tickcache::daemon {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Waking : StoredSegment {
  asio::io_context io{1};
  WakeUp wake_up{io, writer};
  Time now{boot_now()};

  void store() {
    Ticker ticker;
    ticker.set_price(decimal("1.50"));
    REQUIRE(writer.ticker(0, symbol_text("BTCUSDT"), ticker, now.count()));
    wake_up.stored(now);
  }

  /// As Beast delivers messages that it had buffered: each handler posts the next. The clock moves
  /// on by `step` with each.
  void deliver(int messages, Time step) {
    if (messages == 0) return;
    now += step;
    store();
    asio::post(io, [=, this] { deliver(messages - 1, step); });
  }

  /// How often waiters are woken until the loop has nothing left to do.
  std::uint32_t wakes() {
    const std::uint32_t before = reader.wake_word();
    io.restart();
    io.poll();
    return reader.wake_word() - before;
  }
};

/// What a wake adds to the wake word.
std::uint32_t one_wake() {
  Waking at;
  const std::uint32_t before = at.reader.wake_word();
  at.store();
  at.writer.flush();
  return at.reader.wake_word() - before;
}

TEST_CASE("wake-up: one message, one wake, as soon as the loop is idle") {
  Waking at;
  at.store();
  CHECK(at.writer.dirty());
  CHECK(at.wakes() == one_wake());
  CHECK_FALSE(at.writer.dirty());
  CHECK(at.wakes() == 0);
}

TEST_CASE("wake-up: everything that came together is one wake") {
  Waking at;
  asio::post(at.io, [&] { at.deliver(20, 1us); });
  CHECK(at.wakes() == one_wake());
  asio::post(at.io, [&] { at.deliver(20, 1us); });
  CHECK(at.wakes() == one_wake());
}

TEST_CASE("wake-up: nobody waits longer than 50 µs while messages go on") {
  Waking at;
  // At 0, 10, 20 … 990 µs, and at the end.
  asio::post(at.io, [&] { at.deliver(100, 10us); });
  const std::uint32_t wakes = at.wakes() / one_wake();
  CHECK(wakes >= 100 * 10 / 50 - 1);
  CHECK(wakes <= 100 * 10 / 50 + 1);
}

TEST_CASE("wake-up: what stores nothing wakes nobody, and leaves the loop alone") {
  Waking at;
  at.wake_up.stored(at.now);
  CHECK(at.io.poll() == 0);
  CHECK(at.wakes() == 0);
}

TEST_CASE("wake-up: messages that store nothing hold no wake up for long") {
  Waking at;
  at.store();
  const std::uint32_t before = at.reader.wake_word();
  at.now += WakeUp::kLongest;
  at.wake_up.stored(at.now);  // a ping, say
  CHECK(at.reader.wake_word() - before == one_wake());
}

}  // namespace
}  // namespace tickcache::daemon
