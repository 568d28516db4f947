// What doctor found.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"

namespace tickcache::test {

struct Found {
  std::string level;
  std::string check;
  std::string what;
  std::string why;
  std::string remedy;
};

struct Diagnosis {
  int code = 0;
  std::vector<Found> findings;
  std::string text;  ///< as JSON

  /// Whether one is of that level and check, and says `part` somewhere.
  [[nodiscard]] bool has(std::string_view level, std::string_view check,
                         std::string_view part = {}) const {
    return std::any_of(findings.begin(), findings.end(), [&](const Found& found) {
      const std::string all = found.what + "\n" + found.why + "\n" + found.remedy;
      return found.level == level && found.check == check && all.find(part) != std::string::npos;
    });
  }
  [[nodiscard]] std::size_t count(std::string_view level) const {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const Found& found) { return found.level == level; }));
  }
};

/// The higher, the worse.
inline std::size_t severity_of(std::string_view level) {
  const std::string_view levels[] = {"ok", "note", "warning", "problem"};
  return static_cast<std::size_t>(std::find(std::begin(levels), std::end(levels), level) -
                                  std::begin(levels));
}

/// The worst findings must come first.
inline Diagnosis diagnosis_of(const Finished& finished) {
  Diagnosis result{finished.code, {}, finished.out};
  for (const std::string& line : lines_of(finished.out)) {
    const auto object = parsed(line);
    CHECK(keys_of(object) == "level check what why remedy");
    result.findings.push_back({text_of(object, "level"), text_of(object, "check"),
                               text_of(object, "what"), text_of(object, "why"),
                               text_of(object, "remedy")});
  }
  CHECK_MESSAGE(std::is_sorted(result.findings.begin(), result.findings.end(),
                               [](const Found& a, const Found& b) {
                                 return severity_of(a.level) > severity_of(b.level);
                               }),
                finished.out);
  return result;
}

/// `what` with the arguments that make it doctor's.
inline Run doctor_run(Run what = {}) {
  what.arguments.insert(what.arguments.begin(), {"doctor", "--json"});
  return what;
}

inline Diagnosis diagnose(TestSegment& segment, Run what = {}) {
  return diagnosis_of(segment.run(doctor_run(std::move(what))));
}

}  // namespace tickcache::test
