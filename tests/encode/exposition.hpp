// Reads Prometheus's text format, and is stricter than Prometheus.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <sstream>
#include <string>

namespace tickcache::encode {

struct Exposition {
  std::map<std::string, std::string> types;    ///< by metric
  std::map<std::string, std::string> samples;  ///< value, by name with labels

  /// Fails the test at whatever is against the format or its conventions: each metric has HELP,
  /// then TYPE, then its samples; counters, and only they, end in _total; units are seconds and
  /// bytes; each sample has the label `segment`; nothing comes twice.
  explicit Exposition(const std::string& text) {
    static const std::regex help_line("# HELP (tickcache_[a-z_]+) [A-Z0-9].*\\.");
    static const std::regex type_line("# TYPE (tickcache_[a-z_]+) (gauge|counter)");
    static const std::regex sample_line(
        "(tickcache_[a-z_]+)(\\{segment=\"[^\"]*\"(?:,[a-z]+=\"[^\"]*\")*\\}) "
        "([0-9]+(?:\\.[0-9]+)?)");
    static const std::regex other_unit(".*_(ms|us|ns|milliseconds|nanoseconds|minutes|kb)(_.*)?");
    CHECK(text.ends_with("\n"));
    std::istringstream lines(text);
    std::string explained;
    std::string metric;
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      std::smatch match;
      if (std::regex_match(line, match, help_line)) {
        explained = match[1];
      } else if (std::regex_match(line, match, type_line)) {
        metric = match[1];
        CHECK(metric == explained);
        CHECK(types.emplace(metric, match[2]).second);
        CHECK(metric.ends_with("_total") == (match[2] == "counter"));
        CHECK_FALSE(std::regex_match(metric, other_unit));
      } else {
        REQUIRE(std::regex_match(line, match, sample_line));
        CHECK(match[1] == metric);
        CHECK(samples.emplace(match[1].str() + match[2].str(), match[3]).second);
      }
    }
  }

  [[nodiscard]] std::string value(const std::string& sample) const {
    const auto found = samples.find(sample);
    return found == samples.end() ? "absent" : found->second;
  }
};

}  // namespace tickcache::encode
