// The module tickcache._native: lookups and events over the C interface of libtickcache, in what
// CPython promises to keep (the limited API of 3.10).
//
// Compiled without exceptions: a daemon thread that Python ends at its exit is unwound through
// these functions, and must run no destructor then, for it does not hold the GIL.
#include "feed.hpp"
#include "lookups.hpp"
#include "messages.hpp"
#include "state.hpp"
#include "tick.hpp"

namespace tickcache::python {
namespace {

State& state_in(PyObject* module) noexcept {
  return *static_cast<State*>(PyModule_GetState(module));
}

template <class Visit>
int for_each_object(State& state, Visit&& visit) noexcept {
  for (PyObject** object : {&state.tick_type, &state.ticker_type, &state.lookups_type,
                            &state.feed_type, &state.tick_data, &state.tick_message}) {
    if (const int result = visit(*object); result != 0) return result;
  }
  for (PyObject*& key : state.keys) {
    if (const int result = visit(key); result != 0) return result;
  }
  return 0;
}

int traverse(PyObject* module, visitproc visit, void* arg) noexcept {
  if (PyModule_GetState(module) == nullptr) return 0;
  return for_each_object(state_in(module), [&](PyObject*& object) {
    Py_VISIT(object);
    return 0;
  });
}

int clear(PyObject* module) noexcept {
  if (PyModule_GetState(module) == nullptr) return 0;
  return for_each_object(state_in(module), [](PyObject*& object) {
    Py_CLEAR(object);
    return 0;
  });
}

void free_module(void* module) noexcept { clear(static_cast<PyObject*>(module)); }

/// Makes a type that belongs to the module and adds it there; `base` may be nullptr.
PyObject* add_type(PyObject* module, PyType_Spec& specification, PyObject* base) noexcept {
  const Ref bases(base == nullptr ? nullptr : PyTuple_Pack(1, base));
  if (base != nullptr && !bases) return nullptr;
  Ref type(PyType_FromModuleAndSpec(module, &specification, bases.get()));
  if (!type || PyModule_AddType(module, reinterpret_cast<PyTypeObject*>(type.get())) != 0) {
    return nullptr;
  }
  return type.release();
}

int execute(PyObject* module) noexcept {
  State& state = state_in(module);
  const char* const names[kKeyCount] = {
      "symbol",      "price",    "quantity", "timestamp", "is_buyer_maker", "missed",
      "received_ns", "snapshot", "lag",      "data",      "max_age",        "allow_stale"};
  for (int key = 0; key < kKeyCount; ++key) {
    state.keys[key] = PyUnicode_InternFromString(names[key]);
    if (state.keys[key] == nullptr) return -1;
  }
  state.tick_type = add_type(module, tick_type, nullptr);
  if (state.tick_type == nullptr) return -1;
  state.ticker_type = add_type(module, ticker_type, state.tick_type);
  state.lookups_type = add_type(module, lookups_type, nullptr);
  state.feed_type = add_type(module, feed_type, nullptr);
  state.tick_data = tick_data_template(state);
  state.tick_message = tick_message_template(state);
  const bool good = state.ticker_type != nullptr && state.lookups_type != nullptr &&
                    state.feed_type != nullptr && state.tick_data != nullptr &&
                    state.tick_message != nullptr;
  return good && PyModule_AddStringConstant(module, "version", tickcache_version()) == 0 ? 0 : -1;
}

PyObject* boot_clock(PyObject*, PyObject*) noexcept {
  return PyLong_FromLongLong(tickcache_boot_clock());
}

PyObject* restore(PyObject* module, PyObject* args) noexcept {
  return restore_tick(state_in(module), args);
}

PyMethodDef functions[] = {{"boot_clock", boot_clock, METH_NOARGS, nullptr},
                           {"_restore_tick", restore, METH_VARARGS, nullptr},
                           {nullptr, nullptr, 0, nullptr}};

// Known to Python since 3.12; the names are not part of the limited API of 3.10.
constexpr int kModMultipleInterpreters = 3;
void* const kPerInterpreterGilSupported = reinterpret_cast<void*>(2);

PyModuleDef_Slot slots[] = {{Py_mod_exec, reinterpret_cast<void*>(execute)}, {0, nullptr}};
PyModuleDef_Slot slots_of_3_12[] = {{Py_mod_exec, reinterpret_cast<void*>(execute)},
                                    {kModMultipleInterpreters, kPerInterpreterGilSupported},
                                    {0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "tickcache._native",
                          nullptr,
                          sizeof(State),
                          functions,
                          slots,
                          traverse,
                          clear,
                          free_module};

bool is_3_12_or_newer() noexcept {
  PyObject* const version = PySys_GetObject("hexversion");  // borrowed
  return version != nullptr && PyLong_AsUnsignedLong(version) >= 0x030c0000;
}

}  // namespace

State* state_of(PyTypeObject* type) noexcept {
  for (; type != nullptr; type = static_cast<PyTypeObject*>(PyType_GetSlot(type, Py_tp_base))) {
    if ((PyType_GetFlags(type) & Py_TPFLAGS_HEAPTYPE) == 0) break;
    if (void* const state = PyType_GetModuleState(type)) return static_cast<State*>(state);
    PyErr_Clear();
  }
  PyErr_SetString(PyExc_TypeError, "not a type of tickcache._native");
  return nullptr;
}

}  // namespace tickcache::python

PyMODINIT_FUNC PyInit__native() {
  using namespace tickcache::python;
  if (is_3_12_or_newer()) definition.m_slots = slots_of_3_12;
  return PyModuleDef_Init(&definition);
}
