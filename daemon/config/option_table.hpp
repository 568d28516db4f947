// Every option of tickcached.
#pragma once

#include <span>

#include "daemon/config/config.hpp"
#include "options/setting.hpp"

namespace tickcache::daemon {

using options::Reload;
using Option = options::Setting<Config>;

/// In the order of --help: grouped.
[[nodiscard]] std::span<const Option> option_table();

}  // namespace tickcache::daemon
