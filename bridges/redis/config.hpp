// The settings of tickcache-redis.
#pragma once

#include <string>

#include "redis/address.hpp"

namespace tickcache::redis {

/// Defaults are in option_table.cpp.
struct Config {
  Address url;
  std::string feed;
  std::string user;
  std::string password_file;  ///< the option, or the file of the credential; else empty
  std::string password;       ///< its content
  std::string segment;
  bool help = false;
  bool version = false;
  bool check_config = false;
  std::string config_file;
};

}  // namespace tickcache::redis
