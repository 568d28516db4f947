#include "tests/daemon/upstream/upstream_world.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace tickcache::daemon {

World::World(const Wanted& wanted, const Timing& timing, std::vector<Dialect> dialects, bool slow,
             std::uint64_t seed)
    : timing_(timing),
      dialects_(std::move(dialects)),
      slow_(slow),
      random_(seed),
      key_was_accepted_(seed % 2 == 0),
      upstream_(wanted, timing, seed),
      lines_(kMaxConnections) {}

void World::start() {
  upstream_.start(key_was_accepted_, now_);
  carry_out(Cause::event);
}

void World::carry_out(Cause cause) {
  upstream_.drain([&](Action& action) { carry(action, cause); });
  check();
}

void World::carry(const Action& action, Cause cause) {
  if (const auto* connect = std::get_if<Connect>(&action)) {
    Line& line = lines_.at(connect->session.connection);
    REQUIRE(!stopped_);
    REQUIRE(!line.attempt);
    REQUIRE(now_ >= line.promised);
    line.attempt = connect->session;
  } else if (const auto* text = std::get_if<SendText>(&action)) {
    Line& line = lines_.at(text->session.connection);
    REQUIRE((line.exchange && line.attempt == text->session));
    line.exchange->receive(text->text);
    REQUIRE(!line.exchange->has_ticker_twice());
    REQUIRE(!line.exchange->over_limit);
  } else if (const auto* pong = std::get_if<SendPong>(&action)) {
    Line& line = lines_.at(pong->session.connection);
    REQUIRE((line.exchange && line.attempt == pong->session));
    line.exchange->receive(std::string{kPong});
  } else if (const auto* close = std::get_if<Close>(&action)) {
    Line& line = lines_.at(close->session.connection);
    REQUIRE(line.attempt == close->session);
    if (cause == Cause::late) line.promised = now_;
    if (cause == Cause::late || cause == Cause::reload || stopped_) {
      line.old = *line.attempt;
      line.attempt.reset();
      line.exchange.reset();
    } else {
      ended(line, Time{0});
    }
  } else if (const auto* epoch = std::get_if<BeginEpoch>(&action)) {
    REQUIRE(lines_.at(epoch->connection).exchange);
  } else if (const auto* state = std::get_if<SetState>(&action)) {
    lines_.at(state->connection).state = state->state;
  } else if (const auto* channel = std::get_if<SetChannel>(&action)) {
    if (channel->state == ChannelState::refused) REQUIRE(!channel->reason.empty());
    channels_[joined_name(channel->channel)] = *channel;
  } else if (const auto* dropped = std::get_if<DropChannel>(&action)) {
    channels_.erase(joined_name(dropped->channel));
  } else if (std::holds_alternative<StopForGood>(action)) {
    stopped_ = true;
  }
}

/// The attempt is over; says what is promised about the next one.
void World::ended(Line& line, Time at_least) {
  if (line.exchange && now_ - line.opened >= timing_.stable_after) line.failures = 0;
  Time wait = timing_.backoff_min;
  for (int i = 0; i < line.failures && wait < timing_.backoff_max; ++i) wait *= 2;
  ++line.failures;
  line.promised = now_ + std::max(at_least, std::min(wait, timing_.backoff_max));
  line.old = line.attempt.value_or(line.old);
  line.attempt.reset();
  line.exchange.reset();
  ++lost_;
}

/// Plain comparisons: this runs after every step, and a doctest assertion costs more than the step.
void World::check() {
  for (const Line& line : lines_) {
    const bool under_way =
        line.state == ConnectionState::connecting || line.state == ConnectionState::up;
    if (line.attempt.has_value() != under_way) FAIL("an attempt and its state differ");
    if ((line.state == ConnectionState::up) != (line.exchange != nullptr)) {
      FAIL("a session and its state differ");
    }
    if (line.state == ConnectionState::waiting && timing_.jitter == 0 &&
        upstream_.deadline() > std::max(line.promised, now_)) {
      FAIL("a retry would be later than promised");
    }
    if (stopped_ && line.state != ConnectionState::unused &&
        line.state != ConnectionState::auth_failed) {
      FAIL("a connection outlives the rejection of the key");
    }
  }
  for (const auto& channels : upstream_.plan().connections) {
    if (channels.size() > kMaxSubscriptions) FAIL("more subscriptions than a connection takes");
  }
}

