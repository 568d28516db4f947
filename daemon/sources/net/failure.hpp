// Why a connection did not open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// Why a connection or a session did not open, or was lost.
struct Failure {
  enum class Kind : std::uint8_t { resolve, connect, tls, handshake, http, timeout };
  Kind kind = Kind::connect;
  int http_status = 0;              ///< of Kind::http
  std::optional<Time> retry_after;  ///< requested by the exchange
  std::string detail;               ///< for the log; without the key
};

/// "cannot connect (Connection refused)": for the log.
[[nodiscard]] std::string failure_text(const Failure& failure);

}  // namespace tickcache::daemon
