// Values that prove themselves: the exchange sends ticks as in sim/checksum.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/checksum.hpp"
#include "tickcache/ticker.hpp"

namespace tickcache::test {

/// The tick's sequence number, if price and quantity belong together and to this symbol.
inline std::optional<std::uint64_t> sequence_of(std::string_view symbol, const Ticker& ticker) {
  const auto quantity = ticker.quantity();
  if (!quantity) return std::nullopt;
  return sim::verify_checksum(symbol, ticker.price().str(), quantity->str());
}

}  // namespace tickcache::test
