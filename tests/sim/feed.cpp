#include "sim/feed.hpp"

#include <algorithm>
#include <utility>

#include "sim/decimal.hpp"
#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

constexpr std::uint64_t kMostTicksAtOnce = 50'000;

double per_second(std::chrono::milliseconds period) {
  return period.count() > 0 ? 1000.0 / static_cast<double>(period.count()) : 0;
}

}  // namespace

Feed::Feed(const Options& options, const Clock& clock, Market& market, Trades& trades,
           Orders& orders, Ledger& ledger)
    : dialect_(options.dialect),
      most_ticks_(options.count),
      clock_(clock),
      market_(market),
      trades_(trades),
      orders_of_account_(orders),
      ledger_(ledger),
      wire_(options),
      has_timestamps_(options.timestamps),
      only_tickers_(options.only_tickers),
      account_(options),
      candles_(options),
      routes_(options.symbols),
      ticks_(options.rate, options.burst),
      orders_(options.orders_per_second, false),
      portfolio_(options.portfolio_per_second, false),
      closing_candles_(per_second(options.candle_every), false),
      open_candles_(per_second(options.open_candle_every), false) {}

void Feed::reroute(const Sessions& sessions) {
  routes_.rebuild(sessions, market_);
  for (const std::string& channel : routes_.candle_channels()) {
    candles_.watch(channel, market_, clock_.milliseconds());
  }
}

void Feed::restart(Pacer::Time now) {
  owed_ = 0;
  for (Pacer* pacer : {&ticks_, &orders_, &portfolio_, &closing_candles_, &open_candles_}) {
    pacer->restart(now);
  }
}

void Feed::advance(Pacer::Time now) {
  make_ticks(now);
  make_events(now);
}

void Feed::make_ticks(Pacer::Time now) {
  owed_ += ticks_.take(now);
  if (owed_ == 0) return;
  const std::int64_t time = clock_.milliseconds();
  const Stamp stamp = has_timestamps_ ? Stamp::at(time) : Stamp{};
  const std::uint64_t batch = std::min(owed_, kMostTicksAtOnce);
  owed_ -= batch;
  for (std::uint64_t i = 0; i < batch; ++i) {
    if (most_ticks_ > 0 && ledger_.totals.ticks_sent + wire_.waiting() >= most_ticks_) return;
    const Tick tick = market_.next();
    ++ledger_.totals.ticks_generated;
    candles_.on_tick(tick);
    trade(tick, time);
    send(tick, stamp);
  }
}

void Feed::trade(const Tick& tick, std::int64_t now_ms) {
  price_.clear();
  market_.append_price(tick, price_);
  std::int64_t mantissa = tick.price;
  for (int digits = market_.digits(tick.symbol); digits < kBookDigits; ++digits) mantissa *= 10;
  trades_.add(tick.symbol, price_, mantissa, tick.quantity, now_ms);
}

void Feed::send(const Tick& tick, const Stamp& stamp) {
  const std::string& symbol = market_.symbols()[tick.symbol];
  if (wire_.loses(symbol)) {
    ++ledger_.totals.ticks_lost;
    return;
  }
  const bool nobody = routes_.all().empty() && routes_.direct(tick.symbol).empty();
  if (nobody && wire_.is_open()) return;
  text_.clear();
  market_.append_message(tick, stamp, text_);
  if (wire_.is_open()) {
    send_now(symbol, tick.sequence, price_, text_);
  } else {
    wire_.push({symbol, tick.sequence, price_, text_}, std::chrono::steady_clock::now());
  }
}

void Feed::send_waiting(Pacer::Time now) {
  while (wire_.is_due(now)) {
    const WireTick tick = wire_.take();
    send_now(tick.symbol, tick.sequence, tick.price, tick.text);
  }
}

