#include "tests/daemon/account/model.hpp"

#include <algorithm>
#include <utility>

namespace tickcache::test {
namespace {

using Kind = daemon::AccountQuestion::Kind;

WriterOptions writer_options(const std::string& segment) {
  WriterOptions options;
  options.segment = segment;
  options.capacities.symbols = 16;
  options.capacities.tape = 16;
  options.url = "ws://127.0.0.1:8000/ws/v1";
  options.key = "ak_test";
  options.unix_offset_ns = 0;
  return options;
}

daemon::Wanted everything() {
  daemon::Wanted wanted;
  wanted.all_symbols = wanted.orders = wanted.portfolio = true;
  return wanted;
}

const daemon::Channel kOrders{ChannelKind::orders, {}, {}};

daemon::RequestedOrder record_of(const ModelOrder& from) {
  daemon::RequestedOrder result;
  Order& order = result.order;
  order.id.assign(from.id);
  order.status.assign(from.status);
  order.symbol.assign("BTCUSDT");
  order.set(Order::kQuantity, {10, 0, {}});
  if (from.executed != 0) order.set(Order::kExecutedQuantity, {from.executed * 100, 2, {}});
  result.changed_at_ns = std::max(from.created_ns, from.filled_ns);
  return result;
}

}  // namespace

Model::Model() { start(); }

void Model::start() {
  writer_.emplace(writer_options(name_.str()), now_.count());
  publisher_.emplace(*writer_, everything(), daemon::TrustSettings{seconds(30), seconds(2)});
  reconciliation_.emplace(*publisher_);
  reconciliation_->configure(settings);
  reader_.emplace(name_.str());
}

/// As a program that follows the orders across runs: positions go on.
void Model::look() {
  const auto log = writer_->view().orders();
  if (log.oldest() > next_) missed += log.oldest() - std::exchange(next_, log.oldest());
  for (Order order; log.read(next_, order) == ReadResult::ok; ++next_) {
    const auto executed = order.executed_quantity().value_or(Decimal{}).mantissa;
    seen.push_back({std::string(order.id.view()), std::string(order.status.view()), executed / 100,
                    static_cast<Source>(order.origin), order.gap_since_ns != 0, order.received_ns});
  }
}

void Model::restart() {
  answer_.reset();
  up_ = false;
  reconciliation_.reset();
  publisher_.reset();
  writer_.reset();
  start();
}

void Model::connect(bool acknowledged) {
  up_ = true;
  publisher_->begin_epoch(0, now_);
  publisher_->set_connection(0, ConnectionState::up, now_);
  publisher_->set_channel(0, kOrders, ChannelState::sent, {}, now_);
  if (acknowledged) acknowledge();
}

void Model::acknowledge() {
  publisher_->set_channel(0, kOrders, ChannelState::acknowledged, {}, now_);
}

void Model::disconnect() {
  up_ = false;
  publisher_->set_connection(0, ConnectionState::waiting, now_);
}

// --- the exchange

const ModelOrder* Model::find(const std::string& id) const {
  const auto at = index_.find(id);
  return at == index_.end() ? nullptr : &orders_[at->second];
}

ModelOrder* Model::find(const std::string& id) {
  return const_cast<ModelOrder*>(std::as_const(*this).find(id));
}

std::string Model::place() {
  const std::string id = "order-" + std::to_string(orders_.size());
  index_[id] = orders_.size();
  orders_.push_back({id, "pending", 0, now_.count(), 0});
  return id;
}

void Model::add_history(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) change(place(), "filled", 10);
}

std::size_t Model::most_in_a_minute() const {
  std::size_t most = 0;
  std::size_t from = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    while (requests[i] - requests[from] >= seconds(60)) ++from;
    most = std::max(most, i - from + 1);
  }
  return most;
}

bool Model::agent_asks() {
  if (taken_ + others >= limit) return false;
  ++others;
  return true;
}

void Model::change(const std::string& id, std::string_view status, std::int64_t executed,
                   bool push_it) {
  ModelOrder& order = *find(id);
  order.status = status;
  order.executed = executed;
  if (status == "filled") order.filled_ns = now_.count();
  if (push_it) push(order);
}

