// The members of the exchange's messages that tickcached reads, and their names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tickcache::daemon {

// clang-format off
#define TICKCACHE_MEMBERS(X) \
  X(action) X(available_cash) X(cancelled_at) X(channel) X(close) X(code) X(data) \
  X(executed_price) X(executed_quantity) X(fee) X(filled_at) X(high) X(interval) \
  X(is_buyer_maker) X(is_closed) X(low) X(message) X(open) X(open_time) X(order_id) \
  X(order_type) X(price) X(quantity) X(realized_pnl) X(rejected_reason) X(roi_pct) X(side) \
  X(status) X(symbol) X(time) X(timestamp) X(total_equity) X(type) X(unrealized_pnl) \
  X(volume)
// clang-format on

#define TICKCACHE_MEMBER(name) name,
enum class Member : std::uint8_t {
  TICKCACHE_MEMBERS(TICKCACHE_MEMBER) none,  ///< any other name
};
#undef TICKCACHE_MEMBER

inline constexpr std::size_t kMemberCount = static_cast<std::size_t>(Member::none);

#define TICKCACHE_NAME(name) #name,
inline constexpr std::array<std::string_view, kMemberCount> kMemberNames = {
    TICKCACHE_MEMBERS(TICKCACHE_NAME)};
#undef TICKCACHE_NAME
#undef TICKCACHE_MEMBERS

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
