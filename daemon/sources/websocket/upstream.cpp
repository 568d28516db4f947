#include "daemon/sources/websocket/upstream.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "daemon/core/timing.hpp"
#include "daemon/platform/endpoint.hpp"

namespace tickcache::daemon {
namespace {

/// Limit for Retry-After, so that an exchange cannot delay us for a day.
constexpr Time kMaxRetryAfter = std::chrono::seconds{60};
/// For the explanation of a refusal; after this the connection tries again.
constexpr Time kExplainedIn = std::chrono::seconds{30};
constexpr const char* kRejects = "the exchange rejects the API key: ";
constexpr const char* kSuspended = "the exchange has suspended the account: ";

bool rejects_key(const Failure& failure) {
  return failure.kind == Failure::Kind::http && status_rejects_key(failure.http_status);
}

}  // namespace

Upstream::Upstream(const Wanted& wanted, const Timing& timing, std::uint64_t seed)
    : timing_(timing), plan_(make_plan(wanted)), made_(wanted.made_candles), seed_(seed) {
  connections_.reserve(kMaxConnections);
}

void Upstream::start(bool key_was_accepted, Time now) {
  if (started_ || stopped_) return;
  started_ = true;
  key_.accepted = key_was_accepted;
  apply_plan(now);
}

void Upstream::stop(Time) {
  if (stopped_) return;
  stopped_ = true;
  for (Connection& connection : connections_) connection.close();
}

void Upstream::reconfigure(const Wanted& wanted, const Timing& timing, Time now) {
  if (stopped_) return;
  timing_ = timing;
  Plan previous = std::move(plan_);
  plan_ = make_plan(wanted, previous);
  made_ = wanted.made_candles;
  if (!started_) return;
  for (const auto& channels : previous.connections) {
    for (const Channel& channel : channels) {
      if (!plan_.contains(channel)) outbox_.add(DropChannel{channel});
    }
  }
  apply_plan(now);
}

void Upstream::apply_plan(Time now) {
  if (plan_.widened) {
    outbox_.log(LogLevel::info,
                "more symbols than free subscriptions: subscribing to all and keeping those "
                "that were asked for");
  }
  for (std::size_t i = 0; i < plan_.connections.size(); ++i) {
    if (i == connections_.size()) {
      connections_.emplace_back(static_cast<std::uint8_t>(i), seed_ + i, timing_, key_, outbox_);
    }
    connections_[i].want(plan_.connections[i], made_, now);
    if (i == 0 || !plan_.connections[i].empty()) {
      connections_[i].open(now);
    } else {
      connections_[i].close();
    }
  }
}

/// The connection whose session under way this is, or null.
Connection* Upstream::present(SessionId id) {
  if (stopped_ || id.connection >= connections_.size()) return nullptr;
  Connection& connection = connections_[id.connection];
  return connection.under_way() && connection.session() == id ? &connection : nullptr;
}

void Upstream::on_open(SessionId id, Time now) {
  Connection* const connection = present(id);
  if (connection && connection->state() == ConnectionState::connecting) connection->on_open(now);
}

void Upstream::on_failed(SessionId id, const Failure& failure, Time now) {
  Connection* const connection = present(id);
  if (!connection) return;
  const std::string why = failure_text(failure);
  const Time at_least = std::min(failure.retry_after.value_or(Time{0}), kMaxRetryAfter);
  if (rejects_key(failure) && explains_) {
    connection->end("the exchange refuses the connection: " + why, now);
    connection->hold(now + kExplainedIn);
    refused_.push_back({id, why, at_least});
    if (refused_.size() == 1) outbox_.add(AskWhy{});
  } else if (rejects_key(failure)) {
    reject(*connection, kRejects + why, at_least, now);
  } else if (connection->state() == ConnectionState::up) {
    connection->on_lost(why, now);
  } else {
    connection->on_failed(why, at_least, now);
  }
}

Belongs Upstream::on_message(SessionId id, const Event& event, Time now) {
  Connection* const connection = present(id);
  if (!connection || connection->state() != ConnectionState::up) return Belongs::nowhere;
  const auto* const error = std::get_if<ErrorEvent>(&event);
  if (error && error->code == ErrorCode::authentication) {
    // Its message is not shown: it may contain the key.
    connection->cut();
    reject(*connection, std::string{kRejects}.append("error ").append(error->code_text.view()),
           Time{0}, now);
    return Belongs::nowhere;
  }
  return connection->on_message(event, now);
}

void Upstream::on_closed(SessionId id, int close_code, Time now) {
  Connection* const connection = present(id);
  if (!connection) return;
  const std::string code = std::to_string(close_code);
  if (close_rejects_key(close_code)) {
    reject(*connection, kRejects + ("close code " + code), Time{0}, now);
  } else if (connection->state() == ConnectionState::up) {
    connection->on_lost("closed by the exchange (code " + code + ")", now);
  } else {
    connection->on_failed("closed while connecting (code " + code + ")", Time{0}, now);
  }
}

void Upstream::on_refusal_explained(Refusal refusal, Time now) {
  const std::vector<Refused> refused = std::exchange(refused_, {});
  for (const Refused& each : refused) {
    if (!stopped_) explain(each, refusal, now);
  }
}

void Upstream::explain(const Refused& refused, Refusal refusal, Time now) {
  Connection& connection = connections_[refused.session.connection];
  const bool waits = connection.state() == ConnectionState::waiting;
  if (!waits || !(connection.session() == refused.session)) return;
  if (refusal == Refusal::none) key_.accepted = true;
  const char* const what = refusal == Refusal::failing
                               ? "the exchange cannot check API keys at present: "
                           : refusal == Refusal::suspended ? kSuspended
                                                           : kRejects;
  const std::string why = what + refused.how;
  connection.set_error(why, now);
  if (refusal == Refusal::failing) {
    connection.on_failed(why, refused.at_least, now);
  } else {
    reject(connection, why, refused.at_least, now);
  }
}

/// The exchange has refused the key, as `why` says, and with it ended the connection's session.
void Upstream::reject(Connection& connection, const std::string& why, Time at_least, Time now) {
  if (connection.under_way()) connection.end(why, now);
  const bool first = !key_.rejected_at;
  if (key_.reject(now, timing_.auth_grace)) {
    stop_for_good(why);
  } else {
    if (first) {
      const char* const what =
          why.starts_with(kSuspended)
              ? "the exchange has suspended the account that it accepted before; retrying for "
              : "the exchange rejects the API key that it accepted before; retrying for ";
      outbox_.log(LogLevel::warning,
                  what + duration_text(*key_.rejected_since + timing_.auth_grace - now) +
                      ", then stopping");
    }
    connection.on_failed(why, at_least, now);
  }
}

KeyRejection Upstream::key_rejection() const {
  if (!key_.rejected_at) return {};
  const Time since = *key_.rejected_since;
  return {since, key_.accepted ? since + timing_.auth_grace : Time{0}};
}

void Upstream::stop_for_good(const std::string& reason) {
  stopped_ = true;
  for (Connection& connection : connections_) connection.give_up();
  outbox_.log(LogLevel::error, reason + "; not trying again");
  outbox_.add(StopForGood{reason});
}

void Upstream::on_pong(SessionId id, Time now) {
  Connection* const connection = present(id);
  if (!connection || connection->state() != ConnectionState::up) return;
  for (Connection& each : connections_) each.set_pings_answered();
  connection->on_pong(now);
}

void Upstream::on_ticks_lost(Time now) {
  if (stopped_ || first().state() != ConnectionState::up) return;
  first().replace("ticks are lost, though the connection is open", now);
}

void Upstream::on_exchange_answers(Time now) {
  if (stopped_) return;
  for (Connection& connection : connections_) connection.on_exchange_answers(now);
}

void Upstream::on_time(Time now) {
  if (stopped_) return;
  for (Connection& connection : connections_) connection.on_time(now);
}

void Upstream::on_late(Time now) {
  if (stopped_) return;
  outbox_.log(LogLevel::warning, "the daemon was not running for a while; reconnecting");
  for (Connection& connection : connections_) connection.on_late(now);
}

Outlook Upstream::outlook() const {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const Connection& connection = connections_[i];
    const ConnectionState state = connection.state();
    if (state == ConnectionState::waiting || state == ConnectionState::connecting) {
      return {state, i, connection.deadline(), connection.why_ended()};
    }
  }
  return {started_ ? ConnectionState::up : ConnectionState::connecting, 0, {}, {}};
}

Time Upstream::deadline() const {
  Time next = Time::max();
  if (stopped_) return next;
  for (const Connection& connection : connections_) next = std::min(next, connection.deadline());
  return next;
}

}  // namespace tickcache::daemon
