// How the writer stores into the segment's words.
#pragma once

#include <cstdint>

#include "tickcache/layout.hpp"

namespace tickcache {

using layout::Word;

/// Adds to a word that only this thread writes.
inline void add(Word& word, std::uint64_t by) noexcept {
  word.store(word.load(std::memory_order_relaxed) + by, std::memory_order_release);
}

inline void store(Word& word, std::int64_t value) noexcept {
  word.store(static_cast<std::uint64_t>(value), std::memory_order_release);
}

/// After its record was stored: a reader that sees the old record sees the old standing before it.
inline void make_current(Word& standing) noexcept {
  if (standing.load(std::memory_order_relaxed) != 0) standing.store(0, std::memory_order_release);
}

constexpr std::uint64_t number(layout::Standing standing) noexcept {
  return static_cast<std::uint64_t>(standing);
}
constexpr std::uint8_t number(Source source) noexcept { return static_cast<std::uint8_t>(source); }

inline bool is_free(const layout::ChannelRecord& record) noexcept {
  return record.state == static_cast<std::uint8_t>(ChannelState::unused);
}

}  // namespace tickcache
