// Waiting for what must come, with a bound.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace tickcache::test {

/// Far more than anything here takes, on a busy machine and under a sanitizer.
inline constexpr std::chrono::seconds kPatience{30};

/// Whether `done()` became true within `limit`. Between two looks the processor is left to others,
/// for a millisecond at most.
template <class Done>
bool soon(Done&& done, std::chrono::milliseconds limit = kPatience) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (std::chrono::microseconds pause = 50us; !done();
       pause = std::min<std::chrono::microseconds>(2 * pause, 1ms)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace tickcache::test
