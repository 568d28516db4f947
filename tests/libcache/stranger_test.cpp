// A reader that was written in another language from docs/shm-layout.md alone finds the same.
#include <doctest/doctest.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "libcache/clock.hpp"
#include "libcache/writer.hpp"
#include "support/child.hpp"
#include "support/eventually.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

using Lines = std::vector<std::string>;

Lines stranger(const std::string& arguments) {
  const std::string command = std::string(STRANGER) + " " + arguments;
  FILE* pipe = popen(command.c_str(), "r");
  Lines lines;
  std::array<char, 4096> buffer;
  while (pipe != nullptr && std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    lines.emplace_back(buffer.data(), std::strcspn(buffer.data(), "\n"));
  }
  if (pipe == nullptr || pclose(pipe) == -1) lines.emplace_back("cannot run it");
  return lines;
}

template <class... Parts>
std::string line(const Parts&... parts) {
  std::ostringstream text;
  const char* blank = "";
  ((text << blank << parts, blank = " "), ...);
  return text.str();
}

template <class R>
std::string verdict(const R& result) {
  return line(to_string(result.freshness), to_string(result.reason));
}

std::string text_of(const std::optional<Decimal>& value) { return value ? value->str() : "-"; }

template <std::size_t N>
std::string_view text_of(const Text<N>& value) {
  return value.view();
}

void add_status(Reader& reader, Lines& lines) {
  Status status;
  reader.status(status);
  lines.push_back(line("header", layout::kVersion, status.instance, status.writer_pid,
                       status.started_unix_ns, text_of(status.version), text_of(status.upstream)));
  lines.push_back("url True");
  lines.push_back(line("key", reader.key_matches("key-of-the-tests") ? "True" : "False"));
  lines.push_back(line("tape", status.counter(Counter::ticks)));
  lines.push_back(line("status", to_string(status.run_state), int{status.key_accepted}));
  for (std::size_t i = 0; i < status.connection_count; ++i) {
    const ConnectionStatus& c = status.connections[i];
    if (c.state == ConnectionState::unused) continue;
    lines.push_back(line("connection", i, static_cast<int>(c.state), c.epoch, c.changed_ns,
                         c.last_message_ns, c.last_tick_ns, c.messages));
    if (c.last_error_ns != 0) {
      lines.push_back(line("error", i, c.last_error_ns, c.failures, text_of(c.last_error)));
    }
  }
  for (std::size_t i = 0; i < status.channel_count; ++i) {
    const ChannelStatus& c = status.channels[i];
    lines.push_back(line("channel", static_cast<int>(c.kind), static_cast<int>(c.state),
                         int{c.connection}, text_of(c.symbol), text_of(c.interval),
                         text_of(c.reason), c.changed_ns, c.count));
  }
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    if (status.counters[i] != 0) lines.push_back(line("counter", i, status.counters[i]));
  }
}

void add_tickers(Reader& reader, Lines& lines) {
  for (std::uint32_t i = 0; i < reader.symbol_count(); ++i) {
    const SymbolTicker entry = reader.at(i);
    const Ticker& t = entry.ticker.value;
    const auto maker = t.buyer_is_maker();
    lines.push_back(line("ticker", text_of(entry.symbol), t.price().str(), text_of(t.quantity()),
                         maker ? (*maker ? "maker" : "taker") : "-", t.exchange_time_ns,
                         t.received_ns, t.updates, t.epoch, verdict(entry.ticker)));
  }
}

void add_orders(Reader& reader, Lines& lines) {
  static std::array<Order, 100> orders;
  const ListResult list = reader.orders(orders);
  for (std::size_t i = 0; i < list.count; ++i) {
    const Order& o = orders[i];
    lines.push_back(line(
        "order", list.first_position + i, text_of(o.id), text_of(o.symbol), text_of(o.status),
        text_of(o.type), text_of(o.side), text_of(o.rejected_reason), text_of(o.data),
        text_of(o.decimal(Order::kQuantity)), text_of(o.decimal(Order::kPrice)),
        text_of(o.decimal(Order::kExecutedPrice)), text_of(o.decimal(Order::kExecutedQuantity)),
        text_of(o.decimal(Order::kFee)), o.filled_at_ns, o.cancelled_at_ns, o.received_ns,
        o.gap_since_ns, o.epoch, int{o.flags}));
  }
  if (list.count == 0) return;
  lines.push_back(line("orders", verdict(list)));
  lines.push_back(line("gap", list.gap_since_ns));
}

void add_candles(Reader& reader, const std::string& symbol, const std::string& interval,
                 Lines& lines) {
  std::array<Candle, 100> candles;
  const ListResult list = reader.candles(symbol, interval, candles);
  for (std::size_t i = 0; i < list.count; ++i) {
    const Candle& c = candles[i];
    lines.push_back(line("candle", symbol, interval, c.open_time_ns, c.open.str(), c.high.str(),
                         c.low.str(), c.close.str(), text_of(c.volume), int{c.closed}));
  }
  if (list.count > 0) lines.push_back(line("series", symbol, interval, verdict(list)));
}

void add_portfolio(Reader& reader, Lines& lines) {
  const Result<Portfolio> p = reader.portfolio();
  if (!p.has_value) return;
  const Portfolio& v = p.value;
  lines.push_back(line("portfolio", text_of(v.total_equity), text_of(v.available_cash),
                       text_of(v.unrealized_pnl), text_of(v.realized_pnl), text_of(v.roi_pct),
                       v.exchange_time_ns, v.received_ns, v.epoch, verdict(p)));
}

