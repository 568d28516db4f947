// All connections together: reloads, late loops, the end.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "tests/daemon/upstream/upstream_rig.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}

// Not inlined, so that the compiler does not take malloc() and delete for a mismatch.
__attribute__((noinline)) void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc{};
}
__attribute__((noinline)) void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}
__attribute__((noinline)) void operator delete(void* block) noexcept { std::free(block); }
__attribute__((noinline)) void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}

namespace tickcache::daemon {
namespace {

/// 7 candles beside everything fit on the first connection; the others have 10 each.
std::vector<Channel> series(std::size_t count) {
  std::vector<Channel> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(candles("S" + std::to_string(i), "1m"));
  return result;
}

TEST_CASE("each connection has its own backoff") {
  Rig rig{want_all(series(12))};
  rig.start();
  CHECK(rig.count<Connect>() == 2);
  rig.open(1);
  for (const int wait : {1, 2, 4}) {
    rig.fail({}, 0);
    rig.pass(seconds{wait});
  }
  rig.message(acknowledgement(candles("S7", "1m")), 1);
  CHECK(rig.states[0] == ConnectionState::connecting);
  CHECK(rig.states[1] == ConnectionState::up);
  rig.close(1006, 1);
  rig.forget();
  rig.pass(milliseconds{999});
  CHECK(rig.count<Connect>() == 0);
  rig.pass(milliseconds{1});
  CHECK(rig.last<Connect>()->session.connection == 1);
}

TEST_CASE("reload: connections come and go") {
  Rig rig{want_all(series(12))};
  rig.start_open();
  rig.forget();
  rig.reconfigure(want_all(series(7)));
  CHECK(rig.states[0] == ConnectionState::up);
  CHECK(rig.states[1] == ConnectionState::closed);
  REQUIRE(rig.count<Close>() == 1);
  CHECK(!rig.last<Close>()->abort);
  CHECK(rig.count<DropChannel>() == 5);
  CHECK(rig.texts(0).empty());

  rig.forget();
  rig.reconfigure(want_all(series(25)));
  CHECK(rig.count<Connect>() == 2);
  CHECK(rig.states[1] == ConnectionState::connecting);
  CHECK(rig.states[2] == ConnectionState::connecting);
}

TEST_CASE("reload: a connection that comes back keeps the wait that was promised") {
  Rig rig{want_all(series(12))};
  rig.start();
  rig.fail_http(503, seconds{30}, 1);
  rig.reconfigure(want_all());
  CHECK(rig.states[1] == ConnectionState::closed);
  rig.pass(seconds{10});
  rig.forget();
  rig.reconfigure(want_all(series(12)));
  CHECK(rig.states[1] == ConnectionState::waiting);
  rig.pass(milliseconds{19'999});
  CHECK(rig.count<Connect>() == 0);
  rig.pass(milliseconds{1});
  CHECK(rig.count<Connect>() == 1);
}

TEST_CASE("reload: nothing wanted keeps one connection without subscriptions") {
  Rig rig{want_all(series(12))};
  rig.start_open();
  rig.message(acknowledgement(ticker_all()));
  rig.forget();
  rig.reconfigure({});
  CHECK(rig.states[0] == ConnectionState::up);
  CHECK(rig.states[1] == ConnectionState::closed);
  CHECK(rig.texts(0).size() == 10);
  CHECK(rig.channels.empty());
}

TEST_CASE("reload: more symbols than fit: everything") {
  Rig rig{want_symbols({"A", "B"})};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.forget();
  rig.reconfigure(want_symbols({"A", "C", "D", "E", "F", "G", "H", "I", "J"}));
  CHECK(rig.logged("more symbols", LogLevel::info) == 1);
  CHECK(rig.texts().size() == 3);
  CHECK(rig.texts().back() == R"({"action":"subscribe","channel":"ticker_all"})");
}

TEST_CASE("reload: while connecting or waiting, what is wanted then is asked for") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start();
  rig.reconfigure(want_symbols({"B"}, false));
  rig.fail();
  rig.reconfigure(want_symbols({"C"}, false));
  CHECK(rig.texts().empty());
  rig.pass(seconds{1});
  rig.open();
  CHECK(rig.texts() ==
        std::vector<std::string>{R"({"action":"subscribe","channel":"ticker","symbol":"C"})"});
}

TEST_CASE("reload: new timing holds at once") {
  Rig rig{want_all()};
  rig.start_open();
  Timing timing;
  timing.idle_timeout = seconds{20};
  rig.reconfigure(want_all(), timing);
  rig.pass(seconds{20});
  CHECK(rig.count<Close>() == 1);
}

TEST_CASE("a reload before the start is what is started with") {
  Rig rig{want_symbols({"A"})};
  rig.reconfigure(want_all());
  CHECK(rig.actions.empty());
  rig.start();
  CHECK(rig.state_of(ticker_all()) == ChannelState::wanted);
}

TEST_CASE("fault 44: stop in every state") {
  for (int state = 0; state < 5; ++state) {
    CAPTURE(state);
    Rig rig{want_all(series(12)), {}, true};
    if (state > 0) rig.start();
    if (state == 2) rig.fail();
    if (state == 3) rig.open();
    if (state == 4) rig.fail_http(403);
    rig.forget();
    rig.upstream.stop(rig.now);
    rig.collect();
    CHECK(rig.count<Close>() == (state == 0 ? 0 : state % 2 == 1 ? 2 : 1));
    for (const auto& [connection, shown] : rig.states) CHECK(shown == ConnectionState::closed);
    CHECK(rig.upstream.deadline() == Time::max());
    CHECK(rig.upstream.stopped());
    rig.forget();
    rig.upstream.stop(rig.now);
    rig.start();
    rig.open();
    rig.fail();
    rig.close(1000);
    rig.pass(minutes{10});
    CHECK(rig.actions.empty());
  }
}

TEST_CASE("stop: an open connection is closed with a goodbye, one that connects is cut") {
  Rig rig{want_all(series(12))};
  rig.start();
  rig.open(1);
  rig.upstream.stop(rig.now);
  rig.collect();
  for (const Action& action : rig.actions) {
    if (const auto* close = std::get_if<Close>(&action)) {
      CHECK(close->abort == (close->session.connection == 0));
    }
  }
}

TEST_CASE("fault 28: late: all connections at once, none of their messages counts any more") {
  Rig rig{want_all(series(12))};
  rig.start_open();
  const auto old = rig.sessions;
  rig.now += minutes{3};
  rig.forget();
  rig.upstream.on_late(rig.now);
  rig.collect();
  CHECK(rig.count<Connect>() == 2);
  for (const auto& [connection, id] : old) {
    CHECK(rig.upstream.on_message(id, tick("A"), rig.now) == Belongs::nowhere);
  }
}

TEST_CASE("fault 23: a flood of pings neither grows anything nor starves the ticks") {
  Rig rig{want_all()};
  rig.start_open();
  rig.message(acknowledgement(ticker_all()));
  for (int i = 0; i < 10'000; ++i) {
    rig.forget();
    CHECK(rig.message(PingEvent{}));
    CHECK(rig.actions.size() == 1);
    CHECK(rig.message(tick("A")));
  }
}

TEST_CASE("what an action reports while it is carried out comes after what was there") {
  Upstream upstream{want_all(series(12)), {}, 1};
  upstream.start(false, seconds{1});
  std::vector<std::size_t> order;
  upstream.drain([&](Action& action) {
    order.push_back(action.index());
    if (const auto* connect = std::get_if<Connect>(&action)) {
      upstream.on_failed(connect->session, {}, seconds{1});
      upstream.drain([](Action&) { FAIL("out of order"); });
    }
  });
  CHECK(order.size() > 4);
  std::size_t rest = 0;
  upstream.drain([&](Action&) { ++rest; });
  CHECK(rest == 0);
}

TEST_CASE("messages of data allocate nothing") {
  Rig rig{want_all(series(3))};
  rig.start_open();
  rig.message(acknowledgement(ticker_all()));
  const Event events[] = {tick("BTCUSDT"), tick("ETHUSDT"),  candle(candles("S0", "1m")),
                          OrderEvent{},    PortfolioEvent{}, PingEvent{}};
  const auto feed = [&] {
    for (const Event& event : events) {
      rig.upstream.on_message(rig.sessions[0], event, rig.now);
      rig.upstream.drain([](Action&) {});
      rig.upstream.on_time(rig.now);
      CHECK(rig.upstream.deadline() > rig.now);
      rig.upstream.drain([](Action&) {});
    }
  };
  for (int i = 0; i < 10; ++i) feed();
  const std::size_t before = allocations.load(std::memory_order_relaxed);
  for (int i = 0; i < 100; ++i) {
    rig.upstream.on_message(rig.sessions[0], events[static_cast<std::size_t>(i) % 6], rig.now);
    rig.upstream.drain([](Action&) {});
    static_cast<void>(rig.upstream.deadline());
  }
  CHECK(allocations.load(std::memory_order_relaxed) == before);
}

}  // namespace
}  // namespace tickcache::daemon
