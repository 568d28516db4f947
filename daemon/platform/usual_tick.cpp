#include "daemon/platform/usual_tick.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "daemon/platform/timestamp.hpp"

namespace tickcache::daemon {

namespace {

static_assert(std::endian::native == std::endian::little, "digits are read eight at a time");

constexpr std::uint64_t kEach = 0x0101010101010101U;

std::uint64_t load(const char* text) noexcept {
  std::uint64_t word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

/// How many of the eight bytes, which were ASCII xor '0', are digits up to the first that is not.
unsigned leading_digits(std::uint64_t bytes) noexcept {
  const std::uint64_t others = (((bytes & 0x7F * kEach) + 0x76 * kEach) | bytes) & 0x80 * kEach;
  return static_cast<unsigned>(std::countr_zero(others)) / 8;
}

/// The number that eight digits (0 to 9 each, the first in the lowest byte) make.
std::uint64_t eight_digits(std::uint64_t digits) noexcept {
  digits = digits * 10 + (digits >> 8);  // pairs, in every second byte
  constexpr std::uint64_t kPair = 0x000000FF000000FFU;
  return ((digits & kPair) * 0x000F424000000064U + (digits >> 16 & kPair) * 0x0000271000000001U) >>
         32;
}

constexpr std::array<std::uint64_t, 9> kPowers = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

/// Takes a message from its front, and never looks beyond its end.
class Cursor {
 public:
  explicit Cursor(std::string_view text) noexcept : at_(text.data()), end_(at_ + text.size()) {}

  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }

  bool take(char wanted) noexcept {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  template <std::size_t N>
  bool take(const char (&literal)[N]) noexcept {
    constexpr std::size_t kSize = N - 1;
    if (room() < kSize || std::memcmp(at_, literal, kSize) != 0) return false;
    at_ += kSize;
    return true;
  }

  /// Appends the digits here to `value` and returns their number. Too many (over 18 with what was
  /// there) wrap around: for the caller to see by the number.
  std::size_t digits(std::uint64_t& value) noexcept {
    std::size_t count = 0;
    while (room() >= 8) {
      const std::uint64_t bytes = load(at_) ^ '0' * kEach;
      const unsigned here = leading_digits(bytes);
      if (here == 0) return count;
      value = value * kPowers[here] + eight_digits(bytes << (64 - 8 * here));
      at_ += here;
      count += here;
      if (here < 8) return count;
    }
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_, ++count) {
      value = value * 10 + static_cast<std::uint64_t>(*at_ - '0');
    }
    return count;
  }

  /// Takes exactly two digits as 0 to 99; anything else gives 100 or more.
  unsigned two_digits() noexcept {
    const auto tens = static_cast<unsigned char>(at_[0] - '0');
    const auto ones = static_cast<unsigned char>(at_[1] - '0');
    at_ += 2;
    return tens > 9 || ones > 9 ? 100 : tens * 10U + ones;
  }

  /// Takes capital letters and digits up to a quotation mark, which is taken too.
  bool symbol(SymbolText& symbol) noexcept {
    const char* const begin = at_;
    while (at_ != end_ && ((*at_ >= 'A' && *at_ <= 'Z') || (*at_ >= '0' && *at_ <= '9'))) ++at_;
    const auto size = static_cast<std::size_t>(at_ - begin);
    return size > 0 && size <= SymbolText::kMaxSize && symbol.assign({begin, size}) && take('"');
  }

  [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - at_); }

