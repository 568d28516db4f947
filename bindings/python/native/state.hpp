// What one interpreter's copy of the module owns.
#pragma once

#include "ref.hpp"

namespace tickcache::python {

/// The keys of a tick's message, and the names of arguments.
enum Key {
  kSymbol,
  kPrice,
  kQuantity,
  kTimestamp,
  kIsBuyerMaker,
  kMissed,
  kReceivedNs,
  kSnapshot,
  kLag,
  kData,
  kMaxAge,
  kAllowStale,
  kKeyCount
};

struct State {
  PyObject* tick_type;
  PyObject* ticker_type;
  PyObject* lookups_type;
  PyObject* feed_type;
  PyObject* keys[kKeyCount];
  PyObject* tick_data;     ///< a dict with the keys of a tick's data, to be copied
  PyObject* tick_message;  ///< the same for the whole message
};

/// The state of the module that `type`, or a type it is derived from, belongs to. nullptr with an
/// exception set if there is none.
State* state_of(PyTypeObject* type) noexcept;

}  // namespace tickcache::python
