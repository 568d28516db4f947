// What names a session, and why one fails: the words that the decision machine and the sessions
// share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// A session is one attempt on one connection, from resolving to its end. Attempts are numbered, so
/// that what an old session still reports is recognised and ignored.
struct SessionId {
  std::uint8_t connection = 0;
  std::uint64_t attempt = 0;  ///< from 1

  friend bool operator==(const SessionId&, const SessionId&) = default;
};

/// Why a session did not open, or broke off.
struct Failure {
  enum class Kind : std::uint8_t { resolve, connect, tls, handshake, http, protocol, timeout };
  Kind kind = Kind::connect;
  int http_status = 0;              ///< of Kind::http
  std::optional<Time> retry_after;  ///< what the exchange asked for
  std::string detail;               ///< for the log; without the key
};

}  // namespace tickcache::daemon
