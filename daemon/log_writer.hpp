// Writes the log where somebody may not read it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tickcache::daemon {

/// Writes lines to a descriptor, in a thread of its own: whoever logs never waits for whoever
/// reads, be it a full pipe, a terminal that was stopped or a hung journal. Lines that find
/// kMaxWaiting bytes waiting are lost and counted. Its functions may be called from any thread.
class LogWriter {
 public:
  static constexpr std::size_t kMaxWaiting = std::size_t{256} << 10;

  /// When a line was lost.
  using Time = std::chrono::system_clock::time_point;

  /// Makes the line that says how many were lost, the first of them at `since`, in the place where
  /// they are missing; called from any thread.
  using LostLine = std::function<std::string(std::uint64_t lost, Time since)>;

  /// `fd` stays the caller's; it is not closed while the process lives. Throws std::system_error if
  /// there is no thread to be had.
  LogWriter(int fd, LostLine lost_line);
  /// Does not wait for what is not written yet.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// `line` has its line end.
  void add(std::string line);

  /// Whether everything was written within `limit`.
  bool drain(std::chrono::milliseconds limit);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tickcache::daemon
