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
  /// Without parameters, in lower case, printable and without the key.
  std::string content_type;
  std::optional<std::uint32_t> limit_remaining;     ///< kLimitRemainingHeader
  std::optional<std::chrono::seconds> limit_reset;  ///< kLimitResetHeader: Unix time
  std::optional<std::chrono::seconds> retry_after;
};

struct HttpFailure {
  /// "cannot connect (Connection refused)", "no answer within 3 s". Holds no text of the server's,
  /// and never the key.
  std::string why;
  bool reached = false;  ///< the peer accepted a connection
};

using HttpResult = std::variant<HttpAnswer, HttpFailure>;

}  // namespace tickcache::daemon
