#include "daemon/core/audit.hpp"

#include <algorithm>

#include "libcache/segment/symbol_key.hpp"

namespace tickcache::daemon {
namespace {

constexpr Time kFlowing = std::chrono::seconds(1);
constexpr Time kLongestConfirmation = std::chrono::seconds(8);
constexpr Time kAnchorEvery = std::chrono::minutes(1);
/// Trade times asked for in one round, of each kind.
constexpr std::size_t kChecks = 3;

}  // namespace

void Audit::set_every(Time every) {
  every_ = every;
  if (every_ > Time(0)) return;
  end_round();
  publisher_.set_audited(false);
}

// --- what to ask, and when

bool Audit::flows(Time now) const {
  const Time last = publisher_.flow().last_good();
  return last != Time(0) && now - last < kFlowing;
}

bool Audit::has_tickers() const { return publisher_.tickers_since().has_value(); }

/// Whether the exchange's own times should say how late the ticks are.
bool Audit::needs_anchor() const {
  return has_tickers() &&
         (publisher_.flow().in_doubt() || anchored_at_ <= *publisher_.tickers_since() ||
          asked_ - anchored_at_ >= kAnchorEvery);
}

bool Audit::is_absent() const {
  return failing_since_ && last_failure_ - *failing_since_ >= kAbsentFor;
}

Time Audit::patience() const { return has_tickers() ? std::chrono::seconds(5) : kSoon; }

bool Audit::gives_up() const {
  return open_ && open_->kind != Question::Kind::health && !has_tickers();
}

Time Audit::deadline() const {
  constexpr Time kNow{0};
  if (every_ <= Time(0) || open_) return Time::max();
  if (!checks_.empty() || doubted_) return kNow;
  if (is_absent()) return last_failure_ + kAbsentFor;
  if (!has_tickers()) {  // all that matters is whether the exchange can be reached
    if (asked_ == Time(0) || !publisher_.is_reconnecting()) return Time::max();
    if (failing_since_) return not_before_;
    return asked_in_outage_ ? Time::max() : kNow;
  }
  if (failing_since_) return not_before_;
  if (*publisher_.tickers_since() >= asked_) return kNow;  // begun since the last request
  const Time soon = asked_ + kSoon;
  const Time pauses_from = publisher_.flow().last_good() + kFlowing;
  Time next = std::min(asked_ + every_, needs_anchor() ? soon : std::max(soon, pauses_from));
  next = std::min(next, std::max(soon, confirmed_until_ - kSoon));
  for (const auto& [cell, suspect] : suspects_) next = std::min(next, std::max(soon, suspect.due));
  return next;
}

std::optional<Question> Audit::next(Time now) {
  if (now < deadline()) return std::nullopt;
  Question question;
  if (doubted_) {
    question.kind = Question::Kind::health;
  } else if (!checks_.empty()) {
    question = {Question::Kind::trade_time, publisher_.view().symbol(checks_.back().cell)};
  } else if (!has_tickers()) {
    question.kind = Question::Kind::health;
    asked_in_outage_ = true;
  } else {
    drop_cleared_suspects();
    mark_overdue(now);
    if (now < deadline()) return std::nullopt;  // it was for suspects that have ticked since
    asked_in_outage_ = false;
    // What was confirmed while ticks flowed counts for less long once they pause.
    const Time until = verified_ + confirmation_lasts(now);
    if (until < confirmed_until_) confirm_until(until);
    asked_ = now;
  }
  sent_ = now;
  open_ = question;
  return question;
}

// --- answers

void Audit::end_round() {
  checks_.clear();
  overdue_.clear();
  behind_.clear();
  doubted_.reset();
}

void Audit::on_failure(Time now, Time wait) {
  publisher_.count(Counter::rest_failed);
  open_.reset();
  end_round();
  last_failure_ = now;
  not_before_ = now + std::clamp(wait, kSoon, kAbsentFor);
  if (!failing_since_) failing_since_ = now;
  // An exchange that has never answered has nothing to answer with.
  if (!has_worked_ && has_tickers()) failing_since_ = now - kAbsentFor;
  if (is_absent()) publisher_.set_audited(false);
}

void Audit::answered(Time now) {
  open_.reset();
  round_trip_ += (now - *sent_ - round_trip_) * 3 / 10;
  if (!has_tickers() && publisher_.is_reconnecting()) reachable_ = true;
  failing_since_.reset();
}

/// Whether the exchange made the answer for us: its time has gone on, since the answer before, by
/// at least what passed between that one and the request. A cache repeats an old one.
bool Audit::is_fresh(const Prices& answer, Time now) {
  if (answer.answered_at_ns == 0) return true;
  constexpr Time kSlack = std::chrono::milliseconds(50);  // it adds up
  const Time passed(answer.answered_at_ns - last_answered_at_ns_);
  const bool fresh =
      last_answered_at_ns_ == 0 || (passed > Time(0) && passed >= asked_ - last_answer_ - kSlack);
  last_answered_at_ns_ = answer.answered_at_ns;
  last_answer_ = now;
  return fresh;
}

void Audit::on_prices(const Prices& answer, Time now) {
  answered(now);
  const bool has_none = answer.prices.empty();
  if (has_none) publisher_.flow().on_loss();  // the exchange has lost them, and ticks with them
  if (has_none || !is_fresh(answer, now)) {
    publisher_.count(Counter::rest_rejected);
  } else if (answer.stale) {
    doubted_ = answer;
  } else {
    take(answer, now);
  }
}

void Audit::take(const Prices& answer, Time now) {
  publisher_.count(Counter::audits);
  unresolved_ = false;
  compare(answer, now);
  plan_checks(now);
  if (checks_.empty()) finish(now);
}

void Audit::on_health(bool receives_trades, Time now) {
  answered(now);
  const std::optional<Prices> answer = std::exchange(doubted_, std::nullopt);
  if (!answer) return;
  if (receives_trades) {
    take(*answer, now);
  } else {
    publisher_.count(Counter::rest_rejected);
  }
}

void Audit::on_trade_time(std::int64_t exchange_time_ns, Time now) {
  answered(now);
  const Check check = checks_.back();
  checks_.pop_back();
  Ticker stored;
  const bool has_stored = publisher_.view().ticker(check.cell).latest(stored);
  if (check.overdue) {
    const bool known = has_stored && exchange_time_ns != 0 && stored.exchange_time_ns != 0;
    ++(known && exchange_time_ns < stored.exchange_time_ns ? older_ : not_older_);
    for (Overdue& overdue : overdue_) {
      if (overdue.cell == check.cell) overdue.price.exchange_time_ns = exchange_time_ns;
    }
  } else if (has_stored && exchange_time_ns != 0) {
    // The newest tick, in the cell or held behind a snapshot: the tape has both.
    std::int64_t newest = 0;
    const auto tape = publisher_.view().tape();
    for (std::uint64_t at = tape.head(); at > 0 && tape.head() - at < 512; --at) {
      Ticker tick;
      if (tape.read(at, tick) != ReadResult::ok) break;
      if (tick.symbol_index != check.cell || tick.is_snapshot()) continue;
      newest = tick.exchange_time_ns;
      break;
    }
    if (newest != 0) behind_.push_back(std::max(Time(0), Time(exchange_time_ns - newest)));
  }
  if (checks_.empty()) finish(now);
}

// --- comparing

void Audit::drop_cleared_suspects() {
  std::erase_if(suspects_, [&](const auto& entry) {
    Ticker ticker;
    return !publisher_.view().ticker(entry.first).latest(ticker) ||
           Time(ticker.received_ns) > entry.second.asked || !publisher_.is_present(ticker);
  });
}

/// A price that has differed for kPatience without a tick is not to be trusted, whatever the next
/// answer says.
void Audit::mark_overdue(Time now) {
  for (const auto& [cell, suspect] : suspects_) {
    if (now >= suspect.due) publisher_.set_objection(cell, Ticker::kLost, true);
  }
}

void Audit::compare(const Prices& answer, Time now) {
  drop_cleared_suspects();
  overdue_.clear();
  not_older_ = older_ = 0;
  ++round_;
  const WritableSegmentView& view = publisher_.view();
  for (const auto& [symbol, price] : answer.prices) {
    if (!publisher_.wants(symbol)) continue;
    const RequestedPrice requested{price, 0, answer.answered_at_ns, asked_.count()};
    const auto cell = view.find(SymbolKey::from(symbol.view()));
    if (!cell) {
      publisher_.snapshot(symbol, requested, now);
      continue;
    }
    if (seen_in_.size() <= *cell) seen_in_.resize(view.symbol_count(), 0);
    seen_in_[*cell] = round_;
    compare(*cell, requested, now);
  }
  seen_in_.resize(view.symbol_count(), round_);  // the new ones
  for (std::uint32_t cell = 0; cell < seen_in_.size(); ++cell) {
    if (seen_in_[cell] != round_) mark_absent(cell, now);
  }
}

void Audit::compare(std::uint32_t cell, const RequestedPrice& price, Time now) {
  const WritableSegmentView& view = publisher_.view();
  Ticker ticker;
  if (!view.ticker(cell).latest(ticker)) return;
  if (!publisher_.is_present(ticker)) {
    publisher_.snapshot(view.symbol(cell), price, now);
    return;
  }
  const TickFlow& flow = publisher_.flow();
  const bool is_late = flow.is_late() && now - flow.last() < kFlowing;
  if (ticker.price() == price.price) {
    suspects_.erase(cell);
    publisher_.set_objection(cell, Ticker::kLost, false);
    if (!is_late) publisher_.set_objection(cell, Ticker::kLate, false);
    return;
  }
  if (!ticker.is_snapshot() && Time(ticker.received_ns) > asked_) return;  // it may have just come
  if (is_late) {                                                           // the tick is on its way
    unresolved_ = true;
    return;
  }
  const auto [suspect, is_new] = suspects_.try_emplace(cell, Suspect{asked_, now + kPatience});
  if (!is_new && now >= suspect->second.due) overdue_.push_back({cell, price});
  if (!flows(now)) unresolved_ = true;
}

/// The answer lacks the cell's symbol: nothing confirms its price while ticks pause.
void Audit::mark_absent(std::uint32_t cell, Time now) {
  Ticker ticker;
  if (!publisher_.view().ticker(cell).latest(ticker)) return;
  const bool flowing = !ticker.is_snapshot() && flows(now);
  const bool young = Time(ticker.received_ns) > asked_ - kPatience;
  if (publisher_.is_present(ticker) && !young) {
    publisher_.set_objection(cell, Ticker::kLost, !flowing);
  }
}

/// Whose trade times to ask for: some of those whose ticks seem lost, in case the answers are
/// behind; and some busy symbols, to see how late ticks are.
void Audit::plan_checks(Time now) {
  checks_.clear();
  behind_.clear();
  const WritableSegmentView& view = publisher_.view();
  for (const Overdue& overdue : overdue_) {
    if (checks_.size() == kChecks) break;
    checks_.push_back({overdue.cell, true});
  }
  const auto tape = view.tape();
  const std::size_t others = checks_.size();
  for (std::uint64_t at = tape.head(); at > 0 && tape.head() - at < 64; --at) {
    Ticker tick;
    if (checks_.size() == others && !needs_anchor()) break;
    if (checks_.size() == others + kChecks || tape.read(at, tick) != ReadResult::ok) break;
    if (tick.is_snapshot() || !publisher_.is_present(tick)) continue;
    if (now - Time(tick.received_ns) > kFlowing) break;
    const bool is_planned = std::any_of(checks_.begin(), checks_.end(), [&](const Check& check) {
      return check.cell == tick.symbol_index;
    });
    if (is_planned) continue;
    anchored_at_ = now;  // also if the ticks have no times
    if (tick.exchange_time_ns == 0) continue;
    checks_.push_back({tick.symbol_index, false});
  }
}

void Audit::heal(Time now) {
  if (overdue_.empty()) return;
  if (older_ > not_older_) {  // the answers are behind the ticks: they tell nothing
    unresolved_ = true;
    for (const Overdue& overdue : overdue_) {
      suspects_.erase(overdue.cell);
      publisher_.set_objection(overdue.cell, Ticker::kLost, false);
    }
    return;
  }
  for (const Overdue& overdue : overdue_) {
    Ticker ticker;
    const WritableSegmentView& view = publisher_.view();
    suspects_.erase(overdue.cell);
    if (!view.ticker(overdue.cell).latest(ticker) || Time(ticker.received_ns) > asked_) continue;
    const std::int64_t traded = overdue.price.exchange_time_ns;
    if (traded != 0 && traded < ticker.exchange_time_ns) continue;  // the stored tick is newer
    if (!publisher_.snapshot(view.symbol(overdue.cell), overdue.price, now)) continue;
    publisher_.count(Counter::healed);
    TickFlow& flow = publisher_.flow();
    if (now - flow.last() < kFlowing) continue;
    // What the exchange has sent does not come.
    unresolved_ = true;
    flow.on_loss();
    if (flow.last_good() <= replaced_at_) continue;
    replaced_at_ = now;
    dead_ = true;
  }
}

/// A confirmation counts until a bit after the next answer.
Time Audit::confirmation_lasts(Time now) const {
  const bool pauses = has_tickers() && !flows(now);
  const Time lasts = pauses ? std::max(SilenceLimit::kAudited, kPatience + 2 * round_trip_)
                            : every_ + kPatience + 2 * round_trip_;
  return std::min(lasts, kLongestConfirmation);
}

/// The exchange had the stored prices at verified_.
void Audit::confirm_until(Time until) {
  confirmed_until_ = until;
  publisher_.confirm(verified_, until - verified_);
}

void Audit::finish(Time now) {
  // Each is at most the lag: the last trade may have been a while ago.
  if (!behind_.empty()) {
    publisher_.anchor(*std::max_element(behind_.begin(), behind_.end()), now);
  }
  heal(now);
  end_round();
  if (every_ <= Time(0)) return;
  has_worked_ = true;
  publisher_.set_audited(true);
  if (unresolved_) return;
  verified_ = asked_;
  confirm_until(verified_ + confirmation_lasts(now));
}

}  // namespace tickcache::daemon
