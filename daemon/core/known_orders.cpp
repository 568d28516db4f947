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
  state.executed = order.executed_quantity().value_or(Decimal{});
  state.origin = order.origin;
  state.received_ns = received.count();
  return state;
}

bool follows(const KnownOrders::State& next, const KnownOrders::State& before) {
  const int from = rank_of(before.status.view());
  const int to = rank_of(next.status.view());
  if (from == kFinal && to != kFinal) return false;
  if (from != kUnknown && to != kUnknown && from != to) return from < to;
  if (before.executed < next.executed) return true;
  if (before.status == next.status || next.executed < before.executed) return false;
  if (from != kUnknown && to != kUnknown) return false;
  return to == kFinal || next.received_ns >= before.received_ns;
}

const KnownOrders::State* KnownOrders::find(std::string_view id) const {
  const auto slot = slots_.find(std::string(id));
  return slot == slots_.end() ? nullptr : &entries_[slot->second].state;
}

void KnownOrders::load(const std::vector<State>& states) {
  for (const State& state : states) {
    if (!state.id.empty()) {
      slots_[std::string(state.id.view())] = static_cast<std::uint32_t>(entries_.size());
    }
    entries_.push_back({state, state.received_ns});
    last_number_ = std::max(last_number_, state.received_ns);
  }
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
  const auto known = slots_.find(id);
  const std::uint32_t slot = known == slots_.end() ? take_slot() : known->second;
  slots_[id] = slot;
  entries_[slot].state = state_of(order, received);
  keep_(slot, entries_[slot].state);
}

void KnownOrders::forget(std::string_view id) {
  const auto known = slots_.extract(std::string(id));
  if (known.empty()) return;
  entries_[known.mapped()] = {};
  keep_(known.mapped(), {});
}

std::uint32_t KnownOrders::take_slot() {
  auto taken = std::find_if(entries_.begin(), entries_.end(),
                            [](const Entry& entry) { return entry.state.id.empty(); });
  if (taken == entries_.end() && entries_.size() < most_) {
    taken = entries_.emplace(taken);
  } else if (taken == entries_.end()) {
    const auto age = [](const Entry& entry) {
      return std::pair(!is_final_status(entry.state.status.view()), entry.number);
    };
    taken = std::min_element(entries_.begin(), entries_.end(),
                             [&](const Entry& a, const Entry& b) { return age(a) < age(b); });
    slots_.erase(std::string(taken->state.id.view()));
  }
  taken->number = ++last_number_;
  return static_cast<std::uint32_t>(taken - entries_.begin());
}

bool KnownOrders::was_final(std::string_view id, Time at) const {
  const State* const known = find(id);
  return known != nullptr && Time(known->received_ns) <= at &&
         is_final_status(known->status.view());
}

bool KnownOrders::has_final() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return is_final_status(entry.state.status.view()); });
}

std::vector<std::string> KnownOrders::open() const {
  std::vector<std::string> ids;
  for (const auto& [id, slot] : slots_) {
    if (!is_final_status(entries_[slot].state.status.view())) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace tickcache::daemon
