// Runs the programs that are written in C, and the examples of the documentation, against segments
// in every state.
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/child.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

int run_c_program(const char* state, const std::string& segment) {
  Child child([&] {
    execl(C_API_PROGRAM, C_API_PROGRAM, state, segment.c_str(), nullptr);
    return 98;
  });
  return child.wait();
}

/// What a command prints, and " -> " its exit code.
std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::string text;
  std::array<char, 256> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  const int status = pclose(pipe);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text + " -> " + std::to_string(WEXITSTATUS(status));
}

Decimal parsed(const char* text) { return *Decimal::parse(text); }

/// What c_api_program.c expects.
void store_the_expected(CacheWriter& writer) {
  const std::int64_t now = boot_now();
  writer.begin_epoch(0, now, unix_now());
  writer.set_key_accepted();
  writer.set_hops(2);
  writer.set_channel(ChannelKind::all_tickers, {}, {}, 0, ChannelState::acknowledged, {}, now);
  writer.set_channel(ChannelKind::candles, symbol("ETHUSDT"), interval("4h"), 0,
                     ChannelState::refused, "INVALID_CHANNEL", now);
  for (int i = 0; i < 3; ++i) writer.message(0, 100, now);
  writer.count(Counter::rejected_json, 2);
  writer.count(Counter::rejected_binary, 3);
  writer.count(Counter::ignored_type, 4);

  Ticker btc;
  btc.set_price(parsed("64521.30000000"));
  btc.set_quantity(parsed("0.500"));
  btc.set_buyer_is_maker(true);
  btc.exchange_time_ns = 1'700'000'000 * kSecond;
  writer.ticker(0, symbol("BTCUSDT"), btc, now);
  Ticker eth;
  eth.set_price({3500, 0, {}});
  eth.lag_ms = 250;
  writer.ticker(0, symbol("ETHUSDT"), eth, now);
  writer.set_connection(0, ConnectionState::up, now);
  writer.snapshot(symbol("SOLUSDT"), {{153, 0, {}}, 0, 0, now}, now + 40'000'000);
  writer.set_confirmed(now, 5 * kSecond);

  Order order;
  order.id.assign("order-1");
  writer.order(0, order, now);
  order.id.assign("order-2");
  order.status.assign("filled");
  order.data.assign(R"({"id":"order-2"})");
  order.set(Order::kPrice, {42, 0, {}});
  order.set(Order::kFee, parsed("4.5E-7"));
  order.flags = Order::kDataCut;
  order.filled_at_ns = 7;
  writer.order(0, order, now);

  Candle candle;
  candle.high = {12, 0, {}};
  candle.volume.assign("1234.5678");
  candle.closed = 1;
  candle.open_time_ns = 60 * kSecond;
  writer.candle(0, symbol("BTCUSDT"), interval("1m"), candle, now);
  candle.closed = 0;
  candle.open_time_ns = 120 * kSecond;
  writer.candle(0, symbol("BTCUSDT"), interval("1m"), candle, now);

  Portfolio portfolio;
  portfolio.total_equity.assign("10000.25");
  portfolio.exchange_time_ns = 5;
  writer.portfolio(0, portfolio, now);
  writer.flush();
}

struct Prepared {
  Prepared() {
    WriterOptions with = options(name);
    with.liveness_timeout_ns = 3600 * kSecond;
    writer.emplace(with, boot_now());
    store_the_expected(*writer);
  }
  const SegmentName name;
  std::optional<CacheWriter> writer;
};

/// TICKCACHE_SEGMENT, while it lives.
struct Environment {
  explicit Environment(const std::string& segment) {
    setenv("TICKCACHE_SEGMENT", segment.c_str(), 1);
  }
  ~Environment() { unsetenv("TICKCACHE_SEGMENT"); }
};

}  // namespace

TEST_CASE("C: a live feed") {
  const Prepared feed;
  CHECK(run_c_program("live", feed.name) == 0);
}

TEST_CASE("C: the segment that the environment names") {
  const Prepared feed;
  const Environment environment(feed.name);
  CHECK(run_c_program("environment", "unused") == 0);
}

TEST_CASE("C: waiting while data comes") {
  Prepared feed;
  Child program([&] {
    execl(C_API_PROGRAM, C_API_PROGRAM, "busy", feed.name.str().c_str(), nullptr);
    return 98;
  });
  std::uint64_t n = 0;
  int status = 0;
  const bool ended = soon([&] {
    ++n;
    const std::int64_t now = boot_now();
    feed.writer->ticker(0, symbol("BTCUSDT"), make_ticker(n), now);
    feed.writer->order(0, make_order(n), now);
    feed.writer->portfolio(0, make_portfolio(n), now);
    feed.writer->candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(n, true), now);
    feed.writer->set_connection(1, ConnectionState::connecting, now);
    feed.writer->flush();
    return waitid(P_PID, static_cast<id_t>(program.pid()), nullptr, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           access(("/proc/" + std::to_string(program.pid()) + "/exe").c_str(), F_OK) != 0;
  });
  status = program.kill_and_wait();
  CHECK(ended);
  CHECK(status == 0);
}

TEST_CASE("C: a daemon that was stopped, none at all, and something else under the name") {
  Prepared feed;
  feed.writer->stop(RunState::stopped, boot_now());
  CHECK(run_c_program("stopped", feed.name) == 0);
  const SegmentName none;
  CHECK(run_c_program("missing", none) == 0);
  const SegmentName other;
  write_file(other.path(), "something else");
  CHECK(run_c_program("refused", other) == 0);
}

TEST_CASE("the examples of the documentation print a price and whether to trust it") {
  for (const std::string program : {EXAMPLE_CPP, EXAMPLE_C}) {
    CAPTURE(program);
    Prepared feed;
    const Environment environment(feed.name);
    CHECK(output_of(program) == "64521.30000000 live none -> 0");
    CHECK(output_of(program + " ethusdt") == "3500 live none -> 0");
    CHECK(output_of(program + " NOPE") == "- missing never_seen -> 4");
    feed.writer->set_connection(0, ConnectionState::waiting, boot_now());
    CHECK(output_of(program) == "64521.30000000 stale reconnecting -> 4");
    feed.writer->stop(RunState::auth_failed, boot_now());
    CHECK(output_of(program) == "64521.30000000 down auth_failed -> 4");
  }
}
