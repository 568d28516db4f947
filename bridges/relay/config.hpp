// The settings of tickcache-relay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bridges/general.hpp"
#include "options/endpoint.hpp"

namespace tickcache::relay {

inline constexpr const char* kName = "tickcache-relay";

/// Defaults are in option_table.cpp.
struct Config : bridges::General {
  options::Endpoint listen;
  std::uint32_t max_clients = 0;
  bool allow_remote = false;
  std::string token_file;
  std::vector<std::string> hosts;    ///< names by which it may be asked, besides localhost
  std::vector<std::string> origins;  ///< of web pages that may ask, besides its own
  std::string token;                 ///< the content of `token_file`
};

}  // namespace tickcache::relay
