// Order updates, candles and portfolio snapshots as tuples, in the order of the fields of the named
// tuples of tickcache/records.py.
#pragma once

#include <cstdint>

#include "ref.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::python {

/// New references, or nullptr with an exception set. `now_ns` is tickcache_boot_clock() of now.
PyObject* order_tuple(const tickcache_order& order, std::int64_t now_ns) noexcept;
PyObject* candle_tuple(const char* symbol, const char* interval, const tickcache_candle& candle,
                       std::int64_t now_ns) noexcept;
PyObject* portfolio_tuple(const tickcache_portfolio& portfolio, std::int64_t now_ns) noexcept;

}  // namespace tickcache::python
