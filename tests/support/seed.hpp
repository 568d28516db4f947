// The seed of a randomised test.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace tickcache::test {

/// `fallback`, or the environment variable TICKCACHE_TEST_SEED, to run a test with other numbers.
inline std::uint64_t seed_or(std::uint64_t fallback) {
  const char* text = std::getenv("TICKCACHE_TEST_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : fallback;
}

}  // namespace tickcache::test
