// The daemon's state in one line for people, as `systemctl status` shows it.
#pragma once

#include <string>

#include "daemon/sources/outlook.hpp"
#include "tickcache/status.hpp"

namespace tickcache::daemon {

/// "live: 620 symbols, 3 channels, 1 connection"; "reconnecting in 4 s: cannot connect (Connection
/// refused)". `status` is what readers see, `outlook` what the connections are about to do.
[[nodiscard]] std::string status_line(const Status& status, const Outlook& outlook);

}  // namespace tickcache::daemon
