// libFuzzer's entry for the answers of the REST interface; seeds are in tests/data/corpus/market.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "daemon/platform/market.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickcache::daemon;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto answer = parse_prices(body)) {
    for (const auto& [symbol, price] : answer->prices) {
      if (symbol.empty() || price.mantissa <= 0) std::abort();
    }
  }
  static_cast<void>(parse_trade_time(body));
  static_cast<void>(parse_health(body));
  return 0;
}
