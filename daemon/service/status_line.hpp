// The daemon's state in one line, as shown by `systemctl status`.
#pragma once

#include <string>

#include "daemon/sources/outlook.hpp"
#include "tickcache/status.hpp"

namespace tickcache::daemon {

/// "live: 620 symbols, 3 channels, 1 connection"; "reconnecting in 4 s: cannot connect (Connection
/// refused)". `status` is the state that readers see, `outlook` the connections' next step.
[[nodiscard]] std::string status_line(const Status& status, const Outlook& outlook);

}  // namespace tickcache::daemon
