#pragma once

#include <string>
#include <vector>

#include "sim/options.hpp"

namespace tickcache::sim {

// What tickcache-sim was asked to do.
struct CommandLine {
  Options options;
  bool quiet = false;
  bool summary_json = false;
  std::string help;                 // not empty: print it and end
  std::vector<std::string> errors;  // not empty: print them and end with 2
};

CommandLine parse_command_line(int argc, const char* const argv[]);

}  // namespace tickcache::sim