Lines expected(const std::string& segment) {
  Reader reader(segment);
  Lines lines;
  add_status(reader, lines);
  add_tickers(reader, lines);
  add_orders(reader, lines);
  add_candles(reader, "BTCUSDT", "1m", lines);
  add_candles(reader, "ETHUSDT", "1h", lines);
  add_portfolio(reader, lines);
  return lines;
}

void compare(const std::string& segment) {
  const Lines theirs = stranger("dump " + segment + " key-of-the-tests");
  const Lines ours = expected(segment);
  REQUIRE(theirs.size() == ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(theirs[i] == ours[i]);
}

/// Something of everything, in every state.
void store_everything(CacheWriter& writer, std::int64_t now) {
  writer.begin_epoch(0, now, unix_now());
  writer.set_key_accepted();
  writer.set_channel(ChannelKind::ticker_all, {}, {}, 0, ChannelState::acknowledged, {}, now);
  writer.set_channel(ChannelKind::orders, {}, {}, 0, ChannelState::refused, "limit reached", now);
  writer.set_channel(ChannelKind::candles, symbol("BTCUSDT"), interval("1m"), 1, ChannelState::sent,
                     {}, now);
  for (std::uint64_t i = 1; i <= 40; ++i) {
    writer.message(0, 200, now);
    writer.ticker(0, symbol("1000SYM" + std::to_string(i % 13) + "USDT"), make_ticker(i), now);
  }
  Ticker bare;
  bare.set_price({7, 0, {}});
  writer.begin_epoch(1, now, unix_now());
  writer.ticker(1, symbol("A"), bare, now);
  writer.ticker(1, symbol("abcdefghijklmnopqrstuvwxyz01234"), bare, now);
  writer.set_error(1, "closed by the exchange (code 1006)", 0, now);
  writer.set_connection(1, ConnectionState::waiting, now);
  writer.unsubscribe(symbol("1000SYM3USDT"));
  for (std::uint64_t i = 1; i <= 300; ++i) {
    Order order = make_order(i);
    writer.order(0, order, now);
    writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(i, true), now);
  }
  writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(301, false), now);
  writer.candle(0, symbol("ETHUSDT"), interval("1h"), make_candle(1, false), now);
  writer.candle(0, symbol("ETHUSDT"), interval("1h"), make_candle(1, true), now);
  writer.drop_channel(ChannelKind::candles, symbol("ETHUSDT"), interval("1h"), now);
  writer.drop_channel(ChannelKind::portfolio, {}, {}, now);
  for (std::uint64_t i = 1; i <= 20; ++i) writer.portfolio(0, make_portfolio(i), now);
}

WriterOptions patient(const std::string& name) {
  WriterOptions result = options(name);
  result.liveness_timeout_ns = 3600 * kSecond;
  result.silence_after_ns = 1800 * kSecond;
  return result;
}

}  // namespace

TEST_CASE("the stranger finds what the reader finds, in every state of a feed") {
  const SegmentName name;
  {
    CacheWriter writer(patient(name), boot_now());
    compare(name);  // empty
    const std::int64_t now = boot_now();
    store_everything(writer, now);
    compare(name);

    writer.set_error(0, "cannot connect (Connection refused)", 5, now);
    writer.set_connection(0, ConnectionState::waiting, now);
    compare(name);
    writer.begin_epoch(0, now, unix_now());
    compare(name);  // a gap, and everything of an earlier epoch
    writer.order(0, make_order(301), now);
    compare(name);
    // Silent for longer than any limit but the heartbeat's.
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), now - 1900 * kSecond);
    writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(400, true),
                  now - 1900 * kSecond);
    compare(name);
  }
  {
    CacheWriter writer(patient(name), boot_now());
    compare(name);  // carried over
    writer.begin_epoch(0, boot_now(), unix_now());
    compare(name);
    writer.beat(boot_now() - 3700 * kSecond);
    compare(name);
    writer.stop(RunState::auth_failed, boot_now());
    compare(name);
  }
}

TEST_CASE("the stranger refuses what it must not trust") {
  const SegmentName name;
  { CacheWriter writer(patient(name), boot_now()); }
  const auto refused = [&] {
    const Lines lines = stranger("dump " + name.str());
    return lines.size() == 1 && lines[0].rfind("refused", 0) == 0;
  };
  CHECK_FALSE(refused());
  REQUIRE(chmod(name.path().c_str(), 0660) == 0);
  CHECK(refused());
  REQUIRE(chmod(name.path().c_str(), 0640) == 0);
  patch_file(name.path(), 8, "\x03");
  CHECK(refused());
  patch_file(name.path(), 8, "\x02");
  patch_file(name.path(), 272 + 8, "\x02");
  CHECK(refused());
  REQUIRE(unlink(name.path().c_str()) == 0);
  CHECK(refused());
}

TEST_CASE("the stranger reads whole ticks while they are written") {
  const SegmentName name;
  Shared<std::atomic<bool>> ready;
  Child writer([&] {
    CacheWriter cache(patient(name), boot_now());
    cache.begin_epoch(0, boot_now(), unix_now());
    const SymbolText btc = symbol("BTCUSDT");
    const timespec pause{0, 1000};
    for (std::uint64_t n = 1;; ++n) {
      cache.ticker(0, btc, make_ticker(n), boot_now());
      *ready = true;
      // An interpreter needs some microseconds to copy a tick.
      if (n % 3 == 0) nanosleep(&pause, nullptr);
    }
    return 0;
  });
  REQUIRE(eventually([&] { return ready->load(); }));
  CHECK(stranger("watch " + name.str() + " btcusdt 20000") ==
        Lines{"torn 0", "busy none", "changes many"});
}
