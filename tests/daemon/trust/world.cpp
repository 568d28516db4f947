#include "tests/daemon/trust/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tickcache::test {

namespace {

WriterOptions writer_options(const std::string& segment) {
  WriterOptions options;
  options.segment = segment;
  options.capacities.symbols = 1024;
  options.capacities.tape = 1024;
  options.liveness_timeout_ns = 1'000'000'000;
  options.url = "ws://127.0.0.1:8000/ws/v1";
  options.key = "ak_test";
  options.unix_offset_ns = 0;
  return options;
}

daemon::Wanted everything() {
  daemon::Wanted wanted;
  wanted.all_symbols = true;
  return wanted;
}

}  // namespace

World::World(const Market& market, unsigned seed, Time audit) : market_(market), random_(seed) {
  writer_.emplace(writer_options(name_.str()), now_.count());
  publisher_.emplace(*writer_, everything(), daemon::TrustSettings{seconds(30), seconds(2)});
  audit_.emplace(*publisher_, audit);
  reader_.emplace(name_.str());
  double shares = 0;
  for (std::size_t i = 0; i < market.symbols; ++i) {
    Symbol& symbol = symbols_.emplace_back();
    symbol.name.assign("S" + std::to_string(i) + "USDT");
    symbol.share = market.alike ? 1 : 1.0 / static_cast<double>(i + 1);
    shares += symbol.share;
  }
  for (Symbol& symbol : symbols_) {
    symbol.share /= shares;
    symbol.traded_at = symbol.exchange_time = now_;
    symbol.trades.push_back(now_);
    symbol.next_trade = next_after(symbol, now_);
  }
  faults.delay = market.late;
  for (const Time end = now_ + market.late; now_ < end;) {
    now_ += kStep;
    trade();
    send();
  }
  connect();
}

Time World::next_after(Symbol& symbol, Time from) {
  const double rate = market_.rate * symbol.share * market_.scale(from - kStart);
  std::uniform_real_distribution<double> uniform(1e-12, 1.0);
  return from + seconds(std::min(-std::log(uniform(random_)) / rate, 1e6));
}

Time World::exchange_clock() const { return now_ - kStart + Time(kUnix) + faults.clock; }

bool World::path_works() const { return up_ && !path_was_dead_; }

void World::connect() {
  ++session_;
  up_ = true;
  path_was_dead_ = faults.all_dead;
  if (faults.delay == Time(0)) way_.clear();  // else the whole feed is late
  publisher_->begin_epoch(0, now_);
  publisher_->set_connection(0, ConnectionState::up, now_);
  publisher_->set_channel(0, daemon::Channel{}, ChannelState::acknowledged, {}, now_);
}

void World::disconnect() {
  up_ = false;
  publisher_->set_connection(0, ConnectionState::waiting, now_);
  connect_at_ = now_ + seconds(0.1);
}

void World::trade() {
  for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
    Symbol& symbol = symbols_[i];
    while (symbol.next_trade <= now_) {
      const Time at = symbol.next_trade;
      symbol.next_trade = next_after(symbol, at);
      ++symbol.number;
      symbol.traded_at = at;
      const Time clock = at - kStart + Time(kUnix) + faults.clock;
      symbol.exchange_time = clock - clock % market_.grain;
      symbol.trades.push_back(at);
      if (symbol.trades.size() > 4096) symbol.trades.pop_front();
      if (faults.lost || faults.rest_empty || faults.lost_symbol == i) continue;
      unsent_.push_back({i, symbol.number, at, symbol.exchange_time});
    }
  }
}

/// The exchange hands what was traded to the WebSocket.
void World::send() {
  if (market_.lead > Time(0) && now_ < next_flush_) return;
  if (market_.lead > Time(0)) {
    std::uniform_int_distribution<std::int64_t> jitter(0, market_.lead.count());
    next_flush_ = now_ + Time(jitter(random_));
  }
  // Trades of different symbols were found symbol by symbol.
  std::stable_sort(unsent_.begin(), unsent_.end(),
                   [](const Trade& a, const Trade& b) { return a.time < b.time; });
  kept_.insert(kept_.end(), unsent_.begin(), unsent_.end());
  unsent_.clear();
  if (faults.retained) return;
  for (const Trade& trade : kept_) way_.push_back({now_ + faults.delay, session_, trade});
  kept_.clear();
}

