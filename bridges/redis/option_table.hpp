// Every option of tickcache-redis.
#pragma once

#include <span>

#include "bridges/redis/config.hpp"
#include "options/setting.hpp"

namespace tickcache::redis {

using Option = options::Setting<Config>;

/// In the order of --help: grouped.
[[nodiscard]] std::span<const Option> option_table();

}  // namespace tickcache::redis
