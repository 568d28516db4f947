#include "daemon/core/known_orders.hpp"

#include <algorithm>
#include <utility>

namespace tickcache::daemon {
namespace {

constexpr int kUnknown = -1;
constexpr int kFinal = 2;

int rank_of(std::string_view status) noexcept {
  if (status == "pending") return 0;
  if (status == "partially_filled") return 1;
  for (const std::string_view last : {"filled", "cancelled", "rejected", "expired"}) {
    if (status == last) return kFinal;
  }
  return kUnknown;
}

}  // namespace

bool is_final_status(std::string_view status) noexcept { return rank_of(status) == kFinal; }

bool is_known_status(std::string_view status) noexcept { return rank_of(status) != kUnknown; }

KnownOrders::State state_of(const Order& order, Time received) {
  KnownOrders::State state;
  state.id = order.id;
  state.status = order.status;
  state.executed = order.decimal(Order::kExecutedQuantity).value_or(Decimal{});
  state.origin = order.origin;
  state.received_ns = received.count();
  return state;
}

bool follows(const KnownOrders::State& next, const KnownOrders::State& before) {
  const int from = rank_of(before.status.view());
  const int to = rank_of(next.status.view());
  if (from == kFinal && to != kFinal) return false;
  if (from != kUnknown && to != kUnknown && from != to) return from < to;
  if (is_less(before.executed, next.executed)) return true;
  if (before.status == next.status || is_less(next.executed, before.executed)) return false;
  if (from != kUnknown && to != kUnknown) return false;
  return to == kFinal || next.received_ns >= before.received_ns;
}

const KnownOrders::State* KnownOrders::find(std::string_view id) const {
  const auto found = orders_.find(std::string(id));
  return found == orders_.end() ? nullptr : &found->second.state;
}

void KnownOrders::load(std::vector<State> states) {
  for (const State& state : states) orders_[std::string(state.id.view())] = {state, used_++};
  std::stable_sort(states.begin(), states.end(),
                   [](const State& a, const State& b) { return a.received_ns < b.received_ns; });
  for (const State& state : states) ids_.emplace_back(state.id.view());
}

bool KnownOrders::is_news(const Order& order, Time received) const {
  const State* const known = find(order.id.view());
  return known == nullptr || follows(state_of(order, received), *known);
}

bool KnownOrders::is_outdated(const Order& order, Time received) const {
  const State* const known = find(order.id.view());
  if (known == nullptr) return false;
  const State pushed = state_of(order, received);
  const bool was_requested = known->origin == static_cast<std::uint8_t>(Source::rest);
  return was_requested ? !follows(pushed, *known) : follows(*known, pushed);
}

void KnownOrders::note(const Order& order, Time received) {
  if (!is_news(order, received)) return;
  const std::string id(order.id.view());
  auto at = orders_.find(id);
  if (at == orders_.end()) {
    const std::uint32_t slot = take_slot();
    at = orders_.emplace(id, Entry{{}, slot}).first;
    ids_.push_back(id);
  }
  at->second.state = state_of(order, received);
  keep_(at->second.slot, at->second.state);
}

std::uint32_t KnownOrders::remove(const std::string& id) {
  const auto found = orders_.find(id);
  const std::uint32_t slot = found->second.slot;
  orders_.erase(found);
  return slot;
}

void KnownOrders::forget(std::string_view id) {
  if (!is_known(id)) return;
  free_.push_back(remove(std::string(id)));
  keep_(free_.back(), {});
  std::erase(ids_, id);
}

std::uint32_t KnownOrders::take_slot() {
  if (!free_.empty()) {
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  if (used_ < most_) return used_++;
  auto oldest = std::find_if(ids_.begin(), ids_.end(), [this](const std::string& id) {
    return is_final_status(find(id)->status.view());
  });
  if (oldest == ids_.end()) oldest = ids_.begin();
  const std::uint32_t slot = remove(*oldest);
  ids_.erase(oldest);
  return slot;
}

bool KnownOrders::was_final(std::string_view id, Time at) const {
  const State* const known = find(id);
  return known != nullptr && Time(known->received_ns) <= at &&
         is_final_status(known->status.view());
}

bool KnownOrders::has_final() const {
  return std::any_of(orders_.begin(), orders_.end(), [](const auto& entry) {
    return is_final_status(entry.second.state.status.view());
  });
}

std::vector<std::string> KnownOrders::open() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : orders_) {
    if (!is_final_status(entry.state.status.view())) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace tickcache::daemon
