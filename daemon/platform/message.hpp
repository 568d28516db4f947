// Parses a message of the exchange into the members that tickcached reads.
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
