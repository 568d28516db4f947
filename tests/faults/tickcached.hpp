// The built tickcached as a process of its own, on a segment of its own.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "support/program.hpp"
#include "support/segment_name.hpp"
#include "tests/faults/arguments.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::faults {

/// Runs from the constructor on, with a key in its environment.
struct Tickcached {
  /// `arguments` come on top of those of arguments.hpp, or in their place.
  explicit Tickcached(const std::string& url, const std::vector<std::string>& arguments = {})
      : program(command(url, segment, arguments)) {}

  Status status() {
    Status status;
    reader.status(status);
    return status;
  }
  bool is_live() { return reader.ticker("BTCUSDT").live(); }

  /// The most bytes that it has ever had in memory, from /proc.
  [[nodiscard]] std::size_t peak_memory() const {
    std::ifstream file("/proc/" + std::to_string(program.pid()) + "/status");
    std::size_t kilobytes = 0;
    for (std::string word; file >> word;)
      if (word == "VmHWM:") file >> kilobytes;
    return 1024 * kilobytes;
  }

  test::SegmentName segment;
  test::Program program;
  Reader reader{segment.str()};

 private:
  static test::Command command(const std::string& url, const std::string& segment,
                               const std::vector<std::string>& arguments) {
    test::Command command{
        TICKCACHED, arguments_with(arguments), {"AGENTEXCHANGE_API_KEY=ak_live_hostile"}};
    command.arguments.push_back("--url=" + url);
    command.arguments.push_back("--segment=" + segment);
    return command;
  }
};

}  // namespace tickcache::faults
