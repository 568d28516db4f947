#include "daemon/sources/websocket/connection.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {
namespace {

/// Of consecutive failures for the same reason, the first and every Nth is logged as a warning.
constexpr unsigned kTellEvery = 10;

template <class T, class... Others>
constexpr bool is_one_of = (std::is_same_v<T, Others> || ...);

}  // namespace

Connection::Connection(std::uint8_t index, std::uint64_t seed, const Timing& timing,
                       KeyStanding& key, Outbox& outbox)
    : index_(index),
      timing_(timing),
      key_(key),
      outbox_(outbox),
      negotiation_(index, timing, outbox),
      backoff_(seed) {}

void Connection::want(const std::vector<Channel>& channels, const std::vector<Channel>& made,
                      Time now) {
  negotiation_.want(channels, made, now);
}

void Connection::open(Time now) {
  if (state_ != ConnectionState::unused && state_ != ConnectionState::closed) return;
  if (now < retry_at_) {
    set_state(ConnectionState::waiting);
  } else {
    connect(now);
  }
}

void Connection::connect(Time now) {
  ++attempt_;
  begun_ = now;
  set_state(ConnectionState::connecting);
  outbox_.log(index_, LogLevel::debug, "connecting");
  outbox_.add(Connect{session()});
}

void Connection::close() {
  if (state_ == ConnectionState::unused || state_ == ConnectionState::closed) return;
  // A session that is not open yet needs no closing handshake.
  if (under_way()) outbox_.add(Close{session(), state_ != ConnectionState::up});
  down_since_.reset();
  why_told_.clear();
  set_state(ConnectionState::closed);
  negotiation_.end();
}

void Connection::give_up() {
  if (under_way()) cut();
  set_state(ConnectionState::auth_failed);
  negotiation_.end();
}

void Connection::cut() { outbox_.add(Close{session(), true}); }

void Connection::end(const std::string& why, Time now) {
  if (state_ == ConnectionState::up) settle(now);
  if (state_ == ConnectionState::connecting) ++failures_;
  set_error(why, now);
  set_state(ConnectionState::waiting);
  negotiation_.end();
}

/// An outage begins when the loss of a session is noticed, or else with the first attempt.
void Connection::set_error(const std::string& why, Time now) {
  if (!down_since_) down_since_ = state_ == ConnectionState::up ? now : begun_;
  outbox_.add(SetError{index_, why, failures_});
}

void Connection::on_open(Time now) {
  std::string text = "open";
  if (down_since_) {
    text = was_open_ ? "reconnected" : "connected";
    text += " after " + duration_text(now - *down_since_);
  }
  down_since_.reset();
  was_open_ = true;
  failures_ = 0;
  begun_ = last_message_ = last_sign_ = now;
  pinged_at_.reset();
  stable_ = has_ticked_ = false;
  outbox_.add(BeginEpoch{index_});
  set_state(ConnectionState::up);
  outbox_.log(index_, LogLevel::info,
              text + "; asking for " + std::to_string(negotiation_.size()) + " channels");
  negotiation_.begin(session(), now);
}

Belongs Connection::on_message(const Event& event, Time now) {
  last_message_ = last_sign_ = now;
  pinged_at_.reset();
  settle(now);
  return std::visit(
      [&](const auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (is_one_of<What, TickEvent, CandleEvent, OrderEvent, PortfolioEvent,
                                AcknowledgementEvent>) {
          accept_key();
        }
        if constexpr (std::is_same_v<What, TickEvent>) {
          if (!std::exchange(has_ticked_, true) && !pings_answered_) {
            outbox_.add(SendPing{session()});  // does it answer them at all?
          }
          return negotiation_.on_data({ChannelKind::ticker, what.symbol, {}}, now);
        } else if constexpr (std::is_same_v<What, CandleEvent>) {
          return negotiation_.on_data({ChannelKind::candles, what.symbol, what.interval}, now);
        } else if constexpr (std::is_same_v<What, OrderEvent>) {
          return negotiation_.on_data({ChannelKind::orders, {}, {}}, now);
        } else if constexpr (std::is_same_v<What, PortfolioEvent>) {
          return negotiation_.on_data({ChannelKind::portfolio, {}, {}}, now);
        } else if constexpr (std::is_same_v<What, AcknowledgementEvent>) {
          negotiation_.on_acknowledgement(what, now);
        } else if constexpr (std::is_same_v<What, ErrorEvent>) {
          negotiation_.on_error(what, now);
        } else if constexpr (std::is_same_v<What, PingEvent>) {
          negotiation_.on_ping(now);
        }
        return Belongs::present;
      },
      event);
}

