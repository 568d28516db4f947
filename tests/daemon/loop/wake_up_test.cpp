#include "daemon/core/wake_up.hpp"

#include "daemon/loop/stored_segment.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;

struct Waking : StoredSegment {
  WakeUp wake_up{writer};
  Time now{boot_now()};

  void store() {
    Ticker ticker;
    ticker.set_price(decimal("1.50"));
    REQUIRE(writer.ticker(0, symbol_text("BTCUSDT"), ticker, now.count()));
    wake_up.stored(now);
  }

  /// How often waiters are woken while `happens()` does.
  template <class F>
  std::uint32_t wakes(F happens) {
    const std::uint32_t before = reader.wake_word();
    happens();
    return reader.wake_word() - before;
  }
};

TEST_CASE("wake-up: everything that came together is one wake, when the input is drained") {
  Waking at;
  for (const int messages : {1, 20}) {
    CHECK(at.wakes([&] {
      for (int i = 0; i < messages; ++i) {
        at.store();
        at.now += 1us;
      }
    }) == 0);
    CHECK(at.writer.dirty());
    CHECK(at.wakes([&] { at.wake_up.drained(); }) == 1);
    CHECK_FALSE(at.writer.dirty());
  }
  CHECK(at.wakes([&] { at.wake_up.drained(); }) == 0);
}

TEST_CASE("wake-up: nobody waits longer than 50 µs while messages go on") {
  Waking at;
  // At 0, 10, 20 … 990 µs.
  const std::uint32_t wakes = at.wakes([&] {
    for (int i = 0; i < 100; ++i) {
      at.store();
      at.now += 10us;
    }
  });
  CHECK(wakes >= 100 * 10 / 60);
  CHECK(wakes <= 100 * 10 / 50);
}

TEST_CASE("wake-up: the time counts from the first record that nobody was woken for") {
  Waking at;
  at.store();
  at.wake_up.drained();
  at.now += 1s;
  CHECK(at.wakes([&] { at.store(); }) == 0);
  at.now += WakeUp::kLongest - 1ns;
  CHECK(at.wakes([&] { at.store(); }) == 0);
  at.now += 1ns;
  CHECK(at.wakes([&] { at.store(); }) == 1);
}

TEST_CASE("wake-up: what stores nothing wakes nobody") {
  Waking at;
  CHECK(at.wakes([&] {
    at.wake_up.stored(at.now);
    at.wake_up.drained();
  }) == 0);
}

TEST_CASE("wake-up: messages that store nothing hold no wake up for long") {
  Waking at;
  at.store();
  at.now += WakeUp::kLongest;
  CHECK(at.wakes([&] { at.wake_up.stored(at.now); }) == 1);  // a ping, say
}

}  // namespace
}  // namespace tickcache::daemon
