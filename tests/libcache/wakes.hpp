// How often a thread that sleeps is woken.
#pragma once

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>

#include "libcache/segment/clock.hpp"
#include "support/soon.hpp"

namespace tickcache::test {

/// The longest that a waiter sleeps before it looks for itself.
inline constexpr std::int64_t kLook = 250'000'000;

inline int own_tid() { return static_cast<int>(syscall(SYS_gettid)); }

/// Returns once the thread is in a system call that sleeps; false if it never is.
inline bool falls_asleep(int tid) {
  return soon([tid] {
    std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t at = line.rfind(')');
    return at != std::string::npos && line.size() > at + 2 && line[at + 2] == 'S';
  });
}

/// Of kRounds publications, those that wake somebody by mistake, and those that do if they must.
inline constexpr int kRounds = 300;
inline constexpr std::uint64_t kFew = kRounds / 10;
inline constexpr std::uint64_t kMost = kRounds / 2;

/// Calls `publish` kRounds times, each time with the waiter asleep. Returns how often it was woken
/// beyond the looks that it takes every kLook.
template <class Waiter, class Publish>
std::uint64_t wakes_of(Waiter& waiter, Publish&& publish) {
  const std::int64_t begin = boot_now();
  const std::uint64_t before = waiter.wakes();
  for (int i = 0; i < kRounds; ++i) {
    REQUIRE(waiter.asleep());
    publish();
  }
  const std::uint64_t wakes = waiter.wakes() - before;
  const auto looks = static_cast<std::uint64_t>((boot_now() - begin) / kLook) + 1;
  return wakes > looks ? wakes - looks : 0;
}

}  // namespace tickcache::test
