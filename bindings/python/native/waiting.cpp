// Lookups: waiting for something new, with the GIL released.
#include "waiting.hpp"

#include "lookups.hpp"
#include "text.hpp"

namespace tickcache::python {

// _wake_word() -> int
PyObject* wake_word(PyObject* self, PyObject*) noexcept {
  return PyLong_FromUnsignedLong(tickcache_wake_word(lookups(self).reader));
}

// _wait(seen, symbol, topics, timeout) -> one of TICKCACHE_CHANGED, _TIMEOUT, _STOPPED. For a
// symbol if it is not None, else for the topics.
PyObject* wait(PyObject* self, PyObject* args) noexcept {
  unsigned int seen = 0;
  PyObject* name = nullptr;
  unsigned int topics = 0;
  PyObject* timeout = nullptr;
  std::int64_t timeout_ns = 0;
  if (PyArg_ParseTuple(args, "IOIO", &seen, &name, &topics, &timeout) == 0 ||
      !read_seconds(timeout, "timeout", kForever, timeout_ns)) {
    return nullptr;
  }
  Lookups& own = lookups(self);
  Symbol* const symbol = name == Py_None ? nullptr : own.symbols->find(name);
  if (symbol == nullptr && name != Py_None) return nullptr;
  return sleep_in_turns(timeout_ns, [&](std::int64_t turn_ns) {
    return symbol != nullptr ? tickcache_wait_symbol(own.reader, seen, &symbol->handle, turn_ns)
                             : tickcache_wait(own.reader, seen, topics, turn_ns);
  });
}

// _stop(): ends _wait() of another thread, and every later one.
PyObject* stop(PyObject* self, PyObject*) noexcept {
  tickcache_stop(lookups(self).reader);
  return none();
}

}  // namespace tickcache::python
