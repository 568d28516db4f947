// The answer to an HTTP request, or why there is none.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace tickcache::daemon {

/// All of it is the server's word: any status from 200, any numbers, but nanoseconds can count all
/// times.
struct HttpAnswer {
  int status = 0;
  std::string body;
  std::optional<std::uint32_t> limit_remaining;     ///< kLimitRemainingHeader
  std::optional<std::chrono::seconds> limit_reset;  ///< kLimitResetHeader: Unix time
  std::optional<std::chrono::seconds> retry_after;
};

struct HttpFailure {
  /// "cannot connect (Connection refused)", "no answer within 3 s". Holds no text of the server's,
  /// and never the key.
  std::string why;
};

using HttpResult = std::variant<HttpAnswer, HttpFailure>;

}  // namespace tickcache::daemon
