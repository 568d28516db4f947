// tickcache-relay before it serves: its options, texts and checks.
#pragma once

#include "bridges/program.hpp"
#include "bridges/relay/config.hpp"

namespace tickcache::relay {

[[nodiscard]] const bridges::Program<Config>& program();

}  // namespace tickcache::relay
