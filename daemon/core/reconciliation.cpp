#include "daemon/core/reconciliation.hpp"

#include <algorithm>
#include <utility>

namespace tickcache::daemon {
namespace {

using Kind = AccountQuestion::Kind;

/// Readers keep up with this many updates at a time: the segment has room for four times as many.
constexpr std::size_t kBurst = 32;
constexpr Time kBetweenBursts = std::chrono::milliseconds(20);
/// Between two requests for the portfolio.
constexpr Time kSoon = std::chrono::seconds(1);

}  // namespace

void Reconciliation::Retry::failed(bool is_absent, Time now) {
  if (failures < 6) ++failures;
  const Time backoff = std::chrono::seconds(1) * (1 << (failures - 1));
  at = now + (is_absent && !has_worked ? kSeldom : backoff);
}

// --- what to ask, and when

Time Reconciliation::orders_due() const {
  const auto& session = publisher_.pushed(ChannelKind::orders);
  if (!settings_.orders || !session) return Time::max();
  if (pass_) return pass_->publishes ? pass_->publish_at : std::max(orders_retry_.at, Time(0));
  Time due = Time::max();
  if (passed_ < session->since) {
    due = session->acknowledged ? session->since : session->since + kSettle;
  } else if (settings_.orders_poll > Time(0)) {
    const bool is_pushed = session->last > news_at_ && session->last >= session->opened;
    due = passed_ + (is_pushed ? std::max(settings_.orders_poll, kSeldom) : settings_.orders_poll);
  }
  return due == Time::max() ? due : std::max(due, orders_retry_.at);
}

Time Reconciliation::portfolio_due() const {
  const auto& session = publisher_.pushed(ChannelKind::portfolio);
  if (!settings_.portfolio || settings_.portfolio_poll <= Time(0) || !session) return Time::max();
  if (session->last >= session->opened) return Time::max();  // it is pushed
  Time due = portfolio_asked_ + settings_.portfolio_poll;
  if (portfolio_asked_ < session->opened) due = session->opened;
  if (publisher_.last_order() > portfolio_asked_) due = portfolio_asked_ + kSoon;
  return std::max(due, portfolio_retry_.at);
}

Time Reconciliation::deadline() const {
  if (open_) return Time::max();
  const auto within = [](Time due, Time ready) {
    return due == Time::max() ? due : std::max(due, ready);
  };
  const bool publishes = pass_ && pass_->publishes;
  return std::min(within(orders_due(), publishes ? Time(0) : trade_.ready_at()),
                  within(portfolio_due(), account_.ready_at()));
}

std::optional<AccountQuestion> Reconciliation::next(Time now) {
  if (open_) return std::nullopt;
  const auto& session = publisher_.pushed(ChannelKind::orders);
  if (pass_ && (!session || session->opened != pass_->session)) pass_.reset();
  if (pass_ && pass_->publishes && now >= pass_->publish_at) publish(now);
  if (now >= orders_due() && now >= trade_.ready_at() && !(pass_ && pass_->publishes)) {
    if (!pass_) begin_pass(now);
    open_ = question();
    if (open_) {
      trade_.sent(now);
      return open_;
    }
    finish_reading(now);
  }
  if (now >= portfolio_due() && now >= account_.ready_at()) {
    portfolio_asked_ = now;
    account_.sent(now);
    open_.emplace().kind = Kind::portfolio;
  }
  return open_;
}

void Reconciliation::begin_pass(Time now) {
  const auto& session = publisher_.pushed(ChannelKind::orders);
  Pass& pass = pass_.emplace(Pass{});  // clang 14 knows of no other constructor here
  pass.began = now;
  pass.session = session->opened;
  pass.whole = passed_ < session->since;
  // Otherwise this may be the account's first day: it has orders that nobody has missed.
  pass.counts = publisher_.orders_proven() != Time(0) && publisher_.known_orders().has_final();
}

/// The next question of the pass; nothing if all has been read.
std::optional<AccountQuestion> Reconciliation::question() {
  Pass& pass = *pass_;
  if (!pass.ended && !pass.met) {
    if (pass.pages < (pass.counts ? kMaxPages : 1)) return next_page();
    pass.met = true;
    pass.cut = pass.counts || publisher_.has_order_gap();
  }
  const std::vector<std::string> left = unresolved();
  const auto due = std::find_if(left.begin(), left.end(), [&](const std::string& id) {
    const auto before = lookups_.find(id);
    return pass.whole || before == lookups_.end() || before->second.again <= pass.began;
  });
  if (!pass.asked_open && (pass.whole || due != left.end())) {
    return AccountQuestion{Kind::open_orders, kOpenPage, 0, {}};
  }
  if (due == left.end()) return std::nullopt;
  if (left.size() > kFewLookups && !pass.ended && pass.pages < kMaxPages) return next_page();
  if (pass.looked_up.size() == kMaxLookups) return std::nullopt;
  return AccountQuestion{Kind::order, 1, 0, *due};
}

AccountQuestion Reconciliation::next_page() {
  return {Kind::orders, pass_->pages == 0 ? kFirstPage : kPage, pass_->offset, {}};
}

/// The known open orders that the pass has not met; first those that were never asked for by
/// themselves, then those that were asked for longest ago.
std::vector<std::string> Reconciliation::unresolved() const {
  std::vector<std::string> ids = publisher_.known_orders().open();
  std::erase_if(ids, [this](const std::string& id) {
    return pass_->found.contains(id) || pass_->looked_up.contains(id);
  });
  const auto looked_up_at = [this](const std::string& id) {
    const auto before = lookups_.find(id);
    return before == lookups_.end() ? Time(0) : before->second.at;
  };
  std::stable_sort(ids.begin(), ids.end(), [&](const std::string& a, const std::string& b) {
    return looked_up_at(a) < looked_up_at(b);
  });
  return ids;
}

// --- answers

RequestBudget& Reconciliation::budget() {
  return open_ && open_->kind == Kind::portfolio ? account_ : trade_;
}

void Reconciliation::on_limit(std::uint32_t remaining, std::optional<Time> full_in, Time now) {
  budget().left(remaining, full_in, now);
}

/// The pass goes on where it was.
void Reconciliation::on_refused(std::optional<Time> wait, Time now) {
  publisher_.count(Counter::rest_failed);
  budget().refused(wait, now);
  open_.reset();
}

void Reconciliation::on_failure(bool absent, Time now) {
  publisher_.count(Counter::rest_failed);
  if (open_ && open_->kind == Kind::portfolio) {
    portfolio_retry_.failed(absent, now);
  } else {
    orders_retry_.failed(absent, now);
    pass_.reset();
  }
  open_.reset();
}

void Reconciliation::on_orders(const std::vector<RequestedOrder>& orders) {
  if (!open_) return;
  const AccountQuestion asked = *std::exchange(open_, std::nullopt);
  orders_retry_.worked();
  if (!pass_) return;
  Pass& pass = *pass_;
  switch (asked.kind) {
    case Kind::orders: {
      ++pass.pages;
      pass.offset += orders.size();
      pass.ended = orders.size() < asked.limit;
      const KnownOrders& known = publisher_.known_orders();
      const Time proven = pass.counts ? publisher_.orders_proven() : Time::max();
      for (const RequestedOrder& order : orders) {
        const std::string_view id = order.order.id.view();
        if (id.empty()) {
          if (!pass.met) pass.cut = true;
          continue;
        }
        if (known.was_final(id, proven)) pass.met = true;
        if (!pass.met || known.is_known(id)) take(order);
      }
      break;
    }
    case Kind::open_orders:
      pass.asked_open = true;
      for (const RequestedOrder& order : orders) {
        if (!order.order.id.empty()) take(order);  // else, if known, it is looked up
      }
      break;
    default:
      pass.looked_up.insert(asked.id);
      for (const RequestedOrder& order : orders) take(order);
      break;
  }
}

void Reconciliation::on_no_order(Time) {
  if (!open_) return;
  const AccountQuestion asked = *std::exchange(open_, std::nullopt);
  orders_retry_.worked();
  if (pass_) pass_->looked_up.insert(asked.id);
}

/// The order stays as it is known, and the gap stays.
void Reconciliation::on_order_failed(Time) {
  publisher_.count(Counter::rest_failed);
  if (!open_) return;
  const AccountQuestion asked = *std::exchange(open_, std::nullopt);
  if (!pass_) return;
  pass_->looked_up.insert(asked.id);
  pass_->failed.insert(asked.id);
  pass_->cut = true;
}

/// Of two answers about an order, the one that is further counts.
void Reconciliation::take(const RequestedOrder& order) {
  const auto [at, is_new] = pass_->found.try_emplace(std::string(order.order.id.view()), order);
  if (is_new) return;
  const KnownOrders::State before = state_of(at->second.order, pass_->began);
  if (follows(state_of(order.order, pass_->began), before)) at->second = order;
}

/// Remembers which open orders were asked for by themselves, and from when on each is compared.
void Reconciliation::note_lookups() {
  Pass& pass = *pass_;
  pass.compared = pass.began;
  std::map<std::string, Lookup> lookups;
  for (const std::string& id : unresolved()) {
    const auto before = lookups_.find(id);
    if (before == lookups_.end()) {
      pass.cut = true;
      continue;
    }
    lookups.insert(*before);
    if (before->second.failed) pass.compared = Time(0);
    pass.compared = std::min(pass.compared, before->second.at);
  }
  const KnownOrders& known = publisher_.known_orders();
  for (const std::string& id : pass.looked_up) {
    const auto found = pass.found.find(id);
    const bool failed = pass.failed.contains(id);
    if (!failed && found == pass.found.end()) {
      publisher_.forget_order(id);
      continue;
    }
    // What may follow its status is not known: perhaps nothing does.
    const bool rests = failed || (!known.is_news(found->second.order, pass.began) &&
                                  !is_known_status(found->second.order.status.view()));
    lookups[id] = {pass.began, rests ? pass.began + kSeldom : pass.began, failed};
  }
  lookups_ = std::move(lookups);
}

void Reconciliation::finish_reading(Time now) {
  Pass& pass = *pass_;
  note_lookups();
  for (const auto& [id, order] : pass.found) {
    if (publisher_.known_orders().is_news(order.order, pass.began)) {
      pass.batch.push_back(order);
    }
  }
  pass.found.clear();
  std::stable_sort(pass.batch.begin(), pass.batch.end(),
                   [](const RequestedOrder& a, const RequestedOrder& b) {
                     return a.changed_at_ns < b.changed_at_ns;
                   });
  pass.publishes = true;
  publish(now);
}

void Reconciliation::publish(Time now) {
  Pass& pass = *pass_;
  for (std::size_t i = 0; i < kBurst && pass.published < pass.batch.size(); ++i) {
    const Order& order = pass.batch[pass.published++].order;
    if (publisher_.requested_order(order, pass.began, pass.cut, now)) news_at_ = now;
  }
  pass.publish_at = now + kBetweenBursts;
  if (pass.published < pass.batch.size()) return;
  if (pass.cut) cut_ = true;
  const bool complete = !pass.cut && pass.compared != Time(0);
  publisher_.orders_read(pass.began, complete ? std::optional(pass.compared) : std::nullopt);
  passed_ = pass.began;
  pass_.reset();
}

/// Counts if it is of the present session, and none was pushed since it was asked for.
void Reconciliation::on_portfolio(const Portfolio& portfolio, bool believable, Time now) {
  if (!open_) return;
  open_.reset();
  portfolio_retry_.worked();
  const auto& session = publisher_.pushed(ChannelKind::portfolio);
  if (!session || session->opened > portfolio_asked_ || session->last >= portfolio_asked_) return;
  if (believable) {
    publisher_.requested_portfolio(portfolio, now);
  } else {
    publisher_.unbelievable_portfolio(now);
  }
}

}  // namespace tickcache::daemon