void Model::push(const ModelOrder& order) {
  if (!up_) return;
  daemon::OrderEvent event;
  event.order = record_of(order).order;
  publisher_->message(0, 100, now_);
  publisher_->publish(event, daemon::Belongs::present, 0, now_);
}

void Model::push_portfolio(std::string_view pushed) {
  daemon::PortfolioEvent event;
  event.portfolio.total_equity.assign(pushed);
  publisher_->message(0, 100, now_);
  publisher_->publish(event, daemon::Belongs::present, 0, now_);
}

void Model::ask() {
  if (answer_ && now_ >= answer_->at) give(*std::exchange(answer_, std::nullopt));
  if (answer_ || now_ < reconciliation_->deadline()) return;
  const auto question = reconciliation_->next(now_);
  if (reconciliation_->take_cut()) ++cuts;
  if (!question) return;
  Answer& answer = *(answer_ = Answer{.at = now_ + kTakes, .question = *question});
  if (question->kind == Kind::portfolio) {
    ++portfolios;
    answer.equity = equity;
    return;
  }
  requests.push_back(now_);
  answer.refused = taken_ + others >= limit;
  if (answer.refused) {
    ++refused;
    return;
  }
  ++taken_;
  if (question->kind == Kind::order) {
    lookups.push_back(question->id);
    answer.failed = question->id == fails_of || question->id == unreadable;
    const ModelOrder* const order = hides ? nullptr : find(question->id);
    answer.absent = order == nullptr;
    if (order != nullptr) answer.orders.push_back(record_of(*order));
    return;
  }
  const bool only_open = question->kind == Kind::open_orders;
  std::size_t skip = question->offset;
  for (auto at = orders_.rbegin(); at != orders_.rend(); ++at) {
    if (answer.orders.size() == question->limit) break;
    if (only_open && !at->is_open()) continue;
    if (skip > 0) {
      --skip;
      continue;
    }
    answer.orders.push_back(at->id == unreadable ? daemon::RequestedOrder{} : record_of(*at));
  }
}

void Model::give(const Answer& answer) {
  if (fails) return reconciliation_->on_failure(false, now_);
  if (answer.question.kind == Kind::portfolio) {
    Portfolio portfolio;
    portfolio.total_equity.assign(answer.equity);
    return reconciliation_->on_portfolio(portfolio, !unbelievable, now_);
  }
  const Time full_in = minute_ + seconds(60) - now_;
  const std::uint32_t used = std::min(limit, taken_ + others);
  if (tells_limit) reconciliation_->on_limit(limit - used, full_in, now_);
  if (answer.refused) {
    reconciliation_->on_refused(full_in, now_);
  } else if (answer.failed) {
    reconciliation_->on_order_failed(now_);
  } else if (answer.absent) {
    reconciliation_->on_no_order(now_);
  } else {
    reconciliation_->on_orders(answer.orders);
  }
}

void Model::run(Time span) {
  for (const Time end = now_ + span; now_ < end;) {
    now_ += kStep;
    if (now_ - minute_ >= seconds(60)) {
      minute_ = now_ - now_ % seconds(60);
      taken_ = others = 0;
    }
    ask();
    publisher_->on_beat(now_);
    writer_->beat(now_.count());
    publisher_->drained();
    look();
  }
}

// --- the reader

std::vector<std::string> Model::statuses(const std::string& id) const {
  std::vector<std::string> result;
  for (const Seen& update : seen) {
    if (update.id == id) result.push_back(update.status);
  }
  return result;
}

ListResult Model::orders() {
  static Order place[128];
  Query query;
  query.now = BootTime(now_);
  return reader_->orders(place, query);
}

Result<Portfolio> Model::portfolio() {
  Query query;
  query.now = BootTime(now_);
  return reader_->portfolio(query);
}

std::uint64_t Model::count(Counter counter) {
  return writer_->view().status().counters[static_cast<std::size_t>(counter)];
}

std::string Model::known_status(std::uint32_t slot) const {
  layout::KnownOrder known;
  writer_->view().known_order(slot).latest(known);
  return std::string(known.status.view());
}

Time Model::reconciled() const {
  return Time(load(writer_->view().prefix(layout::kOrders).reconciled_ns));
}

}  // namespace tickcache::test
