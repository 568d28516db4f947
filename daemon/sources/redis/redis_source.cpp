#include "daemon/sources/redis/redis_source.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "daemon/core/from_config.hpp"
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
  stored.from.epoch = parse_count(redis::text_of(redis::element(state, 0))).value_or(0);
  stored.from.instance = redis::text_of(redis::element(state, 1));
  stored.sequence = parse_count(redis::text_of(redis::element(state, 2)));
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
            auto record = parse_record(redis::field_of(answer->element[i], "record"), read_candle);
            if (!record || record->candle.closed == 0) continue;
            record->candle.flags |= Candle::kHistory;
            publisher_.mirror_candle(record->symbol, record->interval, record->candle,
                                     record->told.live(), true,
                                     now - record->told.age - lateness_of(answer->element[i], now));
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

}  // namespace tickcache::daemon
