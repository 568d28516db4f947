// Waits on and wakes the segment's wake word. Unlike std::atomic::wait, this works between
// processes and through a read-only mapping.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>

#include "libcache/segment/clock.hpp"
#include "tickcache/layout.hpp"

namespace tickcache {

/// Sleeps until woken with one of `bits`, for at most `timeout_ns`. Returns at once if the word is
/// no longer `seen`. A signal may also end the sleep. False if nothing did before the time was up.
inline bool futex_wait(const layout::WakeWord& word, std::uint32_t seen, std::uint32_t bits,
                       std::int64_t timeout_ns) noexcept {
  // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time.
  const std::int64_t until = read_clock(CLOCK_MONOTONIC) + timeout_ns;
  const timespec deadline{until / 1'000'000'000, until % 1'000'000'000};
  return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, seen, &deadline, nullptr, bits) == 0 ||
         errno != ETIMEDOUT;
}

/// Wakes every process and thread that waits for one of `bits`.
inline void futex_wake(const layout::WakeWord& word, std::uint32_t bits) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, INT_MAX, nullptr, nullptr, bits);
}

}  // namespace tickcache
