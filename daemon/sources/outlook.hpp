// What connections are about to do.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/core/timing.hpp"
#include "tickcache/status.hpp"

namespace tickcache::daemon {

/// The first connection that is wanted and not open; `state` is `up` if there is none, `connecting`
/// before start().
struct Outlook {
  ConnectionState state = ConnectionState::up;
  std::size_t connection = 0;
  Time retry_at{};  ///< waiting: when it is tried again
  std::string why;  ///< why its last session ended; empty if none has
};

}  // namespace tickcache::daemon
