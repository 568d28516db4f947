// What comes by Redis, stored as it was at the origin.
#include <algorithm>
#include <utility>

#include "daemon/platform/channel_name.hpp"
#include "daemon/sources/redis/redis_source.hpp"
#include "encode/untrusted.hpp"

namespace tickcache::daemon {
namespace {

/// What keeps a price from being live that is not live at the origin.
std::uint8_t objections_of(const Told& told) {
  if (told.live()) return 0;
  switch (told.reason) {
    case Reason::lagging:
      return Ticker::kLate;
    case Reason::rejected:
      return Ticker::kRejected;
    case Reason::unsubscribed:
      return Ticker::kUnsubscribed;
    default:
      return Ticker::kLost;
  }
}

}  // namespace

void RedisSource::apply_beat(const RedisMessage& message, Time now) {
  const Time late = follower_.lag().value_or(Time(0));
  publisher_.mirror_flow(late, now);
  const Beat beat = message.beat();
  publisher_.set_hops(beat.hops);
  if (!follower_.objection(now).empty()) return;
  confirm();
  const bool has_no_orders = beat.orders.freshness == Freshness::missing;
  if (wants_orders_) {
    const bool live = has_no_orders || beat.orders.live();
    if (!live && std::exchange(orders_live_, false)) {
      publisher_.end_data(ChannelKind::orders, now);
    } else if (beat.order_gap_since_ns != 0 && !publisher_.has_order_gap()) {
      publisher_.mark_order_gap(beat.order_gap_since_ns, now);
    }
    if (live && beat.order_gap_since_ns == 0 && orders_whole_) publisher_.orders_read(now, now);
    orders_live_ = live;
  }
  const bool portfolio_live = beat.portfolio.live();
  if (wants_portfolio_ && !portfolio_live && std::exchange(portfolio_live_, false)) {
    publisher_.end_data(ChannelKind::portfolio, now);
  }
  portfolio_live_ = portfolio_live;
}

void RedisSource::confirm() {
  const Time late = follower_.lag().value_or(Time(0));
  publisher_.confirm(follower_.last_beat() - late, late + redis::kBeatsWithin);
}

void RedisSource::apply_kept(Time now) {
  const std::vector<std::string> kept = std::move(kept_);
  kept_.clear();
  kept_size_ = 0;
  for (const std::string& text : kept) {
    RedisMessage message;
    if (message.read(text) && follower_.follows(message.head())) apply_batch(message, now);
  }
}

void RedisSource::apply_batch(const RedisMessage& message, Time now) {
  const MessageHead& head = message.head();
  const Time late = follower_.lag_of(head.at, now);
  std::size_t wrong = 0;
  wrong += message.each("ticks", read_ticker,
                        [&](const MirroredTicker& record) { apply_tick(record, late, now); });
  wrong += message.each("prices", read_ticker,
                        [&](const MirroredTicker& record) { apply_trust(record, late, now); });
  if (wants_orders_ && head.sequence > orders_upto_) {
    for (const auto& record : message.orders()) {
      record ? publisher_.mirror_order(record->order, false, now - record->age - late)
             : static_cast<void>(++wrong);
    }
  }
  if (wants_portfolio_ && head.sequence > portfolio_upto_) {
    wrong += message.each("portfolio", read_portfolio, [&](const MirroredPortfolio& record) {
      publisher_.mirror_portfolio(record.portfolio, now - record.age - late);
    });
  }
  wrong += message.each("candles", read_candle, [&](const MirroredCandle& record) {
    publisher_.mirror_candle(record.symbol, record.interval, record.candle, record.told.live(),
                             false, now - record.told.age - late);
  });
  reject(wrong);
}

RedisSource::Count* RedisSource::count_of(const SymbolText& symbol) {
  const auto cell = publisher_.view().find(SymbolKey::from(symbol.view()));
  if (!cell) return nullptr;
  if (*cell >= counts_.size()) {
    const std::size_t first = counts_.size();
    counts_.resize(publisher_.view().symbol_count());
    for (auto i = static_cast<std::uint32_t>(first); i < counts_.size(); ++i) {
      Ticker ticker;
      if (publisher_.view().ticker(i).latest(ticker)) counts_[i] = {ticker.updates, ticker.updates};
    }
  }
  return &counts_[*cell];
}

void RedisSource::apply_tick(const MirroredTicker& record, Time late, Time now) {
  Ticker ticker = record.ticker;
  Count* const count = count_of(record.symbol);
  const std::uint64_t there = ticker.updates;
  if (count != nullptr) {
    const bool is_old = ticker.is_snapshot() ? there < count->there : there <= count->there;
    if (is_old) return;  // the hash had it already
    const std::uint64_t more = there - count->there;
    ticker.updates = count->here + more;
    if (!ticker.is_snapshot()) {
      ticker.not_stored = static_cast<std::uint8_t>(std::min<std::uint64_t>(more - 1, 255));
    }
  }
  const Time received = now - record.told.age - late;
  if (!ticker.is_snapshot()) last_received_ = std::max(last_received_, received);
  ticker.received_ns = (ticker.is_snapshot() ? received : last_received_).count();
  ticker.epoch = 1;
  ticker.objections = objections_of(record.told);
  const std::uint64_t here = ticker.updates;
  if (!publisher_.mirror(record.symbol, ticker, true, now)) return;
  if (Count* const stored = count_of(record.symbol)) *stored = {there, here};
}

/// The price is the same; whether it can be trusted has changed.
void RedisSource::apply_trust(const MirroredTicker& record, Time late, Time now) {
  const Count* const count = count_of(record.symbol);
  // Otherwise it is of another tick, which says it too.
  if (count == nullptr || count->there != record.ticker.updates) return;
  Ticker ticker = record.ticker;
  ticker.updates = count->here;
  ticker.received_ns = (now - record.told.age - late).count();
  ticker.epoch = 1;
  ticker.objections = objections_of(record.told);
  publisher_.mirror(record.symbol, ticker, false, now);
}

/// Of the hash: what the price was when it was read.
void RedisSource::apply_stored(const MirroredTicker& record, Time now) {
  Ticker ticker = record.ticker;
  Ticker before;
  const auto cell = publisher_.view().find(SymbolKey::from(record.symbol.view()));
  const bool had = cell && publisher_.view().ticker(*cell).latest(before);
  const std::uint64_t there = ticker.updates;
  bool is_event = !had;
  if (const Count* const count = count_of(record.symbol)) {
    const bool is_same =
        before.price() == ticker.price() && before.exchange_time_ns == ticker.exchange_time_ns;
    // An origin that has taken over may have counted fewer.
    const std::uint64_t more = there >= count->there ? there - count->there : is_same ? 0 : 1;
    ticker.updates = count->here + more;
    is_event = more > 0 || !is_same;
  }
  if (is_event) ticker.flags |= Ticker::kSnapshot;
  ticker.received_ns = (now - record.told.age - follower_.lag_of(record.at, now)).count();
  ticker.epoch = 1;
  ticker.objections = objections_of(record.told);
  const std::uint64_t here = ticker.updates;
  if (!publisher_.mirror(record.symbol, ticker, is_event, now)) return;
  if (Count* const stored = count_of(record.symbol)) *stored = {there, here};
}

// --- the keys

void RedisSource::apply_keys(const redisReply& keys, Time now) {
  publisher_.begin_epoch(0, now);
  state_ = ConnectionState::up;  // as the publisher has it now
  set_state(ConnectionState::connecting, now);
  apply_channels(redis::text_of(redis::element(*keys.element[0], 3)), now);
  apply_hash(*keys.element[2], now);
  if (wants_orders_) apply_orders(*keys.element[3], now);
  portfolio_upto_ = 0;
  if (const redisReply* const newest = redis::element(*keys.element[4], 0);
      wants_portfolio_ && newest != nullptr) {
    portfolio_upto_ = parse_count(redis::field_of(newest, "sequence")).value_or(0);
    const auto record = parse_record(redis::field_of(newest, "record"), read_portfolio);
    if (record) {
      const Time late = lateness_of(newest, now);
      publisher_.mirror_portfolio(record->portfolio, now - record->age - late);
    }
  }
  portfolio_live_ = true;  // until a beat says that it is not
  series_.clear();
  const redisReply& series = *keys.element[5];
  for (std::size_t i = 0; i < series.elements; ++i) {
    series_.emplace_back(redis::text_of(series.element[i]));
  }
}

void RedisSource::apply_channels(std::string_view list, Time now) {
  std::map<std::string, Channel> present;
  for (const std::string& name : parse_texts(list)) {
    const auto parsed = parse_channel_name(name);
    Channel channel;
    if (!parsed) continue;
    channel.kind = parsed->kind;
    const bool is_sound =
        (!parsed->symbol || assign_symbol(*parsed->symbol, channel.symbol)) &&
        (!parsed->interval || assign_interval(*parsed->interval, channel.interval));
    const bool is_wanted = (channel.kind != ChannelKind::orders || wants_orders_) &&
                           (channel.kind != ChannelKind::portfolio || wants_portfolio_);
    if (is_sound && is_wanted) present.emplace(name, channel);
  }
  for (const auto& [name, channel] : channels_) {
    if (!present.contains(name)) publisher_.drop_channel(channel, now);
  }
  channels_ = std::move(present);
  for (const auto& [name, channel] : channels_) {
    publisher_.set_channel(0, channel, ChannelState::acknowledged, {}, now);
  }
}

void RedisSource::apply_hash(const redisReply& hash, Time now) {
  std::size_t wrong = 0;
  for (std::size_t i = 1; i < hash.elements; i += 2) {
    const auto record = parse_record(redis::text_of(hash.element[i]), read_ticker);
    record ? apply_stored(*record, now) : static_cast<void>(++wrong);
  }
  reject(wrong);
}

void RedisSource::apply_orders(const redisReply& stream, Time now) {
  const bool had_none = publisher_.view().orders().head() == 0;
  orders_upto_ = 0;
  orders_whole_ = had_none || stream.elements == 0;
  for (std::size_t i = 0; i < stream.elements; ++i) {
    const auto record = parse_order(redis::field_of(stream.element[i], "record"));
    orders_upto_ = std::max(
        orders_upto_, parse_count(redis::field_of(stream.element[i], "sequence")).value_or(0));
    if (!record) {
      reject(1);
      continue;
    }
    const Time received = now - record->age - lateness_of(stream.element[i], now);
    // Those before the first are known, or there are none.
    const bool is_known = !publisher_.known_orders().is_news(record->order, received);
    if (i == 0 && (record->position <= 1 || is_known)) orders_whole_ = true;
    publisher_.mirror_order(record->order, true, received);
  }
  orders_live_ = true;  // until a beat says that they are not
}

Time RedisSource::lateness_of(const redisReply* entry, Time now) const {
  return follower_.lag_of(parse_clock(redis::field_of(entry, "at")).value_or(Time(0)), now);
}

}  // namespace tickcache::daemon
