#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tickcache::sim {

// A symbol as it is first listed. Prices and steps are mantissas at `digits` fraction digits.
struct Listing {
  std::string symbol;
  std::int64_t price;
  std::int64_t step;  // prices are multiples of it
  int digits;
};

// The first `count` symbols, always the same ones: well-known names at realistic prices first
// (BTCUSDT, ETHUSDT, SOLUSDT, …), made-up unique ones after them.
std::vector<Listing> listings(std::size_t count);

}  // namespace tickcache::sim
