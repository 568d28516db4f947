#include "tests/libcache/segment_facts.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "libcache/segment/clock.hpp"
#include "tests/libcache/payload.hpp"

namespace tickcache::test {

namespace {

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
  lines.push_back(line("header", layout::kMajor, status.instance, status.writer_pid,
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
    lines.push_back(line("order", list.first_position + i, text_of(o.id), text_of(o.symbol),
                         text_of(o.status), text_of(o.type), text_of(o.side),
                         text_of(o.rejected_reason), text_of(o.data), text_of(o.quantity()),
                         text_of(o.price()), text_of(o.executed_price()),
                         text_of(o.executed_quantity()), text_of(o.fee()), o.filled_at_ns,
                         o.cancelled_at_ns, o.received_ns, o.gap_since_ns, o.epoch, int{o.flags}));
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

}  // namespace

Lines facts(const std::string& segment) {
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

Lines output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  Lines lines;
  std::array<char, 4096> buffer;
  while (pipe != nullptr && std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    lines.emplace_back(buffer.data(), std::strcspn(buffer.data(), "\n"));
  }
  if (pipe == nullptr || pclose(pipe) == -1) lines.emplace_back("cannot run it");
  return lines;
}

void store_everything(CacheWriter& writer, std::int64_t now) {
  writer.begin_epoch(0, now, unix_now());
  writer.set_key_accepted();
  writer.set_channel(ChannelKind::all_tickers, {}, {}, 0, ChannelState::acknowledged, {}, now);
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
  writer.set_wanted(symbol("1000SYM3USDT"), false);
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

}  // namespace tickcache::test
