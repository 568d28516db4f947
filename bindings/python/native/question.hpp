// The arguments of a lookup: a symbol, and how fresh its value must be.
#pragma once

#include <cstdint>

#include "ref.hpp"
#include "state.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::python {

struct Question {
  PyObject* symbol = nullptr;  ///< borrowed
  std::int64_t max_age_ns = TICKCACHE_ANY_AGE;
  bool allow_stale = false;

  /// `count` arguments by place and, behind them, those that `names` names: max_age, allow_stale
  /// and, if `symbols` is 1 and not 0, symbol. False with an exception set if they are not these.
  bool read(const State& state, const char* function, Py_ssize_t symbols,
            PyObject* const* arguments, Py_ssize_t count, PyObject* names) noexcept {
    if (count == 1 && symbols == 1 && names == nullptr) {
      symbol = arguments[0];
      return true;
    }
    return read_all(state, function, symbols, arguments, count, names);
  }

 private:
  bool read_all(const State& state, const char* function, Py_ssize_t symbols,
                PyObject* const* arguments, Py_ssize_t count, PyObject* names) noexcept;
  bool read_named(const State& state, const char* function, PyObject* name,
                  PyObject* value) noexcept;
};

}  // namespace tickcache::python
