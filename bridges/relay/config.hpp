// The settings of tickcache-relay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "options/endpoint.hpp"

namespace tickcache::relay {

/// Defaults are in option_table.cpp.
struct Config {
  options::Endpoint listen;
  std::string segment;
  std::uint32_t max_clients = 0;
  bool allow_remote = false;
  std::string token_file;
  std::vector<std::string> hosts;    ///< names by which it may be asked, besides localhost
  std::vector<std::string> origins;  ///< of web pages that may ask, besides its own
  std::string token;                 ///< the content of `token_file`
  bool help = false;
  bool version = false;
  bool check_config = false;
  std::string config_file;
};

}  // namespace tickcache::relay