void Connection::on_failed(const std::string& why, Time at_least, Time now) {
  if (under_way()) end(why, now);
  const bool tell = failures_ <= 1 || failures_ % kTellEvery == 0 || why != why_told_;
  if (tell) why_told_ = why;
  std::string text = why;
  if (failures_ > 1) text += " (failure " + std::to_string(failures_) + " in a row)";
  retry(text, at_least, tell ? LogLevel::warning : LogLevel::debug, now);
}

void Connection::on_pong(Time now) {
  last_sign_ = now;
  pinged_at_.reset();
}

/// Without a sign of life for half the limit, the exchange is pinged; for the whole limit, the
/// session is dead: its path swallows what is sent. A session without ticks has no limit.
Time Connection::next_probe() const {
  constexpr Time kLeast = std::chrono::seconds(3);  // an exchange may pause for a moment
  if (!pings_answered_ || !has_ticked_ || silence_limit_ <= Time(0)) return Time::max();
  if (!pinged_at_) return last_sign_ + silence_limit_ / 2;
  return std::max(last_sign_ + std::max(silence_limit_, kLeast), *pinged_at_ + silence_limit_ / 2);
}

void Connection::probe(Time now) {
  if (now < next_probe()) return;
  if (pinged_at_) {
    return replace("no sign of life for " + duration_text(now - last_sign_) + ", nor a pong", now);
  }
  pinged_at_ = now;
  outbox_.add(SendPing{session()});
}

void Connection::replace(const std::string& why, Time now) {
  cut();
  end(why, now);
  why_ended_ = why;
  outbox_.log(index_, LogLevel::warning, why + "; reconnecting");
  connect(now);
}

void Connection::on_exchange_answers(Time now) {
  if (state_ == ConnectionState::waiting && now >= not_before_) {
    if (failures_ == 0 && !was_stable_) return;
    was_stable_ = false;
    connect(now);
  } else if (state_ == ConnectionState::connecting && now - begun_ >= timing_.backoff_min) {
    cut();  // it began before the exchange could be reached
    connect(now);
  }
}

void Connection::on_lost(const std::string& why, Time now) {
  settle(now);
  was_stable_ = stable_;
  end(why, now);
  retry(why + ", " + duration_text(now - begun_) + " after it opened", Time{0}, LogLevel::warning,
        now);
}

void Connection::retry(const std::string& text, Time at_least, LogLevel level, Time now) {
  const Time delay = backoff_.next(timing_, at_least);
  retry_at_ = now + delay;
  not_before_ = now + at_least;
  why_ended_ = text;
  outbox_.log(index_, level, text + "; next attempt in " + duration_text(delay));
}

void Connection::on_time(Time now) {
  if (now < deadline()) return;
  if (state_ == ConnectionState::waiting) {
    connect(now);
  } else if (state_ == ConnectionState::connecting) {
    cut();
    on_failed("the attempt to connect has not ended", Time{0}, now);
  } else if (now >= last_message_ + timing_.idle_timeout) {
    cut();
    // The limit, not what it was by the clock: the same cause has the same text.
    on_lost("no message for " + duration_text(timing_.idle_timeout), now);
  } else {
    settle(now);
    negotiation_.on_time(now);
    probe(now);
  }
}

void Connection::on_late(Time now) {
  if (under_way()) {
    // The backoff stays as it is: how long the session really lasted is not known.
    cut();
    set_error("the daemon was not running for a while", now);
    set_state(ConnectionState::waiting);
    negotiation_.end();
    connect(now);
  } else if (state_ == ConnectionState::waiting && now >= retry_at_) {
    connect(now);
  }
}

/// A session that has lasted stable_after resets the backoff and proves that the key is accepted.
void Connection::settle(Time now) {
  if (stable_ || now - begun_ < timing_.stable_after) return;
  stable_ = true;
  backoff_.reset();
  accept_key();
  if (!key_.rejected_at) key_.rejected_since.reset();
}

void Connection::accept_key() {
  if (key_.accept(begun_)) {
    outbox_.log(LogLevel::info, "the exchange accepts the API key again");
  }
}

Time Connection::deadline() const {
  switch (state_) {
    case ConnectionState::waiting:
      return retry_at_;
    case ConnectionState::connecting:
      return begun_ + timing_.connect_timeout;
    case ConnectionState::up:
      break;
    default:
      return Time::max();
  }
  Time next =
      std::min({last_message_ + timing_.idle_timeout, next_probe(), negotiation_.deadline()});
  if (!stable_) next = std::min(next, begun_ + timing_.stable_after);
  return next;
}

void Connection::set_state(ConnectionState state) {
  if (state_ == state) return;
  state_ = state;
  outbox_.add(SetState{index_, state});
}

}  // namespace tickcache::daemon
