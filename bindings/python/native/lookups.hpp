// Lookups: a reader as a Python object, the base of tickcache.Cache.
#pragma once

#include "ref.hpp"
#include "state.hpp"
#include "symbols.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::python {

/// May be shared by threads: every lookup holds the GIL. Only _wait() releases it; a Lookups that
/// waits must not be used for anything but _stop() meanwhile.
struct Lookups {
  PyObject object;
  State* state;
  tickcache_reader* reader;
  Symbols* symbols;
};

inline Lookups& lookups(PyObject* self) noexcept { return *reinterpret_cast<Lookups*>(self); }

extern PyType_Spec lookups_type;

// Methods of Lookups that are defined elsewhere: lists.cpp and waiting.cpp.
PyObject* orders(PyObject* self, PyObject* args) noexcept;
PyObject* portfolio(PyObject* self, PyObject* args) noexcept;
PyObject* candles(PyObject* self, PyObject* args) noexcept;
PyObject* status(PyObject* self, PyObject* args) noexcept;
PyObject* channels(PyObject* self, PyObject* args) noexcept;
PyObject* wake_word(PyObject* self, PyObject* args) noexcept;
PyObject* wait(PyObject* self, PyObject* args) noexcept;
PyObject* stop(PyObject* self, PyObject* args) noexcept;

/// Room for the text of tickcache_open() and tickcache_error().
inline constexpr std::size_t kMessageChars = 1024;

/// Raises tickcache.NoSegment with `message`.
void raise_no_segment(const char* message) noexcept;

}  // namespace tickcache::python
