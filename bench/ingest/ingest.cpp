// What it costs to decode a message of each kind, by the short cut for usual ticks and by the JSON
// parser alone, to store a tick, and to make candles of ticks.
// Usage: bench_ingest SEGMENT [options of Google Benchmark]
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "bench/end_to_end/tick_frames.hpp"
#include "bench/support/clock.hpp"
#include "daemon/core/publisher.hpp"
#include "daemon/platform/decode.hpp"
#include "libcache/writer/writer.hpp"

namespace {

using namespace tickcache;
using daemon::Decoder;
using Messages = std::vector<std::string>;

/// Seven hundred messages with other numbers and names in each, so that no branch is learnt by
/// heart.
Messages various(std::string (*make)(const std::string& symbol, unsigned number)) {
  Messages messages;
  for (unsigned i = 0; i < 700; ++i) messages.push_back(make(bench::symbol_name(i), i * 7919));
  return messages;
}

std::string decimal(unsigned number, unsigned digits) {
  std::string text = std::to_string(1 + number % 100'000) + ".";
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, "%08u", number % 100'000'000);
  return text + std::string(fraction).substr(0, digits);
}

std::string time(unsigned number) {
  char text[40];
  std::snprintf(text, sizeof text, "2026-11-22T08:%02u:%02u.%03uZ", number % 60, number / 60 % 60,
                number % 1000);
  return text;
}

std::string tick_platform(const std::string& symbol, unsigned number) {
  return R"({"channel": "ticker", "symbol": ")" + symbol + R"(", "data": {"price": ")" +
         decimal(number, 8) + R"(", "quantity": ")" + decimal(number / 3, 8) +
         R"(", "timestamp": ")" + time(number) + R"(", "is_buyer_maker": )" +
         (number % 2 == 0 ? "true" : "false") + "}}";
}

std::string tick_specification(const std::string& symbol, unsigned number) {
  return R"({"type":"ticker","symbol":")" + symbol + R"(","price":")" + decimal(number, 2) +
         R"(","timestamp":")" + time(number) + R"("})";
}

std::string tick_numbers(const std::string& symbol, unsigned number) {
  return R"({"type":"ticker","symbol":")" + symbol + R"(","price":)" + decimal(number, 4) +
         R"(,"timestamp":)" + std::to_string(1'771'860'645'123 + number) + "}";
}

std::string order(const std::string& symbol, unsigned number) {
  return R"({"channel": "orders", "data": {"order_id": "996ad860-2a9a-504f-8861-aeafd0b2ae29", )"
         R"("status": "filled", "symbol": ")" +
         symbol + R"(", "side": "buy", "type": "limit", "quantity": "0.50000000", )" +
         R"("executed_price": ")" + decimal(number, 8) +
         R"(", "executed_quantity": "0.20000000", )" + R"("fee": "12.79982000", "filled_at": ")" +
         time(number) + R"(", "price": "64000.00"}})";
}

std::string candle(const std::string& symbol, unsigned number) {
  const std::string price = decimal(number, 2);
  return R"({"channel": "candles", "symbol": ")" + symbol +
         R"(", "interval": "1m", "data": {"time": ")" + time(number) + R"(", "open": ")" + price +
         R"(", "high": ")" + price + R"(", "low": ")" + price + R"(", "close": ")" + price +
         R"(", "volume": "12.345", "is_closed": true}})";
}

std::string portfolio(const std::string&, unsigned number) {
  return R"({"channel": "portfolio", "data": {"total_equity": ")" + decimal(number, 2) +
         R"(", "unrealized_pnl": "660.65", "realized_pnl": "1241.30", "timestamp": ")" +
         time(number) + R"(", "available_cash": "5000.00"}})";
}

std::string ping(const std::string&, unsigned) { return R"({"type": "ping"})"; }

using Way = const daemon::Event& (Decoder::*)(std::string_view) noexcept;

void decode(benchmark::State& state, const Messages& messages, Way way) {
  Decoder decoder;
  std::size_t next = 0;
  for (auto _ : state) {
    const daemon::Event& event = (decoder.*way)(messages[next]);
    if (std::holds_alternative<daemon::NothingEvent>(event)) state.SkipWithError("rejected");
    benchmark::DoNotOptimize(event);
    if (++next == messages.size()) next = 0;
  }
}

WriterOptions options_for(const std::string& segment) {
  WriterOptions options;
  options.segment = segment;
  options.capacities.series = 1024;
  options.url = "ws://127.0.0.1/ws/v1";
  options.version = "bench";
  return options;
}

