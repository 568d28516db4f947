#include "daemon/platform/timestamp.hpp"

#include <chrono>
#include <cstddef>

#include "tickcache/decimal.hpp"

namespace tickcache::daemon {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Takes a text from its front.
class Cursor {
 public:
  explicit Cursor(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return text_.empty(); }

  /// Takes the next character if it is one of `wanted`, otherwise returns NUL.
  char take(std::string_view wanted) noexcept {
    if (text_.empty() || wanted.find(text_.front()) == std::string_view::npos) return '\0';
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }

  /// Takes exactly `count` digits.
  std::optional<int> digits(std::size_t count) noexcept {
    if (text_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(text_[i])) return std::nullopt;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }

  /// Takes the digits after a point, 1 to 9, as nanoseconds.
  std::optional<int> nanoseconds() noexcept {
    int value = 0;
    std::size_t count = 0;
    for (; count < text_.size() && is_digit(text_[count]); ++count) {
      if (count == 9) return std::nullopt;
      value = value * 10 + (text_[count] - '0');
    }
    if (count == 0) return std::nullopt;
    text_.remove_prefix(count);
    for (; count < 9; ++count) value *= 10;
    return value;
  }

 private:
  std::string_view text_;
};

/// Days since 1970, if there is such a day.
std::optional<std::int64_t> parse_date(Cursor& cursor) noexcept {
  const auto year = cursor.digits(4);
  if (!year || !cursor.take("-")) return std::nullopt;
  const auto month = cursor.digits(2);
  if (!month || !cursor.take("-")) return std::nullopt;
  const auto day = cursor.digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

/// Seconds since midnight. Second 60 is a leap second, which Unix time counts as the next one.
std::optional<std::int64_t> parse_clock(Cursor& cursor) noexcept {
  const auto hour = cursor.digits(2);
  if (!hour || *hour > 23 || !cursor.take(":")) return std::nullopt;
  const auto minute = cursor.digits(2);
  if (!minute || *minute > 59 || !cursor.take(":")) return std::nullopt;
  const auto second = cursor.digits(2);
  if (!second || *second > 60) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

/// Seconds that the local time is ahead of UTC.
std::optional<std::int64_t> parse_offset(Cursor& cursor) noexcept {
  if (cursor.at_end() || cursor.take("Zz")) return 0;
  const char sign = cursor.take("+-");
  if (!sign) return std::nullopt;
  const auto hours = cursor.digits(2);
  if (!hours || *hours > 23 || !cursor.take(":")) return std::nullopt;
  const auto minutes = cursor.digits(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const int seconds = *hours * 3600 + *minutes * 60;
  return sign == '-' ? -seconds : seconds;
}

std::optional<std::int64_t> parse_iso(std::string_view text) noexcept {
  Cursor cursor(text);
  const auto days = parse_date(cursor);
  if (!days || !cursor.take("Tt ")) return std::nullopt;
  const auto clock = parse_clock(cursor);
  if (!clock) return std::nullopt;
  int nanoseconds = 0;
  if (cursor.take(".")) {
    const auto fraction = cursor.nanoseconds();
    if (!fraction) return std::nullopt;
    nanoseconds = *fraction;
  }
  const auto offset = parse_offset(cursor);
  if (!offset || !cursor.at_end()) return std::nullopt;

  const std::int64_t seconds = *days * 86'400 + *clock - *offset;
  if (seconds < 0 || seconds >= kYear2200 / kNanosecondsPerSecond) return std::nullopt;
  return seconds * kNanosecondsPerSecond + nanoseconds;
}

std::optional<std::int64_t> parse_milliseconds(std::string_view text) noexcept {
  const std::optional<Decimal> milliseconds = Decimal::parse(text);
  if (!milliseconds || milliseconds->mantissa < 0) return std::nullopt;
  std::int64_t nanoseconds = milliseconds->mantissa;
  for (int scale = milliseconds->scale; scale > 6; --scale) {
    if (nanoseconds % 10 != 0) return std::nullopt;
    nanoseconds /= 10;
  }
  for (int scale = milliseconds->scale; scale < 6; ++scale) {
    if (nanoseconds >= kYear2200 / 10) return std::nullopt;
    nanoseconds *= 10;
  }
  if (nanoseconds >= kYear2200) return std::nullopt;
  return nanoseconds;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) noexcept {
  // In a number a hyphen follows nothing or an 'e', never a digit.
  if (text.size() > 4 && text[4] == '-' && is_digit(text[3])) return parse_iso(text);
  return parse_milliseconds(text);
}

}  // namespace tickcache::daemon
