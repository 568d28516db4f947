#include "cli/print/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "encode/untrusted.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

}  // namespace

std::string_view clip(std::string_view text, std::size_t columns) noexcept {
  const char* end = text.data();
  for (const char* at = end; at != text.data() + text.size(); end = at) {
    const std::size_t width = character_width(Utf8::decode(at, text.data() + text.size()));
    if (width > columns) break;
    columns -= width;
  }
  return text.substr(0, static_cast<std::size_t>(end - text.data()));
}

std::string age_text(std::int64_t ns) {
  const std::int64_t age = std::max<std::int64_t>(ns, 0);
  // In tenths, because a float's rounding would turn 9.96 s into "10.0 s".
  if (age < 10 * kSecond)
    return fmt::format("{}.{} s", age / kSecond, age % kSecond * 10 / kSecond);
  if (age < 2 * kMinute) return fmt::format("{} s", age / kSecond);
  if (age < 2 * kHour) return fmt::format("{} min", age / kMinute);
  if (age < 2 * kDay) return fmt::format("{} h", age / kHour);
  return fmt::format("{} days", age / kDay);
}

std::string lag_text(std::int64_t ns) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  return ns < kSecond ? fmt::format("{} ms", std::max<std::int64_t>(ns, 0) / kMillisecond)
                      : age_text(ns);
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kMega = 1'000'000;
  if (bytes < kMega) return counted(bytes, "byte");
  const bool giga = bytes >= 1000 * kMega;
  const std::uint64_t tenths = bytes / (giga ? 100 * kMega : kMega / 10);
  return fmt::format("{}.{} {}", tenths / 10, tenths % 10, giga ? "GB" : "MB");
}

}  // namespace tickcache::cli