void World::pass(Time span) {
  const Time end = now_ + span;
  while (true) {
    now_ = std::min({end, now_ + seconds{1}, std::max(now_, upstream_.deadline())});
    upstream_.on_time(now_);
    carry_out(Cause::time);
    for (Line& line : lines_) {
      if (!line.exchange) continue;
      if (now_ - line.opened >= timing_.stable_after) line.failures = 0;
      if (!line.exchange->on_time(now_)) {
        close(line, 1006);
      } else if (line.exchange->replies.empty()) {
        line.waiting_since = now_;
      } else if (!slow_ && now_ - line.waiting_since >= kPrompt) {
        deliver(line, 1000);
      }
    }
    if (now_ == end) return;
  }
}

void World::sleep() {
  now_ += seconds{3 + below(300)};
  upstream_.on_late(now_);
  carry_out(Cause::late);
}

void World::reload() {
  upstream_.reconfigure(random_wanted(), timing_, now_);
  carry_out(Cause::reload);
}

Wanted World::random_wanted() {
  Wanted wanted;
  wanted.orders = below(4) != 0;
  wanted.portfolio = below(4) != 0;
  wanted.all_symbols = below(3) == 0;
  const std::size_t symbols = below(12);
  const auto add = [](auto& values, const auto& value) {
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  };
  for (std::size_t i = 0; i < symbols; ++i) {
    add(wanted.symbols, symbol("S" + std::to_string(below(12))));
  }
  const std::size_t series = below(3) == 0 ? below(40) : below(4);
  for (std::size_t i = 0; i < series; ++i) {
    const char* const intervals[] = {"1m", "5m", "1h", "4h"};
    add(wanted.candles, candles("S" + std::to_string(below(12)), intervals[below(4)]));
  }
  return wanted;
}

void World::open(Line& line) {
  line.exchange = std::make_unique<ModelExchange>(dialects_[below(dialects_.size())], now_);
  line.opened = line.waiting_since = now_;
  ++opened_;
  upstream_.on_open(*line.attempt, now_);
  carry_out(Cause::event);
}

void World::fail(Line& line) {
  Failure failure;
  failure.kind = static_cast<Failure::Kind>(below(7));
  if (failure.kind == Failure::Kind::http) failure.http_status = below(40) == 0 ? 403 : 503;
  if (below(4) == 0) failure.retry_after = seconds{below(100)};
  const SessionId id = *line.attempt;
  ended(line, std::min<Time>(failure.retry_after.value_or(Time{0}), seconds{60}));
  upstream_.on_failed(id, failure, now_);
  carry_out(Cause::event);
}

void World::close(Line& line, int code) {
  const SessionId id = *line.attempt;
  ended(line, Time{0});
  upstream_.on_closed(id, code, now_);
  carry_out(Cause::event);
}

void World::message(Line& line, const Event& event) {
  if (upstream_.on_message(*line.attempt, event, now_) == Belongs::nowhere)
    FAIL("a message is ignored");
  carry_out(Cause::event);
}

void World::deliver(Line& line, std::size_t limit) {
  for (std::size_t i = 0; i < limit && line.exchange && !line.exchange->replies.empty(); ++i) {
    const Event event = line.exchange->replies.front();
    line.exchange->replies.pop_front();
    message(line, event);
  }
}

void World::trouble() {
  Line& line = lines_[below(4) == 0 ? below(lines_.size()) : below(2)];
  const std::size_t dice = below(100);
  if (dice < 3) {
    sleep();
  } else if (dice < 8) {
    reload();
  } else if (dice < 12) {
    old_event(line);
  } else if (dice < 40) {
    pass(dice < 15 ? Time{seconds{below(90)}} : Time{milliseconds{below(3000)}});
  } else if (line.exchange) {
    open_event(line);
  } else if (line.attempt) {
    connecting_event(line);
  }
}

