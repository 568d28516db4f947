// Every option of tickcache-relay.
#pragma once

#include <span>

#include "bridges/relay/config.hpp"
#include "options/setting.hpp"

namespace tickcache::relay {

using Option = options::Setting<Config>;

/// In the order of --help: grouped.
[[nodiscard]] std::span<const Option> option_table();

}  // namespace tickcache::relay
