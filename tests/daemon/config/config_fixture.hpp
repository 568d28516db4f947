// Inputs of the configuration that a test makes up: nothing of the process or the machine.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/config/options.hpp"
#include "support/temporary_directory.hpp"

namespace tickcache::daemon {

using test::TemporaryDirectory;

/// A pipe, as from a shell's <(command), with this in it and no more to come.
struct FilledPipe {
  int ends[2] = {-1, -1};
  explicit FilledPipe(const std::string& content) {
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    REQUIRE(::write(ends[1], content.data(), content.size()) ==
            static_cast<ssize_t>(content.size()));
    close_writer();
  }
  ~FilledPipe() {
    ::close(ends[0]);
    close_writer();
  }
  FilledPipe(const FilledPipe&) = delete;
  FilledPipe& operator=(const FilledPipe&) = delete;

  void close_writer() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  [[nodiscard]] std::string path() const { return "/dev/fd/" + std::to_string(ends[0]); }
};

inline constexpr const char* kKey = "ak_live_0123456789abcdef";

/// With a key in the environment and no file, unless a test says otherwise.
struct Fixture {
  TemporaryDirectory directory;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment{{"AGENTEXCHANGE_API_KEY", kKey}};
  std::vector<std::string> forgotten;  ///< recorded only: a test may load again
  std::string file = directory.path("tickcached.conf");

  void write_file(const std::string& content) const {
    CHECK(directory.write("tickcached.conf", content) == file);
  }

  [[nodiscard]] Inputs inputs() {
    Inputs inputs;
    inputs.arguments = arguments;
    inputs.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    };
    inputs.forget = [this](const std::string& name) { forgotten.push_back(name); };
    inputs.default_file = file;
    return inputs;
  }

  [[nodiscard]] Loaded load_all() { return load(inputs()); }

  /// Neither errors nor warnings are expected.
  [[nodiscard]] Config config() {
    Loaded loaded = load_all();
    for (const auto& line : loaded.errors) FAIL_CHECK(line);
    for (const auto& line : loaded.warnings) FAIL_CHECK(line);
    REQUIRE(loaded.config.has_value());
    return *loaded.config;
  }

  /// At least one error is expected, and then no Config.
  [[nodiscard]] std::vector<std::string> errors() {
    Loaded loaded = load_all();
    CHECK_FALSE(loaded.config.has_value());
    CHECK_FALSE(loaded.errors.empty());
    return loaded.errors;
  }

  /// Exactly one error is expected.
  [[nodiscard]] std::string error() {
    const auto all = errors();
    CHECK(all.size() == 1);
    return all.empty() ? std::string() : all.front();
  }
};

[[nodiscard]] inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tickcache::daemon
