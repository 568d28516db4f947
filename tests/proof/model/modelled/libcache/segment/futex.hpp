// Stands before libcache/segment/futex.hpp in the model's include path: the same two functions,
// done by the model instead of the kernel.
#pragma once

#include <cstdint>

#include "tests/proof/model/memory.hpp"
#include "tickcache/layout.hpp"

namespace tickcache {

inline bool futex_wait(const layout::WakeWord& word, std::uint32_t seen, std::uint32_t bits,
                       std::int64_t) noexcept {
  if (auto* memory = model::Memory::active()) memory->wait(&word, word.plain(), seen, bits);
  return true;
}

inline void futex_wake(const layout::WakeWord& word, std::uint32_t bits) noexcept {
  if (auto* memory = model::Memory::active()) memory->wake(&word, bits);
}

}  // namespace tickcache
