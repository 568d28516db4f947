// Whether the exchange accepts the API key.
#pragma once

#include <optional>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// Data, an acknowledgement, or a session that lasts stable_after proves that the key was accepted;
/// an upgrade alone does not, because a rejection may follow it. Only a session that lasts
/// stable_after clears rejected_since: otherwise an exchange that acknowledges a subscription and
/// then rejects the key would be retried forever.
struct KeyStanding {
  bool accepted = false;
  std::optional<Time> rejected_since{};

  /// Records a rejection. Returns whether it is final.
  bool reject(Time now, Time grace) {
    if (!rejected_since) rejected_since = now;
    return !accepted || now - *rejected_since >= grace;
  }
};

}  // namespace tickcache::daemon
