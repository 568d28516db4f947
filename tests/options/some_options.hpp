// A small program's options, of each kind.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "options/setting.hpp"

namespace tickcache::options {

enum class Size : std::uint8_t { small, large };

struct Settings {
  bool loud = false;
  bool colors = false;
  std::optional<std::uint64_t> number;
  Size size = Size::small;
  std::string file;
  std::chrono::nanoseconds wait{};
};

inline constexpr Setting<Settings> kSettings[] = {
    setting<&Settings::loud>(
        {.name = "loud", .letter = 'l', .group = "Sound", .in_file = false, .help = "Make noise."}),
    setting<&Settings::colors>({.name = "colors",
                                .value = "[=BOOL]",
                                .initial = "true",
                                .group = "Looks",
                                .help = "Use colors. They need a terminal."}),
    setting<&Settings::number>({.name = "number",
                                .letter = 'n',
                                .value = "N",
                                .range = {1, 9},
                                .group = "Looks",
                                .help = "Show N."}),
    setting<&Settings::size>({.name = "size",
                              .value = "SIZE",
                              .choices = "small large",
                              .initial = "small",
                              .environment = "SOME_SIZE",
                              .group = "Looks",
                              .reload = Reload::needs_restart,
                              .help = "How large."}),
    setting<&Settings::file>(
        {.name = "output-file", .value = "FILE", .group = "Looks", .help = "Where to write."}),
    setting<&Settings::wait>({.name = "wait",
                              .value = "SECONDS",
                              .range = {0, 60 * kSecond},
                              .group = "Looks",
                              .help = "How long."}),
};

inline const Options kOptions = options_of(kSettings);

}  // namespace tickcache::options
