#include "daemon/retry_after.hpp"

#include <time.h>

#include <charconv>
#include <string>

namespace tickcache::daemon {

std::optional<std::chrono::nanoseconds> parse_retry_after(std::string_view value,
                                                          std::int64_t unix_now_ns) {
  const char* end = value.data() + value.size();
  std::uint32_t seconds = 0;
  if (const auto [at, error] = std::from_chars(value.data(), end, seconds);
      error == std::errc() && at == end && at != value.data()) {
    return std::chrono::seconds(seconds);
  }
  const std::string date(value);
  tm parts{};
  const char* rest = strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  const std::chrono::nanoseconds wait =
      std::chrono::seconds(timegm(&parts)) - std::chrono::nanoseconds(unix_now_ns);
  return wait.count() > 0 ? wait : std::chrono::nanoseconds(0);
}

}  // namespace tickcache::daemon
