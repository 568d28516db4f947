// The next step of a source's connections.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/core/timing.hpp"
#include "tickcache/status.hpp"

namespace tickcache::daemon {

/// The first wanted connection that is not open. `state` is `up` if there is none, `connecting`
/// before start().
struct Outlook {
  ConnectionState state = ConnectionState::up;
  std::size_t connection = 0;
  Time retry_at{};  ///< if waiting: the time of the next attempt
  std::string why;  ///< why the last session ended; empty if none has
};

}  // namespace tickcache::daemon
