// Readers that come, look and go.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/proof/crash/watcher.hpp"

namespace tickcache::test {

/// A process that starts reader after reader, each a process of its own that checks every value it
/// sees for some milliseconds. Start it while this process has one thread.
class Visits {
 public:
  Visits(std::uint64_t seed, const std::string& segment, Watcher::Way feed,
         const std::vector<std::string>& symbols);

  [[nodiscard]] pid_t pid() const noexcept { return child_->pid(); }
  /// Of all readers together. `instances` is their number.
  [[nodiscard]] const Sightings& sightings() const noexcept { return *sum_; }
  /// Ends it; whether it and all of its readers came to their end by themselves.
  bool stop();

 private:
  Shared<Sightings> sum_;
  std::unique_ptr<Child> child_;
};

}  // namespace tickcache::test
