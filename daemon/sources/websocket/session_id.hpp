// Identifies a session. Shared by Upstream and the sessions.
#pragma once

#include <cstdint>

namespace tickcache::daemon {

/// A session is one attempt on one connection, from resolving to its end. Attempts are numbered, so
/// that late reports of an old session can be recognised and ignored.
struct SessionId {
  std::uint8_t connection = 0;
  std::uint64_t attempt = 0;  ///< from 1

  friend bool operator==(const SessionId&, const SessionId&) = default;
};

}  // namespace tickcache::daemon
