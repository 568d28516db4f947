// A symbol as the index compares it: upper case, in words.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "tickcache/layout.hpp"

namespace tickcache {

struct SymbolKey {
  std::uint64_t words[4] = {};
  std::size_t count = 0;  ///< words that hold a byte of the symbol; 0: not a symbol

  /// `text` in upper case; `count` is 0 if it is empty or longer than 31 bytes.
  static SymbolKey from(std::string_view text) noexcept {
    SymbolKey key;
    if (text.empty() || text.size() > SymbolText::kMaxSize) return key;
    std::memcpy(key.words, text.data(), text.size());
    key.count = (text.size() + 7) / 8;
    for (std::size_t i = 0; i < key.count; ++i) key.words[i] = upper(key.words[i]);
    return key;
  }

  [[nodiscard]] bool valid() const noexcept { return count != 0; }
  [[nodiscard]] std::uint64_t hash() const noexcept { return layout::symbol_hash(words, count); }
  [[nodiscard]] SymbolText text() const noexcept { return std::bit_cast<SymbolText>(words); }

  /// Whether `name`, filled before its index entry was published, is this symbol.
  [[nodiscard]] bool matches(const layout::SymbolWords& name) const noexcept {
    for (std::size_t i = 0; i < 4; ++i) {
      // Relaxed: the acquire load of the entry made the name visible, and it never changes.
      if (name.words[i].load(std::memory_order_relaxed) != words[i]) return false;
    }
    return true;
  }

 private:
  /// Eight ASCII bytes to upper case at once; other bytes stay.
  static constexpr std::uint64_t upper(std::uint64_t bytes) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    constexpr std::uint64_t kHigh = 0x80 * kOnes;
    const std::uint64_t low7 = bytes & ~kHigh;
    const std::uint64_t at_least_a = low7 + (0x80 - 'a') * kOnes;
    const std::uint64_t above_z = low7 + (0x80 - 'z' - 1) * kOnes;
    const std::uint64_t lower = at_least_a & ~above_z & ~bytes & kHigh;
    return bytes - (lower >> 2);  // 0x80 >> 2 is the difference between the cases
  }
};

static_assert(std::endian::native == std::endian::little,
              "the symbol index is defined over little-endian words");

}  // namespace tickcache
