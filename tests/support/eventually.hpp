// Waiting for what must come, with a bound.
#pragma once

#include <chrono>
#include <thread>

namespace tickcache::test {

/// Far more than anything here takes, on a busy machine and under a sanitizer.
inline constexpr std::chrono::seconds kPatience{30};

/// Whether `done()` became true within `limit`.
template <class Done>
bool eventually(Done&& done, std::chrono::milliseconds limit = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace tickcache::test
