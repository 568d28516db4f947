// Identifies a session, and describes why one failed. Shared by Upstream and the sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// A session is one attempt on one connection, from resolving to its end. Attempts are numbered, so
/// that late reports of an old session can be recognised and ignored.
struct SessionId {
  std::uint8_t connection = 0;
  std::uint64_t attempt = 0;  ///< from 1

  friend bool operator==(const SessionId&, const SessionId&) = default;
};

/// Why a session did not open, or was lost.
struct Failure {
  enum class Kind : std::uint8_t { resolve, connect, tls, handshake, http, timeout };
  Kind kind = Kind::connect;
  int http_status = 0;              ///< of Kind::http
  std::optional<Time> retry_after;  ///< requested by the exchange
  std::string detail;               ///< for the log; without the key
};

}  // namespace tickcache::daemon