void World::connecting_event(Line& line) {
  if (below(3) == 0) {
    fail(line);
  } else {
    open(line);
  }
}

void World::open_event(Line& line) {
  const std::size_t dice = below(100);
  if (dice < 3) {
    const int codes[] = {1000, 1001, 1005, 1006, 1011, 3000, 4999};
    close(line, codes[below(7)]);
  } else if (dice < 4 && below(10) == 0) {
    close(line, 4401);
  } else if (dice < 5 && below(10) == 0) {
    const Belongs belongs = upstream_.on_message(
        *line.attempt, error(ErrorCode::authentication, "AUTH", "expired"), now_);
    REQUIRE(belongs == Belongs::nowhere);
    carry_out(Cause::event);
  } else if (dice < 8) {
    message(line, error(ErrorCode::other, "INTERNAL", "Sorry"));
  } else if (dice < 11) {
    message(line, acknowledgement(ticker("NEVER"), below(2) == 0));
  } else if (dice < 14) {
    message(line, NothingEvent{});
  } else if (dice < 30 && !line.exchange->subscriptions.empty()) {
    const auto& has = line.exchange->subscriptions;
    message(line, data_of(has[below(has.size())]));
  } else {
    deliver(line, 1 + below(12));
  }
}

/// Whatever an attempt reports after its end changes nothing.
void World::old_event(const Line& line) {
  if (line.old.attempt == 0) return;
  upstream_.on_open(line.old, now_);
  upstream_.on_failed(line.old, {}, now_);
  upstream_.on_closed(line.old, 4401, now_);
  REQUIRE(upstream_.on_message(line.old, tick("A"), now_) == Belongs::nowhere);
  std::size_t actions = 0;
  upstream_.drain([&](Action&) { ++actions; });
  REQUIRE(actions == 0);
}

void World::send_data() {
  for (Line& line : lines_) {
    if (!line.exchange) continue;
    const std::vector<Channel> has = line.exchange->subscriptions;
    for (const Channel& channel : has) message(line, data_of(channel));
  }
}

void World::quiet(Time span, Time data_every) {
  const Time end = now_ + span;
  Time data_at = now_;
  while (now_ < end && !stopped_) {
    for (Line& line : lines_) {
      if (line.attempt && !line.exchange) open(line);
      deliver(line, 1000);
    }
    if (now_ >= data_at) {
      send_data();
      data_at += data_every;
    }
    pass(std::min<Time>(seconds{1}, end - now_));
  }
}

ChannelState World::state_of(const Channel& channel) const {
  const auto found = channels_.find(joined_name(channel));
  return found == channels_.end() ? ChannelState::unused : found->second.state;
}

void World::check_complete() {
  const auto& connections = upstream_.plan().connections;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const Line& line = lines_[i];
    CAPTURE(i);
    if (i > 0 && connections[i].empty()) {
      REQUIRE(!line.attempt);
      continue;
    }
    REQUIRE(line.exchange);
    CAPTURE(line.exchange->dialect().name);
    for (const Channel& channel : connections[i]) {
      CAPTURE(joined_name(channel));
      ++wanted;
      REQUIRE(channels_.at(joined_name(channel)).connection == i);
      const ChannelState state = state_of(channel);
      if (slow_) {
        REQUIRE(state != ChannelState::wanted);
      } else if (ModelExchange::is_offered(channel)) {
        REQUIRE(line.exchange->has(channel));
        REQUIRE(state == ChannelState::acknowledged);
      } else if (line.exchange->dialect().acknowledges && line.exchange->dialect().refuses) {
        REQUIRE(state == ChannelState::refused);
      } else {
        REQUIRE(state != ChannelState::acknowledged);
      }
    }
    if (slow_) continue;
    for (const Channel& channel : line.exchange->subscriptions) {
      CAPTURE(joined_name(channel));
      REQUIRE(upstream_.plan().contains(channel));
    }
  }
  REQUIRE(channels_.size() == wanted);
}

}  // namespace tickcache::daemon
