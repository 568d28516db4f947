// A fuzzer's input, taken piece by piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tickcache::test {

/// Zeros and empty texts once it is used up.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  template <class T>
  T take() noexcept {
    T value{};
    const std::size_t size = std::min(sizeof value, size_);
    if (size > 0) std::memcpy(&value, data_, size);
    skip(size);
    return value;
  }

  /// A text whose first byte tells its length.
  std::string text() {
    const std::size_t size = std::min<std::size_t>(take<std::uint8_t>(), size_);
    std::string result(reinterpret_cast<const char*>(data_), size);
    skip(size);
    return result;
  }

  /// All that is left.
  std::string_view rest() noexcept {
    const std::string_view result(reinterpret_cast<const char*>(data_), size_);
    skip(size_);
    return result;
  }

 private:
  void skip(std::size_t size) noexcept {
    data_ += size;
    size_ -= size;
  }

  const std::uint8_t* data_;
  std::size_t size_;
};

}  // namespace tickcache::test
