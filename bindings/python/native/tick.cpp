#include "tick.hpp"

#include "text.hpp"

namespace tickcache::python {
namespace {

struct Tick {
  PyObject object;
  PyObject* symbol;
  tickcache_ticker ticker;
  std::uint64_t missed;
  std::int32_t freshness;
  std::int32_t reason;
};

Tick& tick(PyObject* self) noexcept { return *reinterpret_cast<Tick*>(self); }

std::int64_t age_ns(PyObject* self) noexcept {
  return tickcache_boot_clock() - tick(self).ticker.received_ns;
}

PyObject* symbol(PyObject* self, void*) noexcept { return Ref::to(tick(self).symbol).release(); }
PyObject* price(PyObject* self, void*) noexcept {
  return PyFloat_FromDouble(tickcache_decimal_double(tick(self).ticker.price));
}
PyObject* price_str(PyObject* self, void*) noexcept { return text(tick(self).ticker.price); }
PyObject* quantity(PyObject* self, void*) noexcept {
  const tickcache_ticker& ticker = tick(self).ticker;
  if (ticker.has_quantity == 0) return none();
  return PyFloat_FromDouble(tickcache_decimal_double(ticker.quantity));
}
PyObject* quantity_str(PyObject* self, void*) noexcept {
  const tickcache_ticker& ticker = tick(self).ticker;
  return ticker.has_quantity == 0 ? none() : text(ticker.quantity);
}
PyObject* timestamp(PyObject* self, void*) noexcept {
  return utc(tick(self).ticker.exchange_time_ns);
}
PyObject* is_buyer_maker(PyObject* self, void*) noexcept {
  const std::int8_t maker = tick(self).ticker.buyer_is_maker;
  return maker < 0 ? none() : PyBool_FromLong(maker);
}
PyObject* age(PyObject* self, void*) noexcept { return seconds(age_ns(self)); }
PyObject* received_ns(PyObject* self, void*) noexcept {
  return PyLong_FromLongLong(tick(self).ticker.received_ns);
}
PyObject* updates(PyObject* self, void*) noexcept {
  return PyLong_FromUnsignedLongLong(tick(self).ticker.updates);
}
PyObject* snapshot(PyObject* self, void*) noexcept {
  return PyBool_FromLong(tick(self).ticker.snapshot);
}
PyObject* overtaken(PyObject* self, void*) noexcept {
  return PyBool_FromLong(tick(self).ticker.overtaken);
}
PyObject* lag(PyObject* self, void*) noexcept {
  return PyFloat_FromDouble(tick(self).ticker.lag_ms / 1e3);
}
PyObject* missed(PyObject* self, void*) noexcept {
  return PyLong_FromUnsignedLongLong(tick(self).missed);
}
PyObject* freshness(PyObject* self, void*) noexcept {
  return PyUnicode_InternFromString(tickcache_freshness_text(tick(self).freshness));
}
PyObject* reason(PyObject* self, void*) noexcept {
  if (tick(self).freshness == TICKCACHE_LIVE) return none();
  return PyUnicode_InternFromString(tickcache_reason_text(tick(self).reason));
}
PyObject* live(PyObject* self, void*) noexcept {
  return PyBool_FromLong(tick(self).freshness == TICKCACHE_LIVE ? 1 : 0);
}

/// Puts `owned` into `dict` and lets it go; false with an exception set if there is none.
bool put(PyObject* dict, const char* key, PyObject* owned) noexcept {
  const Ref value(owned);
  return value && PyDict_SetItemString(dict, key, value.get()) == 0;
}

bool put_value(PyObject* dict, PyObject* self) noexcept {
  const std::int64_t age = age_ns(self);
  return put(dict, "symbol", symbol(self, nullptr)) &&
         put(dict, "price", price_str(self, nullptr)) &&
         put(dict, "quantity", quantity_str(self, nullptr)) &&
         put(dict, "timestamp", timestamp(self, nullptr)) &&
         put(dict, "age_ms", PyLong_FromLongLong(age < 0 ? 0 : age / 1'000'000));
}

/// How the value came, the same for both kinds.
bool put_origin(PyObject* dict, PyObject* self) noexcept {
  return put(dict, "updates", updates(self, nullptr)) &&
         put(dict, "snapshot", snapshot(self, nullptr)) &&
         put(dict, "lag_ms", PyLong_FromLong(tick(self).ticker.lag_ms));
}

PyObject* tick_as_dict(PyObject* self, PyObject*) noexcept {
  Ref dict(PyDict_New());
  const bool good = dict && put_value(dict.get(), self) && put_origin(dict.get(), self) &&
                    put(dict.get(), "overtaken", overtaken(self, nullptr)) &&
                    put(dict.get(), "missed", missed(self, nullptr));
  return good ? dict.release() : nullptr;
}

PyObject* ticker_as_dict(PyObject* self, PyObject*) noexcept {
  Ref dict(PyDict_New());
  const bool good = dict && put_value(dict.get(), self) &&
                    put(dict.get(), "freshness", freshness(self, nullptr)) &&
                    put(dict.get(), "reason", reason(self, nullptr)) &&
                    put_origin(dict.get(), self);
  return good ? dict.release() : nullptr;
}

// For pickle and copy: _restore_tick() with every value, so that a pickle depends on no layout.
PyObject* reduce(PyObject* self, PyObject*) noexcept {
  const State* const state = state_of(Py_TYPE(self));
  const Ref module(PyImport_ImportModule("tickcache._native"));
  if (state == nullptr || !module) return nullptr;
  PyObject* const restore = PyObject_GetAttrString(module.get(), "_restore_tick");
  if (restore == nullptr) return nullptr;
  const bool is_ticker = reinterpret_cast<PyObject*>(Py_TYPE(self)) == state->ticker_type;
  const Tick& own = tick(self);
  const tickcache_ticker& value = own.ticker;
  return Py_BuildValue(
      "N(iOLiLiLLKKIiiiiiiii)", restore, is_ticker ? 1 : 0, own.symbol,
      static_cast<long long>(value.price.mantissa), value.price.scale,
      static_cast<long long>(value.quantity.mantissa), value.quantity.scale,
      static_cast<long long>(value.exchange_time_ns), static_cast<long long>(value.received_ns),
      static_cast<unsigned long long>(value.updates), static_cast<unsigned long long>(own.missed),
      value.epoch, value.has_quantity, value.buyer_is_maker, value.connection, value.snapshot,
      value.lag_ms, value.overtaken, own.freshness, own.reason);
}

PyObject* tick_repr(PyObject* self) noexcept {
  const Ref price(price_str(self, nullptr));
  const Ref old(age(self, nullptr));
  if (!price || !old) return nullptr;
  return PyUnicode_FromFormat("Tick(symbol=%R, price=%U, age=%R)", tick(self).symbol, price.get(),
                              old.get());
}

PyObject* ticker_repr(PyObject* self) noexcept {
  const Ref price(price_str(self, nullptr));
  const Ref old(age(self, nullptr));
  if (!price || !old) return nullptr;
  return PyUnicode_FromFormat("Ticker(symbol=%R, price=%U, age=%R, freshness='%s')",
                              tick(self).symbol, price.get(), old.get(),
                              tickcache_freshness_text(tick(self).freshness));
}

void deallocate(PyObject* self) noexcept {
  Py_XDECREF(tick(self).symbol);
  free_object(self);
}

PyObject* make(PyObject* type, PyObject* symbol, const tickcache_ticker& ticker) noexcept {
  auto* const type_object = reinterpret_cast<PyTypeObject*>(type);
  PyObject* const self = PyType_GenericAlloc(type_object, 0);
  if (self == nullptr) return nullptr;
  tick(self).symbol = Ref::to(symbol).release();
  tick(self).ticker = ticker;
  return self;
}

PyGetSetDef tick_fields[] = {
    {"symbol", symbol, nullptr, "In upper case.", nullptr},
    {"price", price, nullptr, "The nearest float.", nullptr},
    {"price_str", price_str, nullptr, "The exact price, a plain decimal.", nullptr},
    {"quantity", quantity, nullptr, "The nearest float; None if not sent.", nullptr},
    {"quantity_str", quantity_str, nullptr, "Exact, a plain decimal; None if not sent.", nullptr},
    {"timestamp", timestamp, nullptr, "The exchange's time: ISO 8601, UTC; None if not sent.",
     nullptr},
    {"is_buyer_maker", is_buyer_maker, nullptr, "None if not sent.", nullptr},
    {"age", age, nullptr,
     "Seconds since tickcached received it, or asked for the snapshot, at the moment of asking.",
     nullptr},
    {"received_ns", received_ns, nullptr,
     "CLOCK_BOOTTIME at which tickcached received it, or asked for the snapshot.", nullptr},
    {"updates", updates, nullptr,
     "Ticks of this symbol up to and with this one; snapshots do not count.", nullptr},
    {"snapshot", snapshot, nullptr,
     "Whether it is no tick, but a price that tickcached asked for because no tick brought it.",
     nullptr},
    {"overtaken", overtaken, nullptr,
     "Whether it came after a snapshot with a newer price; only in streams.", nullptr},
    {"lag", lag, nullptr,
     "Delay in seconds compared with the fastest ticks; of a snapshot, how long the exchange took "
     "to answer. 0.0: none, or unknown.",
     nullptr},
    {"missed", missed, nullptr, "Ticks that were overwritten before this one could be read.",
     nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMethodDef tick_methods[] = {
    {"as_dict", tick_as_dict, METH_NOARGS, "The tick as a dict that is valid JSON."},
    {"__reduce__", reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot tick_slots[] = {
    {Py_tp_doc, const_cast<char*>("A tick of a symbol, or a snapshot of its price.")},
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
    {Py_tp_repr, reinterpret_cast<void*>(tick_repr)},
    {Py_tp_getset, tick_fields},
    {Py_tp_methods, tick_methods},
    {0, nullptr}};

PyGetSetDef ticker_fields[] = {
    {"freshness", freshness, nullptr,
     "'live', 'stale' or 'down': whether the price could be trusted when it was looked up.",
     nullptr},
    {"reason", reason, nullptr, "Why it is not live; None if it is.", nullptr},
    {"live", live, nullptr, "Whether the freshness is 'live'.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMethodDef ticker_methods[] = {
    {"as_dict", ticker_as_dict, METH_NOARGS, "What `tickcache get --json` prints, as a dict."},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot ticker_slots[] = {
    {Py_tp_doc, const_cast<char*>("The latest price of a symbol, and whether it can be trusted.")},
    {Py_tp_repr, reinterpret_cast<void*>(ticker_repr)},
    {Py_tp_getset, ticker_fields},
    {Py_tp_methods, ticker_methods},
    {0, nullptr}};

}  // namespace

PyType_Spec tick_type = {"tickcache.Tick", sizeof(Tick), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE |
                             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                         tick_slots};
PyType_Spec ticker_type = {
    "tickcache.Ticker", sizeof(Tick), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    ticker_slots};

PyObject* make_tick(const State& state, PyObject* symbol, const tickcache_ticker& ticker,
                    std::uint64_t missed) noexcept {
  PyObject* const self = make(state.tick_type, symbol, ticker);
  if (self != nullptr) tick(self).missed = missed;
  return self;
}

PyObject* make_ticker(const State& state, PyObject* symbol, const tickcache_ticker& ticker,
                      const tickcache_verdict& verdict) noexcept {
  PyObject* const self = make(state.ticker_type, symbol, ticker);
  if (self != nullptr) {
    tick(self).freshness = verdict.freshness;
    tick(self).reason = verdict.reason;
  }
  return self;
}

PyObject* restore_tick(const State& state, PyObject* args) noexcept {
  int is_ticker = 0;
  PyObject* symbol = nullptr;
  long long price = 0;
  int price_scale = 0;
  long long quantity = 0;
  int quantity_scale = 0;
  long long exchange_time_ns = 0;
  long long received_ns = 0;
  unsigned long long updates = 0;
  unsigned long long missed = 0;
  unsigned int epoch = 0;
  int has_quantity = 0;
  int buyer_is_maker = 0;
  int connection = 0;
  int snapshot = 0;
  int lag_ms = 0;
  int overtaken = 0;
  int freshness = 0;
  int reason = 0;
  if (PyArg_ParseTuple(args, "iULiLiLLKKIiiiiiiii", &is_ticker, &symbol, &price, &price_scale,
                       &quantity, &quantity_scale, &exchange_time_ns, &received_ns, &updates,
                       &missed, &epoch, &has_quantity, &buyer_is_maker, &connection, &snapshot,
                       &lag_ms, &overtaken, &freshness, &reason) == 0) {
    return nullptr;
  }
  tickcache_ticker ticker{};
  ticker.price.mantissa = price;
  ticker.price.scale = static_cast<std::uint8_t>(price_scale);
  ticker.quantity.mantissa = quantity;
  ticker.quantity.scale = static_cast<std::uint8_t>(quantity_scale);
  ticker.exchange_time_ns = exchange_time_ns;
  ticker.received_ns = received_ns;
  ticker.updates = updates;
  ticker.epoch = epoch;
  ticker.has_quantity = static_cast<std::int8_t>(has_quantity);
  ticker.buyer_is_maker = static_cast<std::int8_t>(buyer_is_maker);
  ticker.connection = static_cast<std::uint8_t>(connection);
  ticker.snapshot = static_cast<std::uint8_t>(snapshot);
  ticker.lag_ms = static_cast<std::uint16_t>(lag_ms);
  ticker.overtaken = static_cast<std::uint8_t>(overtaken);
  PyObject* const self = make(is_ticker != 0 ? state.ticker_type : state.tick_type, symbol, ticker);
  if (self == nullptr) return nullptr;
  tick(self).missed = missed;
  tick(self).freshness = freshness;
  tick(self).reason = reason;
  return self;
}

}  // namespace tickcache::python
