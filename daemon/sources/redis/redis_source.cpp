#include "daemon/sources/redis/redis_source.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "daemon/core/from_config.hpp"
#include "daemon/platform/channel_name.hpp"
#include "daemon/sources/net/resolver.hpp"
#include "encode/untrusted.hpp"
#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {
namespace {

using std::chrono::milliseconds;

constexpr Time kTick = milliseconds(100);
constexpr Time kRetryAfter = milliseconds(500);
/// Silence may be the origin's, or a path that is gone: a new connection tells.
constexpr Time kReconnectAfter = std::chrono::seconds(2);
/// Messages that wait for the keys.
constexpr std::size_t kMostKept = std::size_t{64} << 20;

Time boot_time() { return Time(boot_now()); }

std::string random_nonce() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 4; ++i) text += std::to_string(random());
  return text;
}

redis::LinkSettings link_settings(boost::asio::io_context& io, const Config& config) {
  redis::LinkSettings settings;
  settings.address = *config.redis;
  settings.user = config.redis_user;
  settings.password = config.redis_password;
  settings.resolve = system_resolver(io);
  return settings;
}

/// The element of an array answer; null if there is none.
const redisReply* element(const redisReply& answer, std::size_t i) {
  return answer.type == REDIS_REPLY_ARRAY && i < answer.elements ? answer.element[i] : nullptr;
}

/// The field of an entry of a stream; empty if there is none.
std::string_view field_of(const redisReply* entry, std::string_view name) {
  const redisReply* const fields = entry == nullptr ? nullptr : element(*entry, 1);
  for (std::size_t i = 0; fields != nullptr && i + 1 < fields->elements; i += 2) {
    if (redis::text_of(fields->element[i]) == name) return redis::text_of(fields->element[i + 1]);
  }
  return {};
}

/// The origin's clock when an entry was written.
Time clock_of(const redisReply* entry) {
  return parse_clock(field_of(entry, "at")).value_or(Time(0));
}

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

RedisSource::RedisSource(boost::asio::io_context& io, const Config& config, Publisher& publisher,
                         SourceHost& host)
    : publisher_(publisher), host_(host), keys_(config.feed), link_(io, link_settings(io, config)) {
  follower_.configure(config.max_lag);
  wants_orders_ = config.orders;
  wants_portfolio_ = config.portfolio;
}

void RedisSource::start(Time now) {
  open(now);
  deadline_ = now + kTick;
  host_.deadline_changed();
}

void RedisSource::stop(Time now) {
  stopped_ = true;
  link_.close();
  deadline_ = Time::max();
  set_state(ConnectionState::closed, now);
  publisher_.drained();
}

void RedisSource::reconfigure(const Config& config, Time now) {
  follower_.configure(config.max_lag);
  wants_orders_ = config.orders;
  wants_portfolio_ = config.portfolio;
  // What is wanted now may have been left out before.
  on_late(now);
}

void RedisSource::on_late(Time now) {
  if (stopped_) return;
  link_.close();
  on_lost("connecting again", now);
  open(now);
}

Outlook RedisSource::outlook() const {
  return {state_ == ConnectionState::unused ? ConnectionState::connecting : state_, 0, retry_at_,
          why_};
}

void RedisSource::on_time(Time now) {
  if (stopped_) return;
  deadline_ = now + kTick;
  if (link_.is_open()) {
    if (now - std::max(opened_, follower_.last_heard()) > kReconnectAfter) {
      link_.close();
      on_lost(follower_.objection(now), now);
      open(now);
      return;
    }
    if (follower_.wants_echo(now)) ask_echo(now);
    // Either may find the connection lost.
    if (link_.is_open() && follower_.wants_to_read()) read_keys();
    if (link_.is_open()) tell(now);
  } else if (state_ == ConnectionState::waiting && now >= retry_at_) {
    open(now);
  }
  publisher_.drained();
}

void RedisSource::set_state(ConnectionState state, Time now) {
  if (std::exchange(state_, state) != state) publisher_.set_connection(0, state, now);
}

// --- the connection

void RedisSource::open(Time now) {
  set_state(ConnectionState::connecting, now);
  publisher_.set_hops(1);  // at least
  link_.open(keys_.feed,
             {[this] { on_open(); }, [this](const std::string& why) { on_lost(why, boot_time()); },
              [this](std::string_view text) { on_message(text); }});
}

void RedisSource::on_open() {
  const Time now = boot_time();
  if (host_.was_late(now)) return;
  opened_ = now;
  failures_ = 0;
  kept_.clear();
  kept_size_ = 0;
  follower_.begin(now);
  ask_echo(now);
}

void RedisSource::on_lost(const std::string& why, Time now) {
  follower_.end();
  const std::string text = encode::printable(why);
  if (why_ != text) host_.log(LogLevel::warning, "connection 0: " + text, now);
  why_ = text;
  publisher_.set_error(0, why_, ++failures_, now);
  retry_at_ = now + kRetryAfter;
  set_state(ConnectionState::waiting, now);
  publisher_.drained();
}

void RedisSource::ask_echo(Time now) {
  const std::string nonce = random_nonce();
  follower_.on_echo_asked(nonce, now);
  link_.commands().send({"PUBLISH", keys_.hello, nonce}, [](const redisReply*) {});
  link_.commands().flush();
}

