// Reads files that may be pipes, with a bounded wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace tickcache::options {

/// A file open for reading.
class ReadableFile {
 public:
  /// Opens a FIFO without waiting for a writer.
  explicit ReadableFile(const std::string& path);
  ~ReadableFile();
  ReadableFile(const ReadableFile&) = delete;
  ReadableFile& operator=(const ReadableFile&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Reads until the end of the file or until `buffer` is full; from a pipe, for at most `wait`.
  /// Sets `size` to the number of bytes read. Returns an error message, or an empty string.
  [[nodiscard]] std::string read(std::span<char> buffer, std::chrono::milliseconds wait,
                                 std::size_t& size) const;

 private:
  int fd_;
};

/// The message for errno.
[[nodiscard]] std::string system_error_text();

}  // namespace tickcache::options
