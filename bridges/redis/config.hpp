// The settings of tickcache-redis.
#pragma once

#include <string>

#include "bridges/general.hpp"
#include "redis/address.hpp"

namespace tickcache::redis {

inline constexpr const char* kName = "tickcache-redis";

/// Defaults are in option_table.cpp.
struct Config : bridges::General {
  Address url;
  std::string feed;
  std::string user;
  std::string password_file;  ///< the option, or the file of the credential; else empty
  std::string password;       ///< its content
};

}  // namespace tickcache::redis