void store(benchmark::State& state, const std::string& segment) {
  CacheWriter writer(options_for(segment), bench::boot_now());
  const std::int64_t now = bench::boot_now();
  writer.begin_epoch(0, now, now);
  std::vector<SymbolText> names(700);
  for (std::size_t i = 0; i < names.size(); ++i) names[i].assign(bench::symbol_name(i));
  Ticker ticker;
  ticker.set_price({6452130000000, 8, {}});
  // Once round the tape: what is measured is not the system's first touch of each page.
  for (std::size_t i = 0; i < 70'000; ++i) writer.ticker(0, names[i % names.size()], ticker, now);
  std::size_t next = 0;
  for (auto _ : state) {
    writer.ticker(0, names[next], ticker, now);
    if (++next == names.size()) next = 0;
  }
}

/// Ten ticks of each symbol, with prices around its own.
std::vector<daemon::TickEvent> ticks() {
  std::vector<daemon::TickEvent> events(7000);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::size_t symbol = i % 700;
    events[i].symbol.assign(bench::symbol_name(symbol));
    Decimal price = *Decimal::parse(bench::price_of(symbol));
    price.mantissa += static_cast<std::int64_t>(i * 7919 % 1000);
    events[i].ticker.set_price(price);
    events[i].ticker.set_quantity({static_cast<std::int64_t>(1 + i * 104'729 % 10'000'000), 8, {}});
  }
  return events;
}

/// What the daemon does with a decoded tick, on a clock that gives it a million a second. With
/// `candles`, it makes candles of one minute of all symbols. With `beats`, measures storing 700
/// changed candles, as every 100 ms, instead of the ticks.
void publish(benchmark::State& state, const std::string& segment, bool candles, bool beats) {
  using daemon::Time;
  using namespace std::chrono_literals;
  constexpr Time kUnixOffset = 20'000 * 24h;
  Time now = 100'000s;
  CacheWriter writer(options_for(segment), now.count());
  daemon::Wanted wanted;
  wanted.all_symbols = true;
  if (candles) {
    daemon::Channel& channel = wanted.made_candles.emplace_back();
    channel = {ChannelKind::candles, kEverySymbol, {}};
    channel.interval.assign("1m");
  }
  daemon::Publisher publisher(writer, wanted, {30s, 2s});
  publisher.begin_epoch(0, now);
  publisher.set_unix_offset(kUnixOffset);
  publisher.set_connection(0, ConnectionState::up, now);
  publisher.set_channel(0, {}, ChannelState::acknowledged, {}, now);
  daemon::Event event;
  auto& tick = event.emplace<daemon::TickEvent>();
  const std::vector<daemon::TickEvent> events = ticks();
  std::size_t next = 0;
  Time beat = now;
  const auto publish_next = [&] {
    tick = events[next];
    if (++next == events.size()) next = 0;
    now += 1us;
    tick.ticker.exchange_time_ns = (now + kUnixOffset).count();
    publisher.publish(event, daemon::Belongs::present, 0, now);
  };
  const auto pass = [&] {
    if (now < beat) return;
    publisher.on_beat(now);
    beat = now + 100ms;
  };
  for (int i = 0; i < 70'000; ++i) publish_next();  // as above
  if (!beats) {
    for (auto _ : state) {
      publish_next();
      pass();
    }
    return;
  }
  for (auto _ : state) {
    state.PauseTiming();
    for (int i = 0; i < 700; ++i) publish_next();
    now = std::max(now, beat);
    state.ResumeTiming();
    pass();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: bench_ingest SEGMENT [options of Google Benchmark]\n";
    return 2;
  }
  const std::string segment = argv[1];
  const std::pair<const char*, Messages> kinds[] = {
      {"tick_platform", various(tick_platform)},
      {"tick_specification", various(tick_specification)},
      {"tick_numbers", various(tick_numbers)},
      {"order", various(order)},
      {"candle", various(candle)},
      {"portfolio", various(portfolio)},
      {"ping", various(ping)},
  };
  for (const auto& [name, messages] : kinds) {
    benchmark::RegisterBenchmark((std::string("decode/") + name).c_str(), decode, messages,
                                 &Decoder::decode);
    benchmark::RegisterBenchmark((std::string("decode_in_general/") + name).c_str(), decode,
                                 messages, &Decoder::decode_in_general);
  }
  benchmark::RegisterBenchmark("store_tick", store, segment);
  benchmark::RegisterBenchmark("publish_tick", publish, segment, false, false);
  benchmark::RegisterBenchmark("publish_tick_with_candles", publish, segment, true, false);
  benchmark::RegisterBenchmark("store_700_candles", publish, segment, true, true);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
