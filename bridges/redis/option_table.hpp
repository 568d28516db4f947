// tickcache-redis before it serves: its options, texts and checks.
#pragma once

#include "bridges/program.hpp"
#include "bridges/redis/config.hpp"

namespace tickcache::redis {

[[nodiscard]] const bridges::Program<Config>& program();

}  // namespace tickcache::redis
