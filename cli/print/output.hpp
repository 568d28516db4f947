// Standard output, files and standard error, with every write to the first two checked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tickcache::cli {

/// Buffers text and writes it to a descriptor that it does not own.
class Output {
 public:
  explicit Output(int fd) noexcept : fd_(fd) {}

  void write(std::string_view text) { pending_ += text; }
  /// Throws std::system_error with the errno of the write that failed.
  void flush();
  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }
  /// Whether the other end is known to be closed, so that a write would fail.
  [[nodiscard]] bool is_abandoned() const noexcept;
  /// Whether it is a terminal that supports colours and cursor movement.
  [[nodiscard]] bool is_smart_terminal() const noexcept;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
  std::string pending_;
};

/// Replaces a file atomically: its readers see the old content or the new, never a mixture. Keeps
/// the mode of an existing file. If it throws std::runtime_error, the file is unchanged.
void replace_file(const std::string& path, std::string_view content);

/// Prints "tickcache: TEXT" to standard error, apart from the output that scripts read.
void complain(std::string_view text);

}  // namespace tickcache::cli
