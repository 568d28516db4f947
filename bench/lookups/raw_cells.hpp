// The ticker cells of a segment as plain memory: what a copy costs that nobody protects.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <system_error>

#include "tickcache/layout.hpp"

namespace tickcache::bench {

class RawCells {
 public:
  explicit RawCells(const std::string& segment) {
    const std::string path = "/dev/shm/" + segment;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat file {};
    if (fd < 0 || fstat(fd, &file) != 0)
      throw std::system_error(errno, std::generic_category(), path);
    size_ = static_cast<std::size_t>(file.st_size);
    base_ = mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (base_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path);
    layout::Header header;
    std::memcpy(static_cast<void*>(&header), base_, sizeof header);
    cells_ = static_cast<const std::byte*>(base_) + header.parts[layout::kCells].offset;
  }
  ~RawCells() { munmap(base_, size_); }
  RawCells(const RawCells&) = delete;
  RawCells& operator=(const RawCells&) = delete;

  /// Where the value begins that cell `index` was given first.
  [[nodiscard]] const std::byte* value(std::size_t index) const noexcept {
    return cells_ + index * sizeof(layout::TickerCell) + sizeof(layout::Word);
  }

 private:
  void* base_ = nullptr;
  std::size_t size_ = 0;
  const std::byte* cells_ = nullptr;
};

}  // namespace tickcache::bench
