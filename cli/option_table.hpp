// Every option of tickcache.
#pragma once

#include <span>
#include <string_view>

#include "cli/arguments.hpp"
#include "options/option.hpp"

namespace tickcache::cli {

using Option = options::Setting<Arguments>;

/// Where --help lists the options that every command takes.
inline constexpr std::string_view kEveryCommand = "Options of every command, before or after it";

[[nodiscard]] std::span<const Option> option_table();

/// The same without their members of Arguments.
[[nodiscard]] const options::Options& declared_options();

/// The option of exactly that name, or null.
[[nodiscard]] const Option* find_option(std::string_view name);

}  // namespace tickcache::cli
