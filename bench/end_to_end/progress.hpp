// How far a client of the exchange has come, seen from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tickcache::bench {

class Progress {
 public:
  virtual ~Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Messages that the client has taken.
  [[nodiscard]] virtual std::uint64_t messages() = 0;
  /// Begins to count ticks: number 0 is the next one to be sent.
  virtual void begin() = 0;
  /// Whether everybody can see tick `number`, the ticks being of all symbols in turn.
  [[nodiscard]] virtual bool visible(std::uint64_t number) = 0;

 protected:
  Progress() = default;
};

/// tickcached's: a tick is visible when the reader's lookup by handle returns it.
std::unique_ptr<Progress> segment_progress(const std::string& segment, std::size_t symbols);

/// A rival's: it counts the messages in a file (counter_file.hpp) when it has taken them.
std::unique_ptr<Progress> counter_progress(const std::string& path);

}  // namespace tickcache::bench
