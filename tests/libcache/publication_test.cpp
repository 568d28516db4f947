// What the writer publishes: successors, a name that is lost, and what it does when something is
// full.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <optional>
#include <string>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/libcache/times.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using Code = WriterError::Code;

RunState run_state(const Mapping& mapping, const layout::Header& header) {
  const SegmentView view(mapping.base(), header);
  return static_cast<RunState>(view.status().run_state.load(std::memory_order_acquire));
}

}  // namespace

TEST_CASE("a successor marks the segment before it superseded") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  writer.emplace(options(name), kNow);
  Mapping mapping;
  layout::Header header;
  REQUIRE(open_segment(name.str(), O_RDONLY, {}, mapping, header).code == OpenError::none);
  CHECK(run_state(mapping, header) == RunState::running);
  writer.reset();  // as if killed: it says nothing
  CHECK(run_state(mapping, header) == RunState::running);
  const CacheWriter successor(options(name), kNow);
  CHECK(run_state(mapping, header) == RunState::superseded);
  CHECK(successor.view().header().instance != header.instance);
}

TEST_CASE("fault 39: a name that is gone is published again with everything in it") {
  const SegmentName name;
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), kNow);
  writer.order(0, make_order(1), kNow);
  writer.count(Counter::pings, 7);
  Reader reader{name.str()};
  SymbolHandle handle = reader.handle("BTCUSDT");
  CHECK(reader.ticker(handle, at(kNow)).live());
  const std::uint64_t instance = writer.view().header().instance;

  writer.keep_name(kNow);
  CHECK(writer.view().header().instance == instance);  // it was there

  REQUIRE(unlink(name.path().c_str()) == 0);
  CHECK(reader.ticker(handle, at(kNow)).live());  // readers of the old one notice nothing
  writer.keep_name(kNow + kSecond);
  CHECK(writer.view().header().instance != instance);
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(2), kNow + kSecond);

  Reader late{name.str()};
  CHECK(late.ticker("BTCUSDT", at(kNow + kSecond)).live());
  CHECK(late.ticker("BTCUSDT", at(kNow + kSecond)).value.updates == 2);
  std::array<Order, 4> orders;
  CHECK(late.orders(orders, at(kNow + kSecond)).live());
  Status status;
  late.status(status);
  CHECK(status.counter(Counter::pings) == 7);
  CHECK(status.connections[0].epoch == 1);
  // The reader of the old one goes over, handle included.
  CHECK(reader.ticker(handle, at(kNow + kSecond)).live());
  CHECK(reader.ticker(handle, at(kNow + kSecond)).value.updates == 2);
  // The lock is still held.
  try {
    const CacheWriter second(options(name), kNow);
    FAIL("a second writer of the name");
  } catch (const WriterError& error) {
    CHECK(error.code() == Code::in_use);
  }
}

TEST_CASE("fault 39: a name that is another's ends the writer") {
  const SegmentName name;
  CacheWriter writer(options(name), kNow);
  REQUIRE(unlink(name.path().c_str()) == 0);
  write_file(name.path(), "somebody else");
  try {
    writer.keep_name(kNow);
    FAIL("the name is another's");
  } catch (const WriterError& error) {
    CHECK(error.code() == Code::taken);
    CHECK(std::string(error.what()).find(name.str()) != std::string::npos);
  }
  CHECK(read_file(name.path()) == "somebody else");
}

TEST_CASE("fault 39: a name that cannot be published again now is tried again later") {
  const SegmentName name;
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  REQUIRE(unlink(name.path().c_str()) == 0);
  // No file may be as large as a segment.
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{4096, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  CHECK_THROWS_AS(writer.keep_name(kNow), WriterError);
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), kNow);
  CHECK_THROWS_AS(writer.keep_name(kNow), WriterError);
  CHECK_FALSE(exists(name.next_path()));
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  writer.keep_name(kNow);
  Reader reader{name.str()};
  CHECK(reader.ticker("BTCUSDT", at(kNow)).live());
}

