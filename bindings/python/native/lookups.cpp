#include "lookups.hpp"

#include <cstdlib>
#include <new>

#include "question.hpp"
#include "text.hpp"
#include "tick.hpp"
#include "waiting.hpp"

namespace tickcache::python {
namespace {

/// How a price becomes an object.
using Form = PyObject* (Symbol::*)(tickcache_decimal price);

/// Asks the Python side, self._not_live(), which raises or returns what the caller gets.
PyObject* not_live(PyObject* self, PyObject* symbol, PyObject* value,
                   const tickcache_verdict& verdict, std::int64_t max_age_ns) noexcept {
  return PyObject_CallMethod(
      self, "_not_live", "OOssLL", symbol, value, tickcache_freshness_text(verdict.freshness),
      tickcache_reason_text(verdict.reason), static_cast<long long>(verdict.age_ns),
      static_cast<long long>(max_age_ns));
}

/// A price that the short way did not find live.
PyObject* judged(PyObject* self, Symbol& symbol, const Question& question, Form form) noexcept {
  tickcache_ticker ticker;
  tickcache_verdict verdict;
  tickcache_get_handle(lookups(self).reader, &symbol.handle, question.max_age_ns, &ticker,
                       &verdict);
  Ref value(verdict.has_value != 0 ? (symbol.*form)(ticker.price) : none());
  if (!value) return nullptr;
  const bool trusted = verdict.freshness == TICKCACHE_LIVE ||
                       verdict.freshness == TICKCACHE_MISSING || question.allow_stale;
  if (trusted) return value.release();
  // Its own reference: what is called may look up other symbols, and so reuse this one's place.
  const Ref name = Ref::to(symbol.name());
  return not_live(self, name.get(), value.get(), verdict, question.max_age_ns);
}

template <Form form>
PyObject* price_as(const char* function, PyObject* self, PyObject* const* arguments,
                   Py_ssize_t count, PyObject* names) noexcept {
  Question question;
  if (!question.read(*lookups(self).state, function, 1, arguments, count, names)) return nullptr;
  Lookups& own = lookups(self);
  Symbol* const symbol = own.symbols->find(question.symbol);
  if (symbol == nullptr) return nullptr;
  tickcache_decimal price;
  if (tickcache_price(own.reader, &symbol->handle, question.max_age_ns, &price, nullptr) ==
      TICKCACHE_LIVE) {
    return (symbol->*form)(price);
  }
  return judged(self, *symbol, question, form);
}

PyObject* price(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                PyObject* names) noexcept {
  return price_as<&Symbol::number>("price", self, arguments, count, names);
}

PyObject* price_str(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                    PyObject* names) noexcept {
  return price_as<&Symbol::text>("price_str", self, arguments, count, names);
}

PyObject* ticker(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                 PyObject* names) noexcept {
  Question question;
  if (!question.read(*lookups(self).state, "ticker", 1, arguments, count, names)) return nullptr;
  Lookups& own = lookups(self);
  Symbol* const symbol = own.symbols->find(question.symbol);
  if (symbol == nullptr) return nullptr;
  tickcache_ticker ticker;
  tickcache_verdict verdict;
  tickcache_get_handle(own.reader, &symbol->handle, question.max_age_ns, &ticker, &verdict);
  if (verdict.has_value != 0) {
    const Ref name(symbol->upper_name());
    return name ? make_ticker(*own.state, name.get(), ticker, verdict) : nullptr;
  }
  if (verdict.freshness == TICKCACHE_DOWN && !question.allow_stale) {
    return not_live(self, question.symbol, Py_None, verdict, question.max_age_ns);
  }
  return none();
}

/// All symbols as they are at one moment.
class Snapshot {
 public:
  ~Snapshot() { std::free(entries_); }

