// What is known about the API key.
#pragma once

#include <optional>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// Data or an acknowledgement shows that the key was accepted, and so does a session that has
/// lasted stable_after; an upgrade alone does not, because a rejection may follow it. Only a
/// session that lasted ends the time since which the key has been rejected: otherwise an exchange
/// that acknowledges a subscription and then rejects the key would be asked for ever.
struct KeyStanding {
  bool accepted = false;
  std::optional<Time> rejected_since{};

  /// Takes note of a rejection. Returns whether it is for good.
  bool reject(Time now, Time grace) {
    if (!rejected_since) rejected_since = now;
    return !accepted || now - *rejected_since >= grace;
  }
};

}  // namespace tickcache::daemon
