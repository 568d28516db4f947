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
    SymbolKey key = as_written(text);
    key.make_upper();
    return key;
  }

  /// The same without changing the case. A symbol found by it is also found by from().
  static SymbolKey as_written(std::string_view text) noexcept {
    SymbolKey key;
    const char* const bytes = text.data();
    const std::size_t size = text.size();
    if (size == 0 || size > SymbolText::kMaxSize) return key;
    key.count = (size + 7) / 8;
    // One branch for each word count, with constant indices: the words stay in registers.
    if (size <= 8) {
      key.words[0] = short_word(bytes, size);
    } else {
      const std::uint64_t last = last_word(bytes, size);
      key.words[0] = load(bytes);
      key.words[1] = size <= 16 ? last : load(bytes + 8);
      if (size > 16) key.words[2] = size <= 24 ? last : load(bytes + 16);
      if (size > 24) key.words[3] = last;
    }
    return key;
  }

  void make_upper() noexcept {
    for (std::uint64_t& word : words) word = upper(word);
  }

  [[nodiscard]] bool valid() const noexcept { return count != 0; }
  /// layout::symbol_hash(words, count), unrolled for the common counts.
  [[nodiscard]] std::uint64_t hash() const noexcept {
    if (count == 2) return layout::symbol_hash(words, 2);
    if (count == 1) return layout::symbol_hash(words, 1);
    return layout::symbol_hash(words, count);
  }
  [[nodiscard]] SymbolText text() const noexcept { return std::bit_cast<SymbolText>(words); }

  /// Fills a name that no reader sees yet.
  void fill(layout::SymbolWords& name) const noexcept {
    for (std::size_t i = 0; i < 4; ++i) name.words[i].store(words[i], std::memory_order_relaxed);
  }

  /// Whether `name`, filled before its index entry was published, is this symbol.
  [[nodiscard]] bool matches(const layout::SymbolWords& name) const noexcept {
    // Relaxed: the acquire load of the entry made the name visible, and it never changes.
    const auto differs = [&](std::size_t i) {
      return name.words[i].load(std::memory_order_relaxed) ^ words[i];
    };
    return (differs(0) | differs(1) | differs(2) | differs(3)) == 0;
  }

 private:
  template <std::size_t>
  friend class ShortKey;

  static std::uint64_t load(const char* bytes) noexcept {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }

  /// The last, partial word of more than eight bytes, zero-padded.
  static std::uint64_t last_word(const char* bytes, std::size_t size) noexcept {
    return load(bytes + size - 8) >> (64 - ((size - 1) % 8 + 1) * 8);
  }

  /// One to eight bytes, zero-padded. Two loads may overlap; the overlapping bytes agree.
  static std::uint64_t short_word(const char* bytes, std::size_t size) noexcept {
    const auto piece = [&]<class T>(T, std::size_t at) {
      T value;
      std::memcpy(&value, bytes + at, sizeof value);
      return std::uint64_t{value} << (8 * at);
    };
    if (size >= 4) return piece(std::uint32_t{}, 0) | piece(std::uint32_t{}, size - 4);
    if (size >= 2) return piece(std::uint16_t{}, 0) | piece(std::uint16_t{}, size - 2);
    return static_cast<unsigned char>(*bytes);
  }

  /// Converts eight bytes at once: ASCII letters to upper case, other bytes unchanged.
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

/// A symbol of at most 16 bytes, as nearly all are, without changing the case: its words stay in
/// registers. `kCount` is the number of words that hold a byte of it.
template <std::size_t kCount>
class ShortKey {
 public:
  static_assert(kCount == 1 || kCount == 2);
  explicit ShortKey(std::string_view text) noexcept
      : first_(kCount == 1 ? SymbolKey::short_word(text.data(), text.size())
                           : SymbolKey::load(text.data())),
        second_(kCount == 1 ? 0 : SymbolKey::last_word(text.data(), text.size())) {}

  [[nodiscard]] std::uint64_t hash() const noexcept {
    const std::uint64_t words[] = {first_, second_};
    return layout::symbol_hash(words, kCount);
  }
  /// As SymbolKey::matches().
  [[nodiscard]] bool matches(const layout::SymbolWords& name) const noexcept {
    const auto word = [&](std::size_t i) { return name.words[i].load(std::memory_order_relaxed); };
    return ((word(0) ^ first_) | (word(1) ^ second_) | word(2) | word(3)) == 0;
  }

 private:
  std::uint64_t first_;
  std::uint64_t second_;
};

static_assert(std::endian::native == std::endian::little,
              "the symbol index is defined over little-endian words");

}  // namespace tickcache