  /// False with an exception set if there is not enough memory.
  bool take(tickcache_reader* reader, std::int64_t max_age_ns) noexcept {
    std::size_t capacity = 0;
    size_ = tickcache_snapshot(reader, max_age_ns, nullptr, 0);
    while (size_ > capacity) {
      capacity = size_ + 16;
      std::free(entries_);
      entries_ = static_cast<tickcache_symbol_ticker*>(
          std::malloc(capacity * sizeof(tickcache_symbol_ticker)));
      if (entries_ == nullptr) {
        PyErr_NoMemory();
        return false;
      }
      size_ = tickcache_snapshot(reader, max_age_ns, entries_, capacity);
    }
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  const tickcache_symbol_ticker* begin() const noexcept { return entries_; }
  const tickcache_symbol_ticker* end() const noexcept { return entries_ + size_; }

 private:
  tickcache_symbol_ticker* entries_ = nullptr;
  std::size_t size_ = 0;
};

/// Without a single symbol nothing says whether the daemon runs.
bool feed_is_down(tickcache_reader* reader, tickcache_verdict& verdict) noexcept {
  tickcache_feed_status status;
  verdict = {};
  verdict.freshness = tickcache_status(reader, &status);
  verdict.reason = status.reason;
  return verdict.freshness == TICKCACHE_DOWN;
}

template <class MakeValue>
PyObject* prices_as(const char* function, PyObject* self, PyObject* const* arguments,
                    Py_ssize_t count, PyObject* names, MakeValue&& make_value) noexcept {
  Question question;
  if (!question.read(*lookups(self).state, function, 0, arguments, count, names)) return nullptr;
  Snapshot snapshot;
  tickcache_reader* const reader = lookups(self).reader;
  if (!snapshot.take(reader, question.max_age_ns)) return nullptr;
  tickcache_verdict verdict;
  if (snapshot.size() == 0 && !question.allow_stale && feed_is_down(reader, verdict)) {
    return not_live(self, Py_None, Py_None, verdict, question.max_age_ns);
  }
  Ref result(PyDict_New());
  if (!result) return nullptr;
  for (const tickcache_symbol_ticker& entry : snapshot) {
    if (entry.verdict.freshness == TICKCACHE_DOWN && !question.allow_stale) {
      return not_live(self, Py_None, Py_None, entry.verdict, question.max_age_ns);
    }
    const bool wanted = entry.verdict.freshness == TICKCACHE_LIVE || question.allow_stale;
    if (entry.verdict.has_value == 0 || !wanted) continue;
    const Ref name(text(entry.symbol));
    const Ref value(make_value(entry.ticker.price));
    if (!name || !value || PyDict_SetItem(result.get(), name.get(), value.get()) != 0) {
      return nullptr;
    }
  }
  return result.release();
}

PyObject* prices(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                 PyObject* names) noexcept {
  return prices_as("prices", self, arguments, count, names, [](tickcache_decimal price) {
    return PyFloat_FromDouble(tickcache_decimal_double(price));
  });
}

PyObject* prices_str(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                     PyObject* names) noexcept {
  return prices_as("prices_str", self, arguments, count, names,
                   [](tickcache_decimal price) { return text(price); });
}

PyObject* key_matches(PyObject* self, PyObject* key) noexcept {
  Py_ssize_t size = 0;
  const char* const bytes = PyUnicode_AsUTF8AndSize(key, &size);
  if (bytes == nullptr) return nullptr;
  return PyBool_FromLong(tickcache_key_matches(lookups(self).reader, bytes));
}

PyObject* error(PyObject* self, PyObject*) noexcept {
  char message[kMessageChars] = "";
  if (tickcache_error(lookups(self).reader, message, sizeof message) == TICKCACHE_OK) {
    return none();
  }
  return text(message);
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
  Lookups& own = lookups(self.get());
  own.state = state;
  own.symbols = new (std::nothrow) Symbols;
  if (own.symbols == nullptr || !own.symbols->valid()) return PyErr_NoMemory();
  char message[kMessageChars] = "";
  if (tickcache_open(segment, &own.reader, message, sizeof message) != TICKCACHE_OK) {
    raise_no_segment(message);
    return nullptr;
  }
  tickcache_set_idle_strategy(own.reader, strategy);
  return self.release();
}

void deallocate(PyObject* self) noexcept {
  Lookups& own = lookups(self);
  tickcache_close(own.reader);
  delete own.symbols;
  free_object(self);
}

constexpr int kNamed = METH_FASTCALL | METH_KEYWORDS;

PyMethodDef methods[] = {
    {"price", as_method(price), kNamed,
     "price($self, symbol, *, max_age=None, allow_stale=False)\n--\n\n"
     "The latest price as the nearest float; None if the symbol was never seen.\n"
     "Raises StalePrice or FeedDown unless it is live; allow_stale=True takes the last one."},
    {"price_str", as_method(price_str), kNamed,
     "price_str($self, symbol, *, max_age=None, allow_stale=False)\n--\n\n"
     "The latest price as text, an exact plain decimal; otherwise as price()."},
    {"ticker", as_method(ticker), kNamed,
     "ticker($self, symbol, *, max_age=None)\n--\n\n"
     "The latest tick of a symbol as a Ticker, which says whether it can be trusted; None if the\n"
     "symbol was never seen. Raises NoSegment if there is nothing to look at."},
    {"prices", as_method(prices), kNamed,
     "prices($self, /, *, max_age=None, allow_stale=False)\n--\n\n"
     "The prices of all symbols that are live, as floats; with allow_stale=True, of all symbols.\n"
     "Raises FeedDown if no daemon runs."},
    {"prices_str", as_method(prices_str), kNamed,
     "prices_str($self, /, *, max_age=None, allow_stale=False)\n--\n\n"
     "As prices(), as text: exact plain decimals."},
    {"_orders", orders, METH_VARARGS, nullptr},
    {"_portfolio", portfolio, METH_VARARGS, nullptr},
    {"_candles", candles, METH_VARARGS, nullptr},
    {"_status", status, METH_NOARGS, nullptr},
    {"_channels", channels, METH_NOARGS, nullptr},
    {"_key_matches", key_matches, METH_O, nullptr},
    {"_error", error, METH_NOARGS, nullptr},
    {"_wake_word", wake_word, METH_NOARGS, nullptr},
    {"_wait", wait, METH_VARARGS, nullptr},
    {"_stop", stop, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void*>(construct)},
                       {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
                       {Py_tp_methods, methods},
                       {0, nullptr}};

}  // namespace

PyType_Spec lookups_type = {"tickcache._native.Lookups", sizeof(Lookups), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
                            slots};

void raise_no_segment(const char* message) noexcept {
  const Ref errors(PyImport_ImportModule("tickcache.errors"));
  if (!errors) return;
  const Ref type(PyObject_GetAttrString(errors.get(), "NoSegment"));
  if (type) PyErr_SetString(type.get(), message);
}

}  // namespace tickcache::python