std::size_t Feed::send_now(std::string_view symbol, std::uint64_t sequence, std::string_view price,
                           std::string_view text) {
  const auto listed = market_.find(symbol);
  const std::size_t to_all = deliver(routes_.all(), text);
  const std::size_t to_direct = listed ? deliver(routes_.direct(*listed), text) : 0;
  if (to_all + to_direct == 0) return 0;
  const std::size_t index = ledger_.index_of(symbol);
  ledger_.on_tick(index, to_all, to_direct);
  SymbolSent& sent = ledger_.symbol(index);
  if (sequence != 0) sent.sequence = sequence;
  sent.price = price;
  return to_all + to_direct;
}

void Feed::make_events(Pacer::Time now) {
  const std::int64_t wall = clock_.milliseconds();
  // Orders begin with their first step, so none is made while nobody could see it.
  const std::uint64_t orders = orders_.take(now);
  for (std::uint64_t i = 0; i < orders && !routes_.of("orders").empty(); ++i) {
    const OrderUpdate update = account_.next_order(market_, wall);
    orders_of_account_.note(update);
    send_order(update);
  }
  const std::uint64_t snapshots = portfolio_.take(now);
  for (std::uint64_t i = 0; i < snapshots && !routes_.of("portfolio").empty(); ++i) {
    send_channel("portfolio", account_.next_portfolio(wall), ledger_.totals.portfolio);
  }
  for (std::uint64_t i = open_candles_.take(now); i > 0; --i) {
    for (const std::string& channel : routes_.candle_channels()) {
      send_channel(channel, candles_.open_candle(channel), ledger_.totals.candles);
    }
  }
  for (std::uint64_t i = closing_candles_.take(now); i > 0; --i) {
    for (const std::string& channel : routes_.candle_channels()) {
      send_channel(channel, candles_.close_candle(channel), ledger_.totals.candles);
    }
  }
}

std::size_t Feed::send_channel(const std::string& channel, std::string_view text,
                               std::uint64_t& total) {
  if (only_tickers_ || text.empty()) return 0;
  const std::size_t messages = deliver(routes_.of(channel), text);
  if (messages > 0) ledger_.on_data(channel, messages);
  total += messages;
  return messages;
}

std::size_t Feed::deliver(const Receivers& receivers, std::string_view text) {
  std::size_t queued = 0;
  for (Session* session : receivers) queued += session->client->send(text) ? 1 : 0;
  return queued;
}

std::size_t Feed::send_tick(std::string_view symbol, std::string_view price,
                            std::string_view quantity) {
  const std::int64_t time = clock_.milliseconds();
  trades_.add(symbol, price, quantity, time);
  if (wire_.loses(symbol)) {
    ++ledger_.totals.ticks_lost;
    return 0;
  }
  std::string text = ticker_message(dialect_, symbol, price, quantity,
                                    has_timestamps_ ? iso_time(time) : std::string());
  if (wire_.is_open()) return send_now(symbol, 0, price, text);
  wire_.push({std::string(symbol), 0, std::string(price), std::move(text)},
             std::chrono::steady_clock::now());
  return 0;
}

std::size_t Feed::send_order(const OrderUpdate& update) {
  OrderMessage message = order_message(dialect_, update);
  const std::size_t messages = send_channel("orders", message.text, ledger_.totals.orders);
  if (messages > 0) ledger_.on_order(std::move(message.data));
  return messages;
}

void Feed::send_replayed(Session& session, const ReplayFrame& frame) {
  if (!session.client->send(frame.text)) return;
  using Kind = ReplayFrame::Kind;
  switch (frame.kind) {
    case Kind::ping:
      ++ledger_.totals.pings;
      return;
    case Kind::ticker: {
      trades_.add(frame.symbol, frame.price, {}, clock_.milliseconds());
      const std::size_t index = ledger_.index_of(frame.symbol);
      ledger_.on_tick(index, 0, 1);
      ledger_.symbol(index).price = frame.price;
      return;
    }
    case Kind::orders:
      ++ledger_.totals.orders;
      ledger_.on_order(frame.data);
      break;
    case Kind::candles:
      ++ledger_.totals.candles;
      break;
    case Kind::portfolio:
      ++ledger_.totals.portfolio;
      break;
  }
  ledger_.on_data(frame.channel, 1);
}

}  // namespace tickcache::sim