 private:
  const char* at_;
  const char* end_;
};

/// A number of at most 18 digits, without sign and exponent, as text or not.
bool read_decimal(Cursor& cursor, Decimal& decimal) noexcept {
  const bool quoted = cursor.take('"');
  std::uint64_t value = 0;
  const bool zero_first = cursor.take('0');
  const std::size_t whole = zero_first ? 1 : cursor.digits(value);
  if (whole == 0) return false;
  std::size_t fraction = 0;
  if (cursor.take('.')) {
    fraction = cursor.digits(value);
    if (fraction == 0) return false;
  }
  if (whole + fraction > 18 || (quoted && !cursor.take('"'))) return false;
  decimal.mantissa = static_cast<std::int64_t>(value);
  decimal.scale = static_cast<std::uint8_t>(fraction);
  return true;
}

/// "2026-02-23T15:30:45.123Z", behind its first quotation mark.
bool read_iso(Cursor& cursor, std::int64_t& nanoseconds) noexcept {
  if (cursor.room() < sizeof "2026-02-23T15:30:45.123Z\"" - 1) return false;
  const unsigned century = cursor.two_digits();
  const unsigned year = cursor.two_digits();
  if (!cursor.take('-')) return false;
  const unsigned month = cursor.two_digits();
  if (!cursor.take('-')) return false;
  const unsigned day = cursor.two_digits();
  if (!cursor.take('T')) return false;
  const unsigned hour = cursor.two_digits();
  if (!cursor.take(':')) return false;
  const unsigned minute = cursor.two_digits();
  if (!cursor.take(':')) return false;
  const unsigned second = cursor.two_digits();
  if (!cursor.take('.')) return false;
  std::uint64_t milliseconds = 0;
  if (cursor.digits(milliseconds) != 3 || !cursor.take("Z\"")) return false;
  // From 1970 to 2199, as parse_timestamp().
  if (century < 19 || century > 21 || year > 99 || (century == 19 && year < 70)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(century * 100 + year)},
                                         std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return false;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + hour * 3600 + minute * 60 + second;
  nanoseconds = (seconds * 1000 + static_cast<std::int64_t>(milliseconds)) * 1'000'000;
  return true;
}

bool read_time(Cursor& cursor, std::int64_t& nanoseconds) noexcept {
  if (cursor.take('"')) return read_iso(cursor, nanoseconds);
  // Thirteen digits are the years 2001 to 2286.
  std::uint64_t milliseconds = 0;
  if (cursor.digits(milliseconds) != 13) return false;
  if (milliseconds < 1'000'000'000'000 || milliseconds >= kYear2200 / 1'000'000) return false;
  nanoseconds = static_cast<std::int64_t>(milliseconds) * 1'000'000;
  return true;
}

/// What stands between the values, with a blank after every ':' and ',' or without.
struct Blanks {
  static constexpr char kChannel[] = R"({"channel": "ticker", "symbol": ")";
  static constexpr char kType[] = R"({"type": "ticker", "symbol": ")";
  static constexpr char kData[] = R"(, "data": {"price": )";
  static constexpr char kPrice[] = R"(, "price": )";
  static constexpr char kQuantity[] = R"(, "quantity": )";
  static constexpr char kTimestamp[] = R"(, "timestamp": )";
  static constexpr char kMaker[] = R"(, "is_buyer_maker": )";
};
struct NoBlanks {
  static constexpr char kChannel[] = R"({"channel":"ticker","symbol":")";
  static constexpr char kType[] = R"({"type":"ticker","symbol":")";
  static constexpr char kData[] = R"(,"data":{"price":)";
  static constexpr char kPrice[] = R"(,"price":)";
  static constexpr char kQuantity[] = R"(,"quantity":)";
  static constexpr char kTimestamp[] = R"(,"timestamp":)";
  static constexpr char kMaker[] = R"(,"is_buyer_maker":)";
};

template <class Between>
bool read(Cursor& cursor, TickEvent& event) noexcept {
  if (!cursor.take(Between::kChannel) && !cursor.take(Between::kType)) return false;
  if (!cursor.symbol(event.symbol)) return false;
  const bool enveloped = cursor.take(Between::kData);
  if (!enveloped && !cursor.take(Between::kPrice)) return false;
  Decimal price;
  if (!read_decimal(cursor, price) || price.mantissa == 0) return false;
  event.ticker.set_price(price);
  if (cursor.take(Between::kQuantity)) {
    Decimal quantity;
    if (!read_decimal(cursor, quantity)) return false;
    event.ticker.set_quantity(quantity);
  }
  if (cursor.take(Between::kTimestamp) && !read_time(cursor, event.ticker.exchange_time_ns)) {
    return false;
  }
  if (cursor.take(Between::kMaker)) {
    const bool maker = cursor.take("true");
    if (!maker && !cursor.take("false")) return false;
    event.ticker.set_buyer_is_maker(maker);
  }
  return cursor.take('}') && (!enveloped || cursor.take('}')) && cursor.at_end();
}

}  // namespace

bool read_usual_tick(std::string_view message, TickEvent& event) noexcept {
  constexpr std::size_t kShortest = sizeof R"({"type":"ticker","symbol":"A","price":1})" - 1;
  if (message.size() < kShortest) return false;
  Cursor cursor(message);
  // The first ':' stands behind {"channel" or {"type".
  const bool blanks = message[1 + sizeof R"("channel")" - 1 + 1] == ' ' ||
                      message[1 + sizeof R"("type")" - 1 + 1] == ' ';
  return blanks ? read<Blanks>(cursor, event) : read<NoBlanks>(cursor, event);
}

}  // namespace tickcache::daemon
