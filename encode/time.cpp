#include "encode/time.hpp"

#include <chrono>
#include <utility>

#include "tickcache/tickcache.hpp"

namespace tickcache::encode {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// Writes `value` at `at`, in decimal and with leading zeros.
void put(std::string& text, std::size_t at, std::size_t digits, unsigned value) {
  for (; digits > 0; value /= 10) text[at + --digits] = static_cast<char>('0' + value % 10);
}

/// Date and time of day without a fraction and without the closing Z, and the nanoseconds left.
std::pair<std::string, unsigned> split_time(std::int64_t unix_ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(unix_ns)};
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(whole - day);
  std::string text = "0000-00-00T00:00:00";
  put(text, 0, 4, static_cast<unsigned>(int{date.year()}));  // 1677 to 2262
  put(text, 5, 2, unsigned{date.month()});
  put(text, 8, 2, unsigned{date.day()});
  put(text, 11, 2, static_cast<unsigned>(clock.hours().count()));
  put(text, 14, 2, static_cast<unsigned>(clock.minutes().count()));
  put(text, 17, 2, static_cast<unsigned>(clock.seconds().count()));
  const std::int64_t rest = unix_ns % kSecond;
  return {text, static_cast<unsigned>(rest < 0 ? rest + kSecond : rest)};
}

}  // namespace

std::string utc_time(std::int64_t unix_ns) {
  auto [text, rest] = split_time(unix_ns);
  std::size_t digits = 9;
  for (; digits > 3 && rest % 1000 == 0; digits -= 3) rest /= 1000;
  const std::size_t size = text.size();
  text.append(1, '.').append(digits, '0').append(1, 'Z');
  put(text, size + 1, digits, rest);
  return text;
}

std::string utc_seconds(std::int64_t unix_ns) { return split_time(unix_ns).first + "Z"; }

Clocks Clocks::now() noexcept {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {BootClock::now().time_since_epoch().count(),
          std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count()};
}

}  // namespace tickcache::encode