TEST_CASE("one symbol more than the table holds is refused and counted while the others go on") {
  const SegmentName name;
  WriterOptions small = options(name);
  small.capacities = {3, 16};
  CacheWriter writer(small, kNow);
  writer.begin_epoch(0, kNow, kUnix);
  for (const char* text : {"AAA", "BBB", "CCC"}) {
    CHECK(writer.ticker(0, symbol(text), make_ticker(1), kNow));
  }
  CHECK_FALSE(writer.ticker(0, symbol("DDD"), make_ticker(1), kNow));
  CHECK_FALSE(writer.ticker(0, symbol("DDD"), make_ticker(1), kNow));
  CHECK_FALSE(writer.ticker(0, symbol(""), make_ticker(1), kNow));
  CHECK(writer.ticker(0, symbol("bbb"), make_ticker(2), kNow));
  Reader reader{name.str()};
  Status status;
  reader.status(status);
  CHECK(status.counter(Counter::rejected_capacity) == 3);
  CHECK(status.counter(Counter::ticks) == 4);
  CHECK(status.symbols == 3);
  CHECK(status.max_symbols == 3);
  CHECK(reader.ticker("BBB", at(kNow)).value.updates == 2);
  CHECK(reader.ticker("DDD", at(kNow)).freshness == Freshness::missing);
}

TEST_CASE("one candle series more than the pool holds is refused and counted") {
  const SegmentName name;
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  for (std::uint32_t i = 0; i < layout::kCandleSeries; ++i) {
    CHECK(writer.candle(0, symbol("S" + std::to_string(i)), interval("1m"), make_candle(1, true),
                        kNow));
  }
  CHECK_FALSE(writer.candle(0, symbol("S0"), interval("5m"), make_candle(1, true), kNow));
  CHECK(writer.candle(0, symbol("S63"), interval("1m"), make_candle(2, true), kNow));
  Reader reader{name.str()};
  std::array<Candle, 8> candles;
  CHECK(reader.candles("s63", "1m", candles, at(kNow)).count == 2);
  CHECK(reader.candles("s0", "5m", candles, at(kNow)).count == 0);
  Status status;
  reader.status(status);
  CHECK(status.counter(Counter::rejected_capacity) == 1);
}

TEST_CASE("candles: oldest first, repeats replaced, the open one last") {
  const SegmentName name;
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  const SymbolText btc = symbol("BTCUSDT");
  const auto store = [&](std::uint64_t n, bool closed) {
    writer.candle(0, btc, interval("1m"), make_candle(n, closed), kNow);
  };
  Reader reader{name.str()};
  std::array<Candle, 100> out;
  const auto numbers = [&](std::size_t count) {
    std::string text;
    const ListResult list = reader.candles("BTCUSDT", "1m", std::span(out).first(count), at(kNow));
    for (std::size_t i = 0; i < list.count; ++i) {
      text +=
          (i == 0 ? "" : " ") + std::to_string(number_of(out[i])) + (out[i].closed != 0 ? "" : "*");
    }
    return text;
  };
  store(1, false);
  CHECK(numbers(5) == "1*");
  store(1, true);
  CHECK(numbers(5) == "1");  // the open one has been closed
  store(2, false);
  store(2, false);
  CHECK(numbers(5) == "1 2*");
  CHECK(numbers(1) == "2*");
  store(2, true);
  store(2, true);
  CHECK(numbers(5) == "1 2");
  for (std::uint64_t n = 3; n <= 300; ++n) store(n, true);
  store(301, false);
  CHECK(numbers(3) == "299 300 301*");
  const ListResult all = reader.candles("BTCUSDT", "1m", out, at(kNow));
  CHECK(all.count == 100);
  CHECK(number_of(out[0]) == 202);
}

TEST_CASE("a connection's last error stays when it is up again, and is not carried over") {
  const SegmentName name;
  const auto connection = [&] {
    Reader reader(name.str());
    Status status;
    reader.status(status);
    return status.connections[1];
  };
  {
    CacheWriter writer(options(name), boot_now());
    CHECK(connection().last_error.empty());
    writer.set_error(1, "closed by the exchange (code 1006)", 0, 11);
    writer.set_error(1, "cannot connect (Connection refused)", 1, 22);
    writer.set_error(1, std::string(200, 'x'), 2, 33);
    CHECK(connection().last_error.view() == std::string(127, 'x'));
    CHECK(connection().last_error_ns == 33);
    CHECK(connection().failures == 2);
    writer.begin_epoch(1, boot_now(), unix_now());
    CHECK(connection().last_error.view() == std::string(127, 'x'));
    CHECK(connection().last_error_ns == 33);
    CHECK(connection().failures == 0);
  }
  const CacheWriter successor(options(name), boot_now());
  CHECK(connection().last_error.empty());
  CHECK(connection().last_error_ns == 0);
}