void RedisSource::read_keys() {
  follower_.on_read_sent();
  redis::Connection& redis = link_.commands();
  const auto ignore = [](const redisReply*) {};
  redis.send({"MULTI"}, ignore);
  redis.send({"HMGET", keys_.state, "epoch", "instance", "sequence", "channels"}, ignore);
  redis.send({"GET", keys_.lease}, ignore);
  redis.send({"HGETALL", keys_.tickers}, ignore);
  redis.send({"XRANGE", keys_.orders, "-", "+"}, ignore);
  redis.send({"XREVRANGE", keys_.portfolio, "+", "-", "COUNT", "1"}, ignore);
  redis.send({"SMEMBERS", keys_.series}, ignore);
  redis.send({"EXEC"}, [this](const redisReply* answer) { on_keys(answer); });
  redis.flush();
}

void RedisSource::on_keys(const redisReply* answer) {
  if (answer == nullptr) return;  // it is reported as lost
  const Time now = boot_time();
  if (host_.was_late(now)) return;
  if (answer->type != REDIS_REPLY_ARRAY || answer->elements != 6) {
    follower_.on_read_failed();
    host_.log(LogLevel::warning,
              "connection 0: cannot read the feed's keys: " +
                  encode::printable(redis::problem_of(answer)),
              now);
    return;
  }
  const redisReply& state = *answer->element[0];
  StoredState stored;
  stored.from.epoch = parse_count(redis::text_of(element(state, 0))).value_or(0);
  stored.from.instance = redis::text_of(element(state, 1));
  stored.sequence = parse_count(redis::text_of(element(state, 2)));
  stored.lease = parse_tenancy(redis::text_of(answer->element[1]));
  if (follower_.on_read(stored, now) == Take::apply) {
    apply_keys(*answer, now);
    apply_kept(now);
    read_series();
    tell(now);
    if (follower_.objection(now).empty()) confirm();
  }
  publisher_.drained();
}

/// Closed candles from before. Those that came meanwhile are not repeated.
void RedisSource::read_series() {
  const std::string count = std::to_string(redis::kCandlesKept);
  for (const std::string& series : series_) {
    const std::string key = keys_.candles(series);
    link_.commands().send(
        {"XREVRANGE", key, "+", "-", "COUNT", count}, [this](const redisReply* answer) {
          const Time now = boot_time();
          if (answer == nullptr || answer->type != REDIS_REPLY_ARRAY) return;
          for (std::size_t i = answer->elements; i-- > 0;) {
            auto record = parse_record(field_of(answer->element[i], "record"), read_candle);
            if (!record || record->candle.closed == 0) continue;
            record->candle.flags |= Candle::kHistory;
            publisher_.mirror_candle(
                record->symbol, record->interval, record->candle, record->told.live(), true,
                now - record->told.age - follower_.lag_of(clock_of(answer->element[i]), now));
          }
          publisher_.drained();
        });
  }
}

// --- what comes

void RedisSource::on_message(std::string_view text) {
  const Time now = boot_time();
  if (host_.was_late(now)) return;
  publisher_.message(0, text.size(), now);
  RedisMessage message;
  if (!message.read(text)) {
    publisher_.count(Counter::rejected_json);
    return;
  }
  switch (follower_.on_message(message.head(), now)) {
    case Take::ignore:
      break;
    case Take::keep:
      kept_size_ += text.size();
      kept_.emplace_back(text);
      if (kept_size_ > kMostKept) on_late(now);
      break;
    case Take::apply:
      message.head().is_beat ? apply_beat(message, now) : apply_batch(message, now);
      break;
  }
  if (link_.is_open() && follower_.wants_to_read()) read_keys();
  if (link_.is_open()) tell(now);
  publisher_.drained();
}

void RedisSource::tell(Time now) {
  const std::string why = follower_.objection(now);
  if (why.empty() && state_ != ConnectionState::up) {
    set_state(ConnectionState::up, now);
    host_.log(LogLevel::info,
              "connection 0: live, from instance " + encode::printable(follower_.origin().instance),
              now);
  } else if (!why.empty() && state_ == ConnectionState::up) {
    set_state(ConnectionState::connecting, now);
    host_.log(LogLevel::warning, "connection 0: not live: " + why, now);
  }
  if (why == why_) return;
  why_ = why;
  if (!why.empty()) publisher_.set_error(0, why, 0, now);
}

void RedisSource::reject(std::size_t count) {
  for (; count > 0; --count) publisher_.count(Counter::rejected_field);
}

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
  apply_channels(redis::text_of(element(*keys.element[0], 3)), now);
  apply_hash(*keys.element[2], now);
  if (wants_orders_) apply_orders(*keys.element[3], now);
  portfolio_upto_ = 0;
  if (const redisReply* const newest = element(*keys.element[4], 0);
      wants_portfolio_ && newest != nullptr) {
    portfolio_upto_ = parse_count(field_of(newest, "sequence")).value_or(0);
    const auto record = parse_record(field_of(newest, "record"), read_portfolio);
    if (record) {
      const Time late = follower_.lag_of(clock_of(newest), now);
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
    const auto record = parse_order(field_of(stream.element[i], "record"));
    orders_upto_ =
        std::max(orders_upto_, parse_count(field_of(stream.element[i], "sequence")).value_or(0));
    if (!record) {
      reject(1);
      continue;
    }
    const Time received = now - record->age - follower_.lag_of(clock_of(stream.element[i]), now);
    // Those before the first are known, or there are none.
    const bool is_known = !publisher_.known_orders().is_news(record->order, received);
    if (i == 0 && (record->position <= 1 || is_known)) orders_whole_ = true;
    publisher_.mirror_order(record->order, true, received);
  }
  orders_live_ = true;  // until a beat says that they are not
}

}  // namespace tickcache::daemon
