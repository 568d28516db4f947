#include "feed.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "lookups.hpp"
#include "messages.hpp"
#include "state.hpp"
#include "text.hpp"
#include "tick.hpp"
#include "waiting.hpp"

namespace tickcache::python {
namespace {

struct Feed {
  PyObject object;
  State* state;
  tickcache_feed* feed;
  Names* names;
  char* key;                ///< of whoever may see orders and portfolio; nullptr: everybody
  tickcache_event pending;  ///< taken by wait(), which so knows that there is one
  bool has_pending;
  bool waiting;  ///< in wait() of some thread, which has let go of the GIL
  std::atomic<bool> poked;
};

Feed& feed(PyObject* self) noexcept { return *reinterpret_cast<Feed*>(self); }

/// False with an exception set while another thread waits: the feed is that thread's.
bool is_ours(PyObject* self) noexcept {
  if (!feed(self).waiting) return true;
  PyErr_SetString(PyExc_RuntimeError, "another thread is waiting for this feed");
  return false;
}

PyObject* asked(std::int64_t result) noexcept {
  if (result > 0) return none();
  PyErr_SetString(PyExc_ValueError, "no symbol or no interval");
  return nullptr;
}

// on_ticker(symbol, latest)
PyObject* on_ticker(PyObject* self, PyObject* args) noexcept {
  const char* symbol = nullptr;
  int latest = 0;
  if (PyArg_ParseTuple(args, "sp", &symbol, &latest) == 0 || !is_ours(self)) return nullptr;
  const int delivery = latest != 0 ? TICKCACHE_LATEST : TICKCACHE_EVERY;
  return asked(tickcache_feed_on_ticker(feed(self).feed, symbol, delivery, nullptr, nullptr));
}

PyObject* on_candles(PyObject* self, PyObject* args) noexcept {
  const char* symbol = nullptr;
  const char* interval = nullptr;
  if (PyArg_ParseTuple(args, "ss", &symbol, &interval) == 0 || !is_ours(self)) return nullptr;
  return asked(tickcache_feed_on_candles(feed(self).feed, symbol, interval, nullptr, nullptr));
}

PyObject* on_order_update(PyObject* self, PyObject*) noexcept {
  if (!is_ours(self)) return nullptr;
  return asked(tickcache_feed_on_order_update(feed(self).feed, nullptr, nullptr));
}

PyObject* on_portfolio(PyObject* self, PyObject*) noexcept {
  if (!is_ours(self)) return nullptr;
  return asked(tickcache_feed_on_portfolio(feed(self).feed, nullptr, nullptr));
}

PyObject* on_status(PyObject* self, PyObject*) noexcept {
  if (!is_ours(self)) return nullptr;
  return asked(tickcache_feed_on_status(feed(self).feed, nullptr, nullptr));
}

PyObject* on_gap(PyObject* self, PyObject*) noexcept {
  if (!is_ours(self)) return nullptr;
  return asked(tickcache_feed_on_gap(feed(self).feed, nullptr, nullptr));
}

bool next(Feed& own, tickcache_event& event) noexcept {
  if (!own.has_pending) return tickcache_feed_next(own.feed, &event) != 0;
  event = own.pending;
  own.has_pending = false;
  return true;
}

/// An event that is no tick. Orders and portfolio of another agent become ("refused",).
PyObject* other_event(Feed& own, const tickcache_event& event) noexcept {
  const bool is_private =
      event.kind == TICKCACHE_EVENT_ORDER || event.kind == TICKCACHE_EVENT_PORTFOLIO;
  if (is_private && own.key != nullptr && tickcache_feed_key_matches(own.feed, own.key) == 0) {
    return Py_BuildValue("(s)", "refused");
  }
  return event_tuple(event);
}

// only_with(key): orders and portfolio are given only while the daemon uses this key.
PyObject* only_with(PyObject* self, PyObject* key) noexcept {
  Py_ssize_t size = 0;
  const char* const bytes = PyUnicode_AsUTF8AndSize(key, &size);
  if (bytes == nullptr) return nullptr;
  char* const copy = static_cast<char*>(std::malloc(static_cast<std::size_t>(size) + 1));
  if (copy == nullptr) return PyErr_NoMemory();
  std::memcpy(copy, bytes, static_cast<std::size_t>(size) + 1);
  std::free(feed(self).key);
  feed(self).key = copy;
  return none();
}

// key_matches(key): whether the daemon whose event was taken last uses this key.
PyObject* key_matches(PyObject* self, PyObject* key) noexcept {
  Py_ssize_t size = 0;
  const char* const bytes = PyUnicode_AsUTF8AndSize(key, &size);
  if (bytes == nullptr || !is_ours(self)) return nullptr;
  return PyBool_FromLong(tickcache_feed_key_matches(feed(self).feed, bytes));
}

/// A list of what make(event) returns for at most `limit` events; it may be nothing without an
/// exception set.
template <class Make>
PyObject* take(PyObject* self, PyObject* limit, Make&& make) noexcept {
  const Py_ssize_t most = PyNumber_AsSsize_t(limit, PyExc_OverflowError);
  if ((most == -1 && PyErr_Occurred() != nullptr) || !is_ours(self)) return nullptr;
  Ref list(PyList_New(0));
  if (!list) return nullptr;
  tickcache_event event;
  for (Py_ssize_t i = 0; i < most && next(feed(self), event); ++i) {
    Ref made(make(event));
    if (!made && PyErr_Occurred() == nullptr) continue;
    if (!made || PyList_Append(list.get(), made.get()) != 0) return nullptr;
  }
  return list.release();
}

// take_messages(limit) -> [dict of a tick, or what other_event() makes, …]
PyObject* take_messages(PyObject* self, PyObject* limit) noexcept {
  Feed& own = feed(self);
  return take(self, limit, [&](const tickcache_event& event) {
    if (event.kind != TICKCACHE_EVENT_TICK) return other_event(own, event);
    PyObject* const name = own.names->find(event.symbol);
    return name == nullptr ? nullptr : tick_message(*own.state, name, event);
  });
}

// take_ticks(limit) -> [Tick, …]
PyObject* take_ticks(PyObject* self, PyObject* limit) noexcept {
  Feed& own = feed(self);
  return take(self, limit, [&](const tickcache_event& event) -> PyObject* {
    if (event.kind != TICKCACHE_EVENT_TICK) return nullptr;
    PyObject* const name = own.names->find(event.symbol);
    return name == nullptr ? nullptr : make_tick(*own.state, name, event.ticker, event.missed);
  });
}

/// Sleeps without the GIL until there is an event, until poke(), stop() or the timeout.
int sleep(Feed& own, std::int64_t timeout_ns) noexcept {
  constexpr std::int64_t kTurn = 100'000'000;  // so late may poke() be noticed
  const std::int64_t begin = tickcache_boot_clock();
  for (;;) {
    // Taken here, so that what turns out to be nothing does not wake Python.
    if (!own.has_pending) own.has_pending = tickcache_feed_next(own.feed, &own.pending) != 0;
    if (own.has_pending) return TICKCACHE_CHANGED;
    const std::int64_t left = timeout_ns - std::min(timeout_ns, tickcache_boot_clock() - begin);
    const int said = tickcache_feed_wait(own.feed, std::min(left, kTurn));
    if (said == TICKCACHE_STOPPED) return said;
    // Relaxed: poke() orders nothing, the GIL does that.
    if (own.poked.exchange(false, std::memory_order_relaxed)) return TICKCACHE_CHANGED;
    if (said == TICKCACHE_TIMEOUT && left <= kTurn) return said;
  }
}

// wait(timeout) -> TICKCACHE_CHANGED, _TIMEOUT or _STOPPED. Meanwhile the feed is this thread's.
PyObject* wait(PyObject* self, PyObject* timeout) noexcept {
  std::int64_t timeout_ns = 0;
  if (!read_seconds(timeout, "timeout", kForever, timeout_ns) || !is_ours(self)) return nullptr;
  Feed& own = feed(self);
  own.waiting = true;
  PyThreadState* const without_gil = PyEval_SaveThread();
  const int said = sleep(own, timeout_ns);
  PyEval_RestoreThread(without_gil);
  own.waiting = false;
  return PyErr_CheckSignals() != 0 ? nullptr : PyLong_FromLong(said);
}

PyObject* poke(PyObject* self, PyObject*) noexcept {
  feed(self).poked.store(true, std::memory_order_relaxed);  // as in sleep()
  return none();
}

PyObject* stop(PyObject* self, PyObject*) noexcept {
  tickcache_feed_stop(feed(self).feed);
  return none();
}

PyObject* missed(PyObject* self, void*) noexcept {
  if (!is_ours(self)) return nullptr;
  return PyLong_FromUnsignedLongLong(tickcache_feed_missed(feed(self).feed));
}

// Whether wait() has found an event.
PyObject* has_event(PyObject* self, void*) noexcept {
  return PyBool_FromLong(feed(self).has_pending ? 1 : 0);
}

PyObject* construct(PyTypeObject* type, PyObject* arguments, PyObject* names) noexcept {
  static const char* keywords[] = {"segment", "idle", nullptr};
  const char* segment = nullptr;
  const char* idle = "sleep";
  if (PyArg_ParseTupleAndKeywords(arguments, names, "|zs", const_cast<char**>(keywords), &segment,
                                  &idle) == 0) {
    return nullptr;
  }
  const int strategy = idle_strategy(idle);
  if (strategy < 0) return nullptr;
  State* const state = state_of(type);
  if (state == nullptr) return nullptr;
  Ref self(reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc))(type, 0));
  if (!self) return nullptr;
  Feed& own = feed(self.get());
  own.state = state;
  own.names = new (std::nothrow) Names;
  if (own.names == nullptr) return PyErr_NoMemory();
  char message[kMessageChars] = "";
  if (tickcache_feed_open(segment, &own.feed, message, sizeof message) != TICKCACHE_OK) {
    raise_no_segment(message);
    return nullptr;
  }
  tickcache_feed_set_idle_strategy(own.feed, strategy);
  return self.release();
}