void World::deliver() {
  if (faults.path_dead || faults.all_dead) {
    if (up_ && !std::exchange(path_was_dead_, true)) way_.clear();
  }
  while (!way_.empty() && (way_.front().at <= now_ || faults.delay == Time(0))) {
    const OnTheWay next = std::move(way_.front());
    way_.pop_front();
    if (!path_works() || (next.session != session_ && faults.delay == Time(0))) continue;
    daemon::TickEvent event;
    event.symbol = symbols_[next.trade.symbol].name;
    event.ticker.set_price({static_cast<std::int64_t>(next.trade.number), 0, {}});
    if (market_.has_times) event.ticker.exchange_time_ns = next.trade.exchange_time.count();
    publisher_->message(0, 100, now_);
    publisher_->publish(event, daemon::Belongs::present, 0, now_);
  }
  // As Connection probes: the server answers pings, unless the path is dead.
  const Time last = std::max(publisher_->flow().last(), connect_at_);
  const Time limit = std::max(publisher_->silence_limit(), seconds(3));
  const bool has_ticked = publisher_->flow().last() > connect_at_;
  if (up_ && path_was_dead_ && has_ticked && now_ - last > limit) {
    ++replacements_;
    disconnect();
  }
}

void World::ask() {
  if (answer_ && !answer_->read && now_ >= answer_->read_at) {
    answer_->read = true;
    answer_->fails = answer_->fails || faults.rest_fails || faults.all_dead;
    daemon::Prices& prices = answer_->prices;
    prices.answered_at_ns = exchange_clock().count();
    prices.stale = faults.rest_doubts.has_value();
    if (!faults.rest_empty) {
      for (const Symbol& symbol : symbols_) {
        prices.prices.emplace_back(symbol.name,
                                   Decimal{static_cast<std::int64_t>(symbol.number), 0, {}});
        if (symbol.name == answer_->question.symbol) {
          answer_->trade_time = symbol.exchange_time.count();
        }
      }
    }
    if (faults.rest_cached > Time(0)) {
      if (!cached_ || now_ - cached_at_ > faults.rest_cached) {
        cached_ = prices;
        cached_at_ = now_;
      }
      prices = *cached_;
    } else {
      cached_.reset();
    }
  }
  if (answer_ && (now_ >= answer_->at || audit_->gives_up())) {
    const Answer answer = *std::exchange(answer_, std::nullopt);
    if (answer.fails || now_ < answer.at) {
      audit_->on_failure(now_);
    } else if (answer.question.kind == daemon::Question::Kind::prices) {
      audit_->on_prices(answer.prices, now_);
    } else if (answer.question.kind == daemon::Question::Kind::trade_time) {
      audit_->on_trade_time(market_.has_times ? answer.trade_time : 0, now_);
    } else {
      audit_->on_health(faults.rest_doubts.value_or(true), now_);
    }
  }
  if (audit_->take_dead()) {
    ++replacements_;
    disconnect();
  }
  if (audit_->take_reachable() && !up_) connect_at_ = now_;
  if (answer_ || now_ < audit_->deadline()) return;
  if (const auto question = audit_->next(now_)) {
    const bool hangs = faults.all_dead;
    answer_ = Answer{.read_at = now_ + faults.rest_takes / 2,
                     .at = now_ + (hangs ? audit_->patience() : faults.rest_takes),
                     .question = *question,
                     .fails = hangs};
  }
}

void World::run(Time span) {
  for (const Time end = now_ + span; now_ < end;) {
    now_ += kStep;
    trade();
    send();
    deliver();
    if (!up_ && now_ >= connect_at_) {
      if (faults.all_dead) {
        connect_at_ = now_ + seconds(30);  // the attempt hangs
      } else {
        connect();
      }
    }
    ask();
    publisher_->on_beat(now_);
    writer_->beat(now_.count());
    observe_all();
  }
}

Result<Ticker> World::look(std::uint32_t symbol) {
  Query query;
  query.now = BootTime(now_);
  return reader_->ticker(symbols_[symbol].name.view(), query);
}

void World::observe_all() {
  for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
    Symbol& symbol = symbols_[i];
    const Result<Ticker> result = look(i);
    ++observed_.looks;
    if (!result.has_value) {
      observed_.last_not_live = now();
      continue;
    }
    const auto number = static_cast<std::uint64_t>(result.value.price_mantissa);
    if (number < symbol.seen) ++observed_.steps_back;
    symbol.seen = std::max(symbol.seen, number);
    Time wrong{};
    if (number < symbol.number) {
      const std::uint64_t behind = symbol.number - number;
      const std::size_t at =
          symbol.trades.size() - std::min<std::size_t>(behind, symbol.trades.size());
      wrong = now_ - symbol.trades[at];
    }
    const bool live = result.live();
    if (live) observed_.longest_wrong = std::max(observed_.longest_wrong, wrong);
    if (!live) observed_.last_not_live = now();
    if (!live && symbol.was_live && wrong <= seconds(3)) ++observed_.alarms;
    symbol.was_live = live;
  }
}

bool World::all_live() {
  for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
    if (!look(i).live()) return false;
  }
  return true;
}

std::uint64_t World::count(Counter counter) {
  return writer_->view().status().counters[static_cast<std::size_t>(counter)];
}

Reason World::feed() {
  Status status;
  reader_->status(status);
  return status.reason;
}

}  // namespace tickcache::test
