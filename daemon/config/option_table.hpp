// Every option of tickcached.
#pragma once

#include <span>

#include "daemon/config/config.hpp"
#include "options/option.hpp"

namespace tickcache::daemon {

using options::Reload;
using Option = options::Setting<Config>;

/// In the order of --help: grouped.
[[nodiscard]] std::span<const Option> option_table();

/// The same without their members of Config.
[[nodiscard]] const options::Options& declared_options();

/// The option of exactly that name, or null.
[[nodiscard]] const Option* find_option(std::string_view name);

}  // namespace tickcache::daemon
