// The options of a bridge, as a test gives them.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridges/program.hpp"
#include "support/temporary_directory.hpp"

namespace tickcache::test {

template <class Config>
struct BridgeOptions {
  explicit BridgeOptions(const bridges::Program<Config>& program) : program_(program) {}

  TemporaryDirectory directory;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
  std::string file = directory.path("default.conf");

  [[nodiscard]] bridges::Loaded<Config> loaded() const {
    const auto variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    return program_.load({arguments, variable, file});
  }
  /// Neither errors nor warnings are expected.
  [[nodiscard]] Config config() const {
    bridges::Loaded<Config> result = loaded();
    for (const std::string& error : result.errors) FAIL_CHECK(error);
    for (const std::string& warning : result.warnings) FAIL_CHECK(warning);
    REQUIRE(result.config);
    return *result.config;
  }
  /// The only error.
  [[nodiscard]] std::string error() const {
    const bridges::Loaded<Config> result = loaded();
    CHECK_FALSE(result.config);
    REQUIRE(result.errors.size() == 1);
    return result.errors[0];
  }

 private:
  const bridges::Program<Config>& program_;
};

}  // namespace tickcache::test
