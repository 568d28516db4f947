// What is read after each round of churn, and whether it grows.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/proof/soak/slope.hpp"
#include "tests/proof/soak/usage.hpp"

namespace tickcache::test {

// What may be more after a round than before it. A round loses four connections, reads one
// configuration, restarts one daemon, and brings some symbols and readers; what it leaks grows by
// that in every round, and what is only noise goes up and down by pages or by one.
inline constexpr double kMemory = 1;        // KB: a quarter of one for each connection that is lost
inline constexpr double kAddress = 32;      // KB: a mapping of a segment here is 1.8 MB
inline constexpr double kCount = 0.05;      // descriptors, threads, files: one in twenty rounds
inline constexpr double kSharedMemory = 1;  // KB
inline constexpr double kCpuGrowth = 1.5;   // of the CPU per message, from half to half

/// One thing, read after each round.
struct Series {
  double may_grow;
  std::vector<double> values;
};

/// What is watched: a process, or /dev/shm.
class Watched {
 public:
  explicit Watched(std::string who) : who_(std::move(who)) {}

  void add(const std::string& what, double may_grow, double value) {
    series_.try_emplace(what, Series{may_grow, {}}).first->second.values.push_back(value);
  }

  void add(const Usage& usage) {
    add("memory in KB", kMemory, usage.memory);
    add("address space in KB", kAddress, usage.address);
    add("descriptors", kCount, usage.descriptors);
    add("threads", kCount, usage.threads);
  }

  /// The first half is for getting warm.
  void check() const {
    std::ostringstream line;
    for (const auto& watched : series_) {
      const std::string& what = watched.first;
      const Series& series = watched.second;
      const auto half = static_cast<std::ptrdiff_t>(series.values.size() / 2);
      const std::vector<double> settled(series.values.begin() + half, series.values.end());
      const double slope = slope_of(settled);
      INFO(who_, ": ", what);
      CHECK(slope < series.may_grow);
      const auto [least, most] = std::minmax_element(settled.begin(), settled.end());
      line << "; " << what << " " << *least << " to " << *most << ", slope " << slope;
    }
    MESSAGE(who_ << line.str());
  }

 private:
  std::string who_;
  std::map<std::string, Series> series_;
};

/// CPU that a daemon takes for a message.
class CpuMeter {
 public:
  void add(double seconds, std::uint64_t messages) {
    seconds_ += seconds;
    messages_ += messages;
  }

  /// What was added since the last call is one reading.
  void read() {
    values_.push_back(seconds_ / static_cast<double>(messages_) * 1e6);
    seconds_ = 0;
    messages_ = 0;
  }

  /// The least of each half: what else runs on the machine only adds to it.
  void check() const {
    REQUIRE(values_.size() > 1);
    const auto middle = values_.begin() + static_cast<std::ptrdiff_t>(values_.size() / 2);
    const double before = *std::min_element(values_.begin(), middle);
    const double after = *std::min_element(middle, values_.end());
    CHECK(after < kCpuGrowth * before);
    MESSAGE("CPU per message in us: " << before << " in the first half at least, " << after
                                      << " in the second");
  }

 private:
  double seconds_ = 0;
  std::uint64_t messages_ = 0;
  std::vector<double> values_;
};

}  // namespace tickcache::test
