// The members of the exchange's messages that tickcached reads, and their names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tickcache::daemon {

/// In the order of kMemberNames.
enum class Member : std::uint8_t {
  action,
  available_cash,
  cancelled_at,
  channel,
  close,
  code,
  data,
  executed_price,
  executed_quantity,
  fee,
  filled_at,
  high,
  interval,
  is_buyer_maker,
  is_closed,
  low,
  message,
  open,
  open_time,
  order_id,
  order_type,
  price,
  quantity,
  realized_pnl,
  rejected_reason,
  roi_pct,
  side,
  status,
  symbol,
  time,
  timestamp,
  total_equity,
  type,
  unrealized_pnl,
  volume,
  none,  ///< any other name
};

inline constexpr std::size_t kMemberCount = static_cast<std::size_t>(Member::none);

inline constexpr std::array<std::string_view, kMemberCount> kMemberNames = {
    "action",
    "available_cash",
    "cancelled_at",
    "channel",
    "close",
    "code",
    "data",
    "executed_price",
    "executed_quantity",
    "fee",
    "filled_at",
    "high",
    "interval",
    "is_buyer_maker",
    "is_closed",
    "low",
    "message",
    "open",
    "open_time",
    "order_id",
    "order_type",
    "price",
    "quantity",
    "realized_pnl",
    "rejected_reason",
    "roi_pct",
    "side",
    "status",
    "symbol",
    "time",
    "timestamp",
    "total_equity",
    "type",
    "unrealized_pnl",
    "volume",
};

namespace detail {

inline constexpr std::size_t kMemberSlots = 128;

/// A perfect hash: the factors give every name its own slot, which the table below verifies. `name`
/// must not be empty.
constexpr std::size_t member_slot(std::string_view name) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
  return (name.size() + 10U * at(0) + 14U * at(name.size() / 2) + at(name.size() - 1)) %
         kMemberSlots;
}

/// The member of each slot. Does not compile if two names share a slot.
consteval std::array<Member, kMemberSlots> member_slots() {
  std::array<Member, kMemberSlots> slots{};
  slots.fill(Member::none);
  for (std::size_t i = 0; i < kMemberCount; ++i) {
    Member& slot = slots[member_slot(kMemberNames[i])];
    if (slot != Member::none) throw "two names share a slot: search for other factors";
    slot = static_cast<Member>(i);
  }
  return slots;
}

inline constexpr std::array<Member, kMemberSlots> kSlots = member_slots();

}  // namespace detail

/// The member with exactly this name, or Member::none.
constexpr Member member_named(std::string_view name) noexcept {
  if (name.empty()) return Member::none;
  const Member member = detail::kSlots[detail::member_slot(name)];
  if (member == Member::none || kMemberNames[static_cast<std::size_t>(member)] != name) {
    return Member::none;
  }
  return member;
}

}  // namespace tickcache::daemon
