#include "libcache/segment/clock_domain.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <string_view>

#include "libcache/segment/kernel_file.hpp"

namespace tickcache {

namespace {

constexpr std::uint8_t kNoBootId[16] = {};

int read_boot_id(std::uint8_t (&id)[16]) noexcept {
  char buffer[64];
  std::string_view text;
  if (const int error = read_kernel_file("/proc/sys/kernel/random/boot_id", buffer, text)) {
    return error;
  }
  std::size_t digits = 0;
  for (const char c : text.substr(0, 36)) {
    std::uint8_t digit = 0;
    if (std::from_chars(&c, &c + 1, digit, 16).ec != std::errc()) continue;  // '-'
    id[digits / 2] = static_cast<std::uint8_t>(id[digits / 2] << 4 | digit);
    if (++digits == 32) return 0;
  }
  std::copy(std::begin(kNoBootId), std::end(kNoBootId), id);
  return 0;
}

/// The number at the start of `text`, after blanks, which it takes off.
std::int64_t take_number(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc()) text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// From the lines "monotonic SECONDS NANOSECONDS" and "boottime …" of timens_offsets.
int read_offset(std::int64_t& offset_ns) noexcept {
  constexpr ino_t kInitialNamespace = 0xEFFFFFFA;
  offset_ns = 0;
  struct stat own {};
  struct stat of_children {};
  // A kernel without time namespaces has no such files.
  if (stat("/proc/self/ns/time", &own) != 0 || own.st_ino == kInitialNamespace) return 0;
  // The offsets are those of the namespace that children get.
  if (stat("/proc/self/ns/time_for_children", &of_children) != 0 ||
      own.st_ino != of_children.st_ino) {
    offset_ns = ClockDomain::kUnknown;
    return 0;
  }
  constexpr std::string_view kName = "boottime";
  char buffer[256];
  std::string_view text;
  if (const int error = read_kernel_file("/proc/self/timens_offsets", buffer, text)) return error;
  const auto at = text.find(kName);
  if (at == text.npos) return 0;
  text.remove_prefix(at + kName.size());
  const std::int64_t seconds = take_number(text);
  offset_ns = seconds * 1'000'000'000 + take_number(text);
  return 0;
}

}  // namespace

ClockDomain ClockDomain::of(const layout::Header& header) noexcept {
  ClockDomain domain;
  std::memcpy(domain.boot_id, header.boot_id, sizeof domain.boot_id);
  domain.offset_ns = header.boottime_offset_ns;
  return domain;
}

bool ClockDomain::agrees_with(const ClockDomain& other) const noexcept {
  if (offset_ns != other.offset_ns || offset_ns == kUnknown) return false;
  const auto is_unknown = [](const ClockDomain& domain) {
    return std::memcmp(domain.boot_id, kNoBootId, sizeof kNoBootId) == 0;
  };
  return is_unknown(*this) || is_unknown(other) ||
         std::memcmp(boot_id, other.boot_id, sizeof boot_id) == 0;
}

int read_clock_domain(ClockDomain& out) noexcept {
  if (const int error = read_boot_id(out.boot_id)) return error;
  return read_offset(out.offset_ns);
}

}  // namespace tickcache
