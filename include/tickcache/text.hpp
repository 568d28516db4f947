// Fixed-capacity text inside a record: no pointer, no allocation, copied with the record.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#include "tickcache/export.hpp"

namespace tickcache {

/// At most N - 1 bytes of UTF-8, zero-terminated and zero-padded to N bytes.
template <std::size_t N>
struct Text {
  char bytes[N] = {};

  static constexpr std::size_t kMaxSize = N - 1;

  /// Stores `text` and zeroes the rest. Returns false, and stores the longest prefix of whole
  /// UTF-8 characters that fits, when `text` is longer than kMaxSize.
  bool assign(std::string_view text) noexcept {
    std::size_t size = text.size();
    if (size > kMaxSize) {
      size = kMaxSize;
      while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    }
    if (size > 0) std::memcpy(bytes, text.data(), size);
    std::memset(bytes + size, 0, N - size);
    return size == text.size();
  }

  /// The text, without the terminator. Valid as long as this object.
  [[nodiscard]] std::string_view view() const noexcept {
    const void* end = std::memchr(bytes, '\0', N);
    return {bytes,
            end ? static_cast<std::size_t>(static_cast<const char*>(end) - bytes) : kMaxSize};
  }
  [[nodiscard]] bool empty() const noexcept { return bytes[0] == '\0'; }
  [[nodiscard]] const char* c_str() const noexcept { return bytes; }

  friend bool operator==(const Text& a, const Text& b) noexcept { return a.view() == b.view(); }
  friend bool operator==(const Text& a, std::string_view b) noexcept { return a.view() == b; }
};

/// A symbol such as "BTCUSDT": upper case, 1 to 31 bytes.
using SymbolText = Text<32>;
/// An interval such as "1m".
using IntervalText = Text<8>;
/// An amount that may have more digits than a Decimal holds: a plain decimal with the exchange's
/// digits, an exponent written out.
using AmountText = Text<40>;

}  // namespace tickcache
