#include "tests/proof/fuzz/tiny_segment.hpp"

#include <array>
#include <cstring>
#include <memory>

#include "libcache/segment/clock.hpp"
#include "libcache/segment/segment_view.hpp"
#include "tests/libcache/payload.hpp"

namespace tickcache::test {

namespace {

constexpr std::uint32_t kClosed = 2;
constexpr std::array<std::uint32_t, layout::kPartCount> kCounts{
    1, 2, 4, 2, 2, 4, 2, 1, 2, kMaxConnections, 1, 2};

/// Elements as a writer makes them, but few of them.
layout::Header tiny_header() {
  layout::Header header = make_header({2, 4});
  header.instance = 1;
  header.liveness_timeout_ns = 3600 * kSecond;
  header.silence_after_ns = 3600 * kSecond;
  header.writer_version.assign("tiny");
  header.upstream.assign("ws://exchange.test/ws/v1");
  layout::PartRef& series = header.parts[layout::kSeries];
  series.stride -= (header.closed_candles - kClosed) * series.record;
  header.closed_candles = kClosed;
  std::uint64_t offset = header.parts[0].offset;
  for (std::size_t i = 0; i < kCounts.size(); ++i) {
    layout::PartRef& part = header.parts[i];
    part.offset = offset;
    part.count = kCounts[i];
    offset += part.prefix + std::uint64_t{part.count} * part.stride;
    offset = (offset + layout::kLine - 1) / layout::kLine * layout::kLine;
  }
  header.segment_size = offset;
  return header;
}

void store(layout::Word& word, std::uint64_t value) {
  word.store(value, std::memory_order_relaxed);
}

void fill_symbol(const WritableSegmentView& view, std::uint32_t cell, std::string_view name) {
  const SymbolKey key = SymbolKey::from(name);
  for (std::size_t i = 0; i < 4; ++i) store(view.name(cell).words[i], key.words[i]);
  Ticker ticker = make_ticker(1);
  ticker.updates = 1;
  ticker.epoch = 1;
  ticker.received_ns = boot_now();
  ticker.symbol_index = cell;
  view.ticker(cell).publish(ticker);
  view.tape().publish(ticker);
  std::uint64_t at = key.hash();
  while (view.index(at).load(std::memory_order_relaxed) != 0) ++at;
  store(view.index(at), layout::index_entry(key.hash(), cell));
}

void fill_series(const WritableSegmentView& view) {
  layout::SeriesPrefix& series = view.series(0);
  const SymbolKey key = SymbolKey::from("BTCUSDT");
  for (std::size_t i = 0; i < 4; ++i) store(series.symbol.words[i], key.words[i]);
  store(series.interval, std::bit_cast<std::uint64_t>(interval("1m")));
  for (std::uint64_t n = 1; n <= 3; ++n) {
    Candle candle = make_candle(n, true);
    candle.received_ns = boot_now();
    candle.epoch = 1;
    view.closed_candles(0).publish(candle);
  }
  Candle open = make_candle(4, false);
  open.received_ns = boot_now();
  view.open_candle(0).publish(open);
}

void fill_status(const WritableSegmentView& view) {
  layout::StatusPart& status = view.status();
  store(status.run_state, static_cast<std::uint64_t>(RunState::running));
  store(status.symbol_count, 2);
  store(status.channel_count, 1);
  store(status.series_count, 1);
  store(status.heartbeat_ns, static_cast<std::uint64_t>(boot_now()));
  store(status.sessions[0], layout::session_word(1, ConnectionState::up));
  store(status.connections[0].last_tick_ns, static_cast<std::uint64_t>(boot_now()));
  layout::ChannelRecord channel;
  channel.kind = static_cast<std::uint8_t>(ChannelKind::all_tickers);
  channel.state = static_cast<std::uint8_t>(ChannelState::acknowledged);
  view.channel_record(0).publish(channel);
  layout::ConnectionError error;
  error.time_ns = boot_now();
  error.text.assign("cannot connect (Connection refused)");
  view.connection_error(0).publish(error);
}

}  // namespace

std::string tiny_segment() {
  const layout::Header header = tiny_header();
  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  const std::unique_ptr<std::byte, Free> memory(
      static_cast<std::byte*>(std::aligned_alloc(layout::kLine, header.segment_size)));
  std::memset(memory.get(), 0, header.segment_size);
  std::memcpy(memory.get(), &header, sizeof header);
  const WritableSegmentView view(memory.get(), header);
  fill_status(view);
  fill_symbol(view, 0, "BTCUSDT");
  fill_symbol(view, 1, "ETHUSDT");
  fill_series(view);
  Order order = make_order(1);
  order.received_ns = boot_now();
  view.orders().publish(order);
  view.order_gap().publish({1, 1, 1});
  Portfolio portfolio = make_portfolio(1);
  portfolio.received_ns = boot_now();
  view.portfolio().publish(portfolio);
  return {reinterpret_cast<const char*>(memory.get()), header.segment_size};
}

}  // namespace tickcache::test
