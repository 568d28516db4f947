// A feed's events as Python objects.
#pragma once

#include <array>
#include <cstdint>

#include "ref.hpp"
#include "state.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::python {

/// The names of the symbols that events carry, each made once.
class Names {
 public:
  ~Names();

  /// Borrowed, valid until the next call; nullptr with an exception set.
  PyObject* find(const char (&symbol)[32]) noexcept;

 private:
  struct Name {
    char bytes[32];
    PyObject* text;
  };
  std::array<Name, 1024> table_{};
};

/// The dict that a handler gets for a tick.
PyObject* tick_message(const State& state, PyObject* symbol, const tickcache_event& event) noexcept;

/// Any other event: ("candles" | "orders" | "portfolio", missed, record), ("status", freshness,
/// reason) or ("gap", channel, cause, missed).
PyObject* event_tuple(const tickcache_event& event) noexcept;

/// The keys of a tick's message with None as values: to be copied, for that is faster than to build
/// a dict.
PyObject* tick_data_template(const State& state) noexcept;
PyObject* tick_message_template(const State& state) noexcept;

}  // namespace tickcache::python