void deallocate(PyObject* self) noexcept {
  tickcache_feed_close(feed(self).feed);
  delete feed(self).names;
  std::free(feed(self).key);
  free_object(self);
}

PyMethodDef methods[] = {{"on_ticker", on_ticker, METH_VARARGS, nullptr},
                         {"on_candles", on_candles, METH_VARARGS, nullptr},
                         {"on_order_update", on_order_update, METH_NOARGS, nullptr},
                         {"on_portfolio", on_portfolio, METH_NOARGS, nullptr},
                         {"on_status", on_status, METH_NOARGS, nullptr},
                         {"on_gap", on_gap, METH_NOARGS, nullptr},
                         {"only_with", only_with, METH_O, nullptr},
                         {"key_matches", key_matches, METH_O, nullptr},
                         {"take_messages", take_messages, METH_O, nullptr},
                         {"take_ticks", take_ticks, METH_O, nullptr},
                         {"wait", wait, METH_O, nullptr},
                         {"poke", poke, METH_NOARGS, nullptr},
                         {"stop", stop, METH_NOARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

PyGetSetDef fields[] = {{"missed", missed, nullptr, nullptr, nullptr},
                        {"has_event", has_event, nullptr, nullptr, nullptr},
                        {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void*>(construct)},
                       {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
                       {Py_tp_methods, methods},
                       {Py_tp_getset, fields},
                       {0, nullptr}};

}  // namespace

PyType_Spec feed_type = {"tickcache._native.Feed", sizeof(Feed), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots};

}  // namespace tickcache::python
