// Every option of tickcache.
#pragma once

#include <span>
#include <string_view>

#include "cli/arguments.hpp"
#include "options/setting.hpp"

namespace tickcache::cli {

using Option = options::Setting<Arguments>;

/// The heading in --help for the options that every command takes.
inline constexpr std::string_view kEveryCommand = "Options of every command, before or after it";

[[nodiscard]] std::span<const Option> option_table();

}  // namespace tickcache::cli
