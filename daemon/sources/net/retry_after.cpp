#include "daemon/sources/net/retry_after.hpp"

#include <time.h>

#include <algorithm>
#include <limits>
#include <string>

#include "options/text.hpp"

namespace tickcache::daemon {

std::optional<std::chrono::nanoseconds> parse_retry_after(std::string_view value,
                                                          std::int64_t unix_now_ns) {
  if (const auto seconds = options::number<std::uint32_t>(value)) {
    return std::chrono::seconds(*seconds);
  }
  const std::string date(value);
  tm parts{};
  const char* rest = strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  // A date may lie further away than nanoseconds can count.
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
  const std::chrono::seconds when(std::clamp<std::int64_t>(timegm(&parts), 0, kLast));
  const std::chrono::nanoseconds wait = when - std::chrono::nanoseconds(unix_now_ns);
  return wait.count() > 0 ? wait : std::chrono::nanoseconds(0);
}

}  // namespace tickcache::daemon
