// The built tickcached as a process of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/child.hpp"
#include "support/segment_name.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::faults {

/// A running tickcached with a key in its environment; killed on destruction.
class Program {
 public:
  /// `arguments` come on top of those of arguments.hpp, or in their place.
  Program(const std::string& path, const std::string& url,
          const std::vector<std::string>& arguments = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] Reader& reader() noexcept { return *reader_; }
  [[nodiscard]] std::string segment_path() const { return segment_.path(); }
  [[nodiscard]] Status status();
  [[nodiscard]] const test::Child& child() const noexcept { return *child_; }
  /// What it has written to standard error.
  [[nodiscard]] std::string log() const;

  /// The exit code, or minus the signal that ended it.
  int wait() { return child_->wait(); }
  /// Sends SIGTERM; how long the end takes, and the exit code.
  std::chrono::milliseconds stop(int& exit_code);

  /// The most memory that it has ever had in use, from /proc.
  [[nodiscard]] std::size_t peak_memory() const;
  /// Processor time that it has used.
  [[nodiscard]] std::chrono::milliseconds processor_time() const;

 private:
  test::SegmentName segment_;
  int log_;
  std::unique_ptr<test::Child> child_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace tickcache::faults
