#pragma once

#include <cstdint>

namespace tickcache::sim {

// Spreads the bits of x over the whole word (the finaliser of splitmix64).
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

// splitmix64. The standard library's distributions differ between implementations; a seed must give
// the same market everywhere, so the two draws that are needed are made here.
class Random {
 public:
  constexpr explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept { return mix(state_ += 0x9e3779b97f4a7c15U); }

  // 0 … bound − 1. The bias of the remainder is far below anything a test looks at. bound > 0.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

  // −span … +span. span ≥ 0.
  constexpr std::int64_t around_zero(std::int64_t span) noexcept {
    return static_cast<std::int64_t>(below(2 * static_cast<std::uint64_t>(span) + 1)) - span;
  }

 private:
  std::uint64_t state_;
};

}  // namespace tickcache::sim
