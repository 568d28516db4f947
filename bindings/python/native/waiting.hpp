// Sleeping without the GIL.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "ref.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::python {

inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

/// The number of "sleep", "yield" or "spin"; -1 with an exception set if it is none of them.
inline int idle_strategy(std::string_view name) noexcept {
  if (name == "sleep") return TICKCACHE_IDLE_SLEEP;
  if (name == "yield") return TICKCACHE_IDLE_YIELD;
  if (name == "spin") return TICKCACHE_IDLE_SPIN;
  PyErr_SetString(PyExc_ValueError, "idle is \"sleep\", \"yield\" or \"spin\"");
  return -1;
}

/// Calls sleep(ns), which returns TICKCACHE_CHANGED, _TIMEOUT or _STOPPED, without the GIL until it
/// says something else than TIMEOUT, `timeout_ns` is over, or a signal handler has raised. Returns
/// what it said as an int, or nullptr with an exception set.
template <class Sleep>
PyObject* sleep_in_turns(std::int64_t timeout_ns, Sleep&& sleep) noexcept {
  constexpr std::int64_t kTurn = 200'000'000;  // so often are signals looked at
  const std::int64_t begin = tickcache_boot_clock();
  for (;;) {
    const std::int64_t left = timeout_ns - std::min(timeout_ns, tickcache_boot_clock() - begin);
    PyThreadState* const without_gil = PyEval_SaveThread();
    const int said = sleep(std::min(left, kTurn));
    PyEval_RestoreThread(without_gil);
    if (PyErr_CheckSignals() != 0) return nullptr;
    if (said != TICKCACHE_TIMEOUT || left <= kTurn) return PyLong_FromLong(said);
  }
}

}  // namespace tickcache::python