TEST_CASE("candles: of several with one time the last counts, also when others lie in between") {
  const SegmentName name;
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  const auto store = [&](std::uint64_t n, const char* volume, bool closed = true) {
    Candle candle = make_candle(n, closed);
    candle.volume.assign(volume);
    writer.candle(0, symbol("BTCUSDT"), interval("1m"), candle, kNow);
  };
  Reader reader{name.str()};
  std::array<Candle, 10> out;
  const auto shown = [&](std::size_t count) {
    std::string text;
    const ListResult list = reader.candles("BTCUSDT", "1m", std::span(out).first(count), at(kNow));
    for (std::size_t i = 0; i < list.count; ++i) {
      text += (i == 0 ? "" : " ") + std::to_string(number_of(out[i])) + ":" +
              std::string(out[i].volume.view());
    }
    return text;
  };
  store(3, "open", false);
  for (const std::uint64_t n : {1, 2, 3}) store(n, "first");
  store(1, "repeated");
  CHECK(shown(10) == "1:repeated 2:first 3:first");  // the open one was closed before the repeat
  store(2, "repeated");
  store(2, "again");
  CHECK(shown(10) == "1:repeated 2:again 3:first");
  store(4, "open", false);
  CHECK(shown(10) == "1:repeated 2:again 3:first 4:open");
  // However few are wanted, and whatever came last.
  CHECK(shown(3) == "2:again 3:first 4:open");
  CHECK(shown(1) == "4:open");
  store(4, "first");
  store(1, "late");
  CHECK(shown(1) == "4:first");
  CHECK(shown(2) == "3:first 4:first");
}

TEST_CASE("channels are listed while they are wanted and count their data") {
  const SegmentName name;
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  const SymbolText btc = symbol("BTCUSDT");
  writer.set_channel(ChannelKind::ticker, btc, {}, 0, ChannelState::sent, {}, kNow);
  writer.set_channel(ChannelKind::orders, {}, {}, 0, ChannelState::refused, "limit reached", kNow);
  writer.set_channel(ChannelKind::candles, btc, interval("1h"), 0, ChannelState::wanted, {}, kNow);
  writer.ticker(0, btc, make_ticker(1), kNow + 1);
  writer.ticker(0, btc, make_ticker(2), kNow + 2);
  writer.ticker(0, symbol("ETHUSDT"), make_ticker(1), kNow + 3);
  writer.candle(0, btc, interval("1h"), make_candle(1, true), kNow + 4);
  Reader reader{name.str()};
  Status status;
  reader.status(status);
  REQUIRE(status.channel_count == 3);
  CHECK(status.channels[0].kind == ChannelKind::ticker);
  CHECK(status.channels[0].symbol == "BTCUSDT");
  CHECK(status.channels[0].count == 2);
  CHECK(status.channels[0].first_data_ns == kNow + 1);
  CHECK(status.channels[0].last_data_ns == kNow + 2);
  CHECK(status.channels[1].state == ChannelState::refused);
  CHECK(status.channels[1].reason == "limit reached");
  CHECK(status.channels[2].interval == "1h");
  CHECK(status.channels[2].count == 1);

  writer.drop_channel(ChannelKind::ticker, btc, {}, kNow + 5);
  CHECK(reader.ticker("BTCUSDT", at(kNow + 5)).reason == Reason::previous_epoch);
  reader.status(status);
  CHECK(status.channel_count == 2);
  // The place is used again, and counts from nothing.
  writer.set_channel(ChannelKind::all_tickers, {}, {}, 1, ChannelState::acknowledged, {}, kNow);
  writer.ticker(0, symbol("ETHUSDT"), make_ticker(2), kNow + 6);
  reader.status(status);
  REQUIRE(status.channel_count == 3);
  CHECK(status.channels[0].kind == ChannelKind::all_tickers);
  CHECK(status.channels[0].connection == 1);
  CHECK(status.channels[0].count == 1);
  for (std::size_t i = 0; i < 2 * kMaxChannels; ++i) {  // more than there is room for
    writer.set_channel(ChannelKind::ticker, symbol("S" + std::to_string(i)), {}, 0,
                       ChannelState::wanted, {}, kNow);
  }
  reader.status(status);
  CHECK(status.channel_count == kMaxChannels);
}
