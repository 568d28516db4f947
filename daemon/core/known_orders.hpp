// The newest known state of each of the account's orders, to tell what is news.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/core/timing.hpp"
#include "tickcache/layout.hpp"
#include "tickcache/order.hpp"

namespace tickcache::daemon {

/// Whether nothing can follow this status.
[[nodiscard]] bool is_final_status(std::string_view status) noexcept;
/// Whether it is known what may follow this status.
[[nodiscard]] bool is_known_status(std::string_view status) noexcept;

/// Statuses only move forward: pending, partially_filled, then filled, cancelled, rejected or
/// expired, which are final. A larger executed quantity is forward too. Any other status may follow
/// and precede those that are not final: which is further, then only the time tells.
class KnownOrders {
 public:
  using State = layout::KnownOrder;

  /// Beyond `most`, the oldest are forgotten, final ones first. `keep` gets each state that has
  /// changed, and its slot, less than `most`; an empty one if it is free.
  KnownOrders(std::uint32_t most, std::function<void(std::uint32_t slot, const State&)> keep)
      : most_(most), keep_(std::move(keep)) {}

  /// The states that an earlier run has kept, before anything else: those of slots 0, 1, 2 …
  void load(const std::vector<State>& states);

  // `received`: of a requested order, when it was asked for.

  /// Whether it is an order that is not known, or further than known.
  [[nodiscard]] bool is_news(const Order& order, Time received) const;
  /// Whether what the exchange has pushed is older than what is known, or was requested before.
  [[nodiscard]] bool is_outdated(const Order& order, Time received) const;
  /// Its newest state, if it is news.
  void note(const Order& order, Time received);
  /// The exchange has no such order.
  void forget(std::string_view id);

  [[nodiscard]] bool is_known(std::string_view id) const { return find(id) != nullptr; }
  /// Known to be final since `at` or before.
  [[nodiscard]] bool was_final(std::string_view id, Time at) const;
  [[nodiscard]] bool has_final() const;
  /// The ids of those that are not final.
  [[nodiscard]] std::vector<std::string> open() const;

 private:
  struct Entry {
    State state;
    std::int64_t number = 0;  ///< in the order in which they became known
  };

  [[nodiscard]] const State* find(std::string_view id) const;
  [[nodiscard]] std::uint32_t take_slot();

  std::uint32_t most_;
  std::int64_t last_number_ = 0;
  std::function<void(std::uint32_t, const State&)> keep_;
  std::vector<Entry> entries_;                            ///< by slot; one that is free has no id
  std::unordered_map<std::string, std::uint32_t> slots_;  ///< by id
};

/// Whether `next` is further than `before`.
[[nodiscard]] bool follows(const KnownOrders::State& next, const KnownOrders::State& before);
[[nodiscard]] KnownOrders::State state_of(const Order& order, Time received);

}  // namespace tickcache::daemon
