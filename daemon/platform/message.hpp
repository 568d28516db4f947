// Parses a message of the exchange into the members that tickcached reads.
#pragma once

#include <rapidjson/reader.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "tickcache/status.hpp"

namespace tickcache::daemon {

/// The members that tickcached reads. Others are Member::none.
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

/// The value of a member. `text` is an unescaped string without quotes, or a number as written.
struct Value {
  enum class Kind : std::uint8_t {
    absent,  ///< or null
    string,
    number,
    boolean,
    compound,  ///< an object or array
  };

  Kind kind = Kind::absent;
  bool truth = false;  ///< of a boolean
  std::string_view text;

  [[nodiscard]] bool present() const noexcept { return kind != Kind::absent; }
  [[nodiscard]] bool is_string() const noexcept { return kind == Kind::string; }
  /// Whether `text` is set: a string or a number.
  [[nodiscard]] bool is_scalar() const noexcept {
    return kind == Kind::string || kind == Kind::number;
  }
};

/// The members of one object.
class Members {
 public:
  void clear() noexcept { seen_ = 0; }

  /// Records that `member` occurs, with an absent value. False if it occurred before.
  bool claim(Member member) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << index(member);
    if (seen_ & bit) return false;
    seen_ |= bit;
    values_[index(member)] = Value{};
    return true;
  }
  void set(Member member, const Value& value) noexcept { values_[index(member)] = value; }

  [[nodiscard]] Value operator[](Member member) const noexcept {
    return seen_ >> index(member) & 1 ? values_[index(member)] : Value{};
  }

 private:
  static constexpr std::size_t index(Member member) noexcept {
    return static_cast<std::size_t>(member);
  }
  static_assert(kMemberCount <= 64);

  std::uint64_t seen_ = 0;
  std::array<Value, kMemberCount> values_;
};

/// Parses messages one after the other, in its own buffer.
class Message {
 public:
  /// Deeper nesting is rejected.
  static constexpr std::size_t kMaxDepth = 64;

  /// Allocates all memory that it will ever need, for messages of at most `max_size` bytes.
  explicit Message(std::size_t max_size);

  /// Parses `text`. Returns nothing on success, or why `text` is rejected: rejected_json,
  /// rejected_encoding or rejected_duplicate (a Member occurs twice in an object). After success,
  /// the accessors' results are valid until the next call, and body_text() only as long as `text`.
  std::optional<Counter> read(std::string_view text) noexcept;

  /// The members of the outermost object.
  [[nodiscard]] const Members& top() const noexcept { return top_; }
  /// Whether the record is in the member "data" rather than in the outermost object.
  [[nodiscard]] bool enveloped() const noexcept { return enveloped_; }
  /// The members of the object with the record: "data", or the outermost one.
  [[nodiscard]] const Members& body() const noexcept { return enveloped_ ? data_ : top_; }
  /// That object, byte for byte as received.
  [[nodiscard]] std::string_view body_text() const noexcept { return body_text_; }

 private:
  class Handler;

  std::size_t max_size_;
  std::unique_ptr<char[]> buffer_;  ///< the message; the parser unescapes it in place
  rapidjson::Reader reader_;
  Members top_;
  Members data_;
  bool enveloped_ = false;
  std::string_view body_text_;
};

}  // namespace tickcache::daemon
