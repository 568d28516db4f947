// A message of the exchange, taken apart into the members that tickcached reads.
#pragma once

#include <rapidjson/reader.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "daemon/platform/members.hpp"
#include "tickcache/status.hpp"

namespace tickcache::daemon {

/// What a member says. `text` is a string without its quotes and escapes, or a number as written.
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
  /// Whether there is a text: a string or a number.
  [[nodiscard]] bool is_scalar() const noexcept {
    return kind == Kind::string || kind == Kind::number;
  }
};

/// The members of one object.
class Members {
 public:
  void clear() noexcept { seen_ = 0; }

  /// Notes that `member` occurs, for the time being absent. False if it has occurred before.
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

/// Reads one message after the other into a buffer of its own. The only place that knows RapidJSON.
class Message {
 public:
  /// Deeper nesting is rejected.
  static constexpr std::size_t kMaxDepth = 64;

  /// Allocates everything that will ever be needed, for messages of at most `max_size` bytes.
  explicit Message(std::size_t max_size);

  /// Takes `text` apart. Returns nothing, or why `text` is rejected: rejected_json,
  /// rejected_encoding or rejected_duplicate (a member of Member in the same object twice).
  /// What the accessors return is valid after success, until the next call; body_text() also only
  /// as long as `text`.
  std::optional<Counter> read(std::string_view text) noexcept;

  /// The members of the outermost object.
  [[nodiscard]] const Members& top() const noexcept { return top_; }
  /// Whether the record is in the member "data" rather than in the outermost object.
  [[nodiscard]] bool enveloped() const noexcept { return enveloped_; }
  /// The members of the object that has the record: "data", or the outermost one.
  [[nodiscard]] const Members& body() const noexcept { return enveloped_ ? data_ : top_; }
  /// That object, byte for byte as it was received.
  [[nodiscard]] std::string_view body_text() const noexcept { return body_text_; }

 private:
  class Handler;

  std::size_t max_size_;
  std::unique_ptr<char[]> buffer_;  ///< the message, which parsing unescapes in place
  rapidjson::Reader reader_;
  Members top_;
  Members data_;
  bool enveloped_ = false;
  std::string_view body_text_;
};

}  // namespace tickcache::daemon
