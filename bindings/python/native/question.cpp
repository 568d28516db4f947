#include "question.hpp"

#include "text.hpp"

namespace tickcache::python {
namespace {

/// Names of arguments are the same object nearly always.
bool is(PyObject* name, PyObject* key) noexcept {
  return name == key || PyUnicode_Compare(name, key) == 0;
}

}  // namespace

bool Question::read_all(const State& state, const char* function, Py_ssize_t symbols,
                        PyObject* const* arguments, Py_ssize_t count, PyObject* names) noexcept {
  if (count > symbols) {
    PyErr_Format(PyExc_TypeError, "%s() takes %zd argument%s by place (%zd given)", function,
                 symbols, symbols == 1 ? "" : "s", count);
    return false;
  }
  if (count == 1) symbol = arguments[0];
  const Py_ssize_t named = names == nullptr ? 0 : PyTuple_Size(names);
  for (Py_ssize_t i = 0; i < named; ++i) {
    PyObject* const name = PyTuple_GetItem(names, i);
    if (symbol == nullptr && symbols == 1 && is(name, state.keys[kSymbol])) {
      symbol = arguments[count + i];
    } else if (!read_named(state, function, name, arguments[count + i])) {
      return false;
    }
  }
  if (symbol == nullptr && symbols == 1) {
    PyErr_Format(PyExc_TypeError, "%s() wants a symbol", function);
    return false;
  }
  return true;
}

bool Question::read_named(const State& state, const char* function, PyObject* name,
                          PyObject* value) noexcept {
  if (is(name, state.keys[kMaxAge])) {
    return read_seconds(value, "max_age", TICKCACHE_ANY_AGE, max_age_ns);
  }
  if (is(name, state.keys[kAllowStale])) {
    const int truth = PyObject_IsTrue(value);
    allow_stale = truth > 0;
    return truth >= 0;
  }
  PyErr_Format(PyExc_TypeError, "%s() has no argument %R", function, name);
  return false;
}

}  // namespace tickcache::python
