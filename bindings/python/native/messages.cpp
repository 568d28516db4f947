#include "messages.hpp"

#include <cstring>

#include "records.hpp"
#include "text.hpp"

namespace tickcache::python {
namespace {

bool set(PyObject* dict, PyObject* key, const Ref& value) noexcept {
  return value && PyDict_SetItem(dict, key, value.get()) == 0;
}

PyObject* maker(const tickcache_ticker& ticker) noexcept {
  return ticker.buyer_is_maker < 0 ? none() : PyBool_FromLong(ticker.buyer_is_maker);
}

bool add(PyObject* dict, const char* key, const char* value) noexcept {
  const Ref text(value == nullptr ? none() : PyUnicode_InternFromString(value));
  return text && PyDict_SetItemString(dict, key, text.get()) == 0;
}

bool add_data_keys(const State& state, PyObject* dict) noexcept {
  for (const Key key : {kSymbol, kPrice, kQuantity, kTimestamp, kIsBuyerMaker}) {
    if (PyDict_SetItem(dict, state.keys[key], Py_None) != 0) return false;
  }
  return true;
}

}  // namespace

Names::~Names() {
  for (Name& name : table_) Py_XDECREF(name.text);
}

PyObject* Names::find(const char (&symbol)[32]) noexcept {
  std::uint64_t words[4];
  std::memcpy(words, symbol, sizeof words);
  const std::uint64_t mixed =
      (words[0] ^ (words[1] * 31) ^ (words[2] * 961) ^ (words[3] * 29791)) * 0x9e3779b97f4a7c15U;
  Name& name = table_[mixed >> 54U];
  static_assert(std::tuple_size_v<decltype(table_)> == 1U << 10U);
  if (name.text == nullptr || std::memcmp(name.bytes, symbol, sizeof name.bytes) != 0) {
    const Ref text(python::text(symbol));
    if (!text) return nullptr;
    PyObject* shared = Ref::to(text.get()).release();
    PyUnicode_InternInPlace(&shared);
    std::memcpy(name.bytes, symbol, sizeof name.bytes);
    Py_XDECREF(name.text);
    name.text = shared;
  }
  return name.text;
}

PyObject* tick_data_template(const State& state) noexcept {
  Ref dict(PyDict_New());
  return dict && add_data_keys(state, dict.get()) ? dict.release() : nullptr;
}

PyObject* tick_message_template(const State& state) noexcept {
  Ref dict(PyDict_New());
  if (!dict || !add(dict.get(), "channel", "ticker") || !add(dict.get(), "type", "ticker") ||
      !add_data_keys(state, dict.get())) {
    return nullptr;
  }
  for (const Key key : {kMissed, kReceivedNs, kSnapshot, kLag, kData}) {
    if (PyDict_SetItem(dict.get(), state.keys[key], Py_None) != 0) return nullptr;
  }
  return dict.release();
}

PyObject* tick_message(const State& state, PyObject* symbol,
                       const tickcache_event& event) noexcept {
  const tickcache_ticker& ticker = event.ticker;
  const Ref name = Ref::to(symbol);
  const Ref price(text(ticker.price));
  const Ref quantity(ticker.has_quantity != 0 ? text(ticker.quantity) : none());
  const Ref timestamp(utc(ticker.exchange_time_ns));
  const Ref is_buyer_maker(maker(ticker));
  const Ref missed(PyLong_FromUnsignedLongLong(event.missed));
  const Ref received(PyLong_FromLongLong(ticker.received_ns));
  const Ref snapshot(PyBool_FromLong(ticker.snapshot));
  const Ref lag(PyFloat_FromDouble(ticker.lag_ms / 1e3));
  const Ref data(PyDict_Copy(state.tick_data));
  Ref message(PyDict_Copy(state.tick_message));
  if (!data || !message) return nullptr;
  for (PyObject* const dict : {data.get(), message.get()}) {
    if (!set(dict, state.keys[kSymbol], name) || !set(dict, state.keys[kPrice], price) ||
        !set(dict, state.keys[kQuantity], quantity) ||
        !set(dict, state.keys[kTimestamp], timestamp) ||
        !set(dict, state.keys[kIsBuyerMaker], is_buyer_maker)) {
      return nullptr;
    }
  }
  const bool good = set(message.get(), state.keys[kMissed], missed) &&
                    set(message.get(), state.keys[kReceivedNs], received) &&
                    set(message.get(), state.keys[kSnapshot], snapshot) &&
                    set(message.get(), state.keys[kLag], lag) &&
                    set(message.get(), state.keys[kData], data);
  return good ? message.release() : nullptr;
}

PyObject* event_tuple(const tickcache_event& event) noexcept {
  const std::int64_t now = tickcache_boot_clock();
  const auto missed = static_cast<unsigned long long>(event.missed);
  switch (event.kind) {
    case TICKCACHE_EVENT_CANDLE:
      return Py_BuildValue("(sKN)", "candles", missed,
                           candle_tuple(event.symbol, event.interval, *event.candle, now));
    case TICKCACHE_EVENT_ORDER:
      return Py_BuildValue("(sKN)", "orders", missed, order_tuple(*event.order, now));
    case TICKCACHE_EVENT_PORTFOLIO:
      return Py_BuildValue("(sKN)", "portfolio", missed, portfolio_tuple(*event.portfolio, now));
    case TICKCACHE_EVENT_STATUS:
      return Py_BuildValue("(sss)", "status", tickcache_freshness_text(event.status),
                           tickcache_reason_text(event.reason));
    default:
      return Py_BuildValue("(siiK)", "gap", event.channel, event.cause, missed);
  }
}

}  // namespace tickcache::python
