// Tick: what the exchange sent; Ticker: the latest one, and whether it can be trusted.
#pragma once

#include <cstdint>

#include "ref.hpp"
#include "state.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::python {

extern PyType_Spec tick_type;
extern PyType_Spec ticker_type;

/// A Tick. `symbol` is borrowed. New reference, or nullptr with an exception set.
PyObject* make_tick(const State& state, PyObject* symbol, const tickcache_ticker& ticker,
                    std::uint64_t missed) noexcept;

/// A Ticker; the verdict has a value.
PyObject* make_ticker(const State& state, PyObject* symbol, const tickcache_ticker& ticker,
                      const tickcache_verdict& verdict) noexcept;

/// The Tick or Ticker whose __reduce__() gave the tuple `args`.
PyObject* restore_tick(const State& state, PyObject* args) noexcept;

}  // namespace tickcache::python
