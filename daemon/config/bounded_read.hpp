// Files that may be pipes: read without ever waiting for long.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace tickcache::daemon {

/// A file that is open for reading.
class ReadableFile {
 public:
  /// A FIFO is opened whether somebody writes to it or not.
  explicit ReadableFile(const std::string& path);
  ~ReadableFile();
  ReadableFile(const ReadableFile&) = delete;
  ReadableFile& operator=(const ReadableFile&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Reads until the end or until `buffer` is full, but not for longer than `wait` if it is a pipe;
  /// `size` is what was read. Returns what went wrong, in words; nothing if nothing did.
  [[nodiscard]] std::string read(std::span<char> buffer, std::chrono::milliseconds wait,
                                 std::size_t& size) const;

 private:
  int fd_;
};

/// What errno says.
[[nodiscard]] std::string system_error_text();

}  // namespace tickcache::daemon
