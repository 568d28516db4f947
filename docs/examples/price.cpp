#include <iostream>
#include <tickcache/tickcache.hpp>

int main(int argc, char** argv) {
  tickcache::Reader cache;  // the segment that TICKCACHE_SEGMENT names, or "tickcache"
  const auto price = cache.price(argc > 1 ? argv[1] : "BTCUSDT");
  std::cout << (price.has_value ? price.value.str() : "-") << ' ' << to_string(price.freshness)
            << ' ' << to_string(price.reason) << '\n';
  return price.live() ? 0 : 4;
}
