// The settings and options that all bridges have.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

#include "options/setting.hpp"

namespace tickcache::bridges {

/// The settings that every bridge has. Its Config is derived from them.
struct General {
  std::string segment;
  std::string config_file;
  bool check_config = false;
  bool version = false;
  bool help = false;
};

/// A bridge's own options, and after them those of General. `config_help` names the default file.
template <class Config, std::size_t kOwn>
[[nodiscard]] constexpr auto with_general(const options::Setting<Config> (&own)[kOwn],
                                          std::string_view config_help) {
  using options::setting;
  constexpr std::string_view kGeneral = "General";
  // clang-format off
  const options::Setting<Config> general[] = {
      setting<&General::segment, nullptr, nullptr, Config>(
          {.name = "segment", .value = "NAME", .initial = "tickcache",
           .environment = "TICKCACHE_SEGMENT", .group = kGeneral,
           .help = "Name of the shared memory segment that tickcached writes."}),
      setting<&General::config_file, nullptr, nullptr, Config>(
          {.name = "config", .value = "FILE", .group = kGeneral, .in_file = false,
           .help = config_help}),
      setting<&General::check_config, nullptr, nullptr, Config>(
          {.name = "check-config", .initial = "false", .group = kGeneral, .in_file = false,
           .help = "Print the configuration that would be in force, and exit."}),
      setting<&General::version, nullptr, nullptr, Config>(
          {.name = "version", .letter = 'V', .initial = "false", .group = kGeneral,
           .in_file = false, .help = "Print the version, and exit."}),
      setting<&General::help, nullptr, nullptr, Config>(
          {.name = "help", .letter = 'h', .initial = "false", .group = kGeneral,
           .in_file = false, .help = "Print this help, and exit."}),
  };
  // clang-format on
  std::array<options::Setting<Config>, kOwn + std::size(general)> all{};
  std::copy(std::begin(general), std::end(general),
            std::copy(std::begin(own), std::end(own), all.begin()));
  return all;
}

}  // namespace tickcache::bridges
