// Standard output, with every write checked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tickcache::cli {

/// Collects text and writes it to a descriptor that it does not own.
class Output {
 public:
  explicit Output(int fd) noexcept : fd_(fd) {}

  void write(std::string_view text) { pending_ += text; }
  /// Throws std::system_error with the errno of the write that failed.
  void flush();
  /// Bytes that were collected and not written yet.
  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }
  /// Whether whoever read the other end is known to be gone: a write would fail.
  [[nodiscard]] bool is_abandoned() const noexcept;
  /// Whether it is a terminal that understands colours and cursor movements.
  [[nodiscard]] bool is_smart_terminal() const noexcept;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
  std::string pending_;
};

/// Prints "tickcache: TEXT" to standard error, where it does not mix with what scripts read.
void complain(std::string_view text);

}  // namespace tickcache::cli
