// Lookups: orders, portfolio, candles, and what the daemon says about itself.
#include <cstdlib>

#include "lookups.hpp"
#include "records.hpp"
#include "text.hpp"

namespace tickcache::python {
namespace {

/// Memory for `count` records; data() is nullptr with an exception set if there is not enough.
template <class Record>
class Buffer {
 public:
  explicit Buffer(std::size_t count) noexcept
      : records_(static_cast<Record*>(std::calloc(count == 0 ? 1 : count, sizeof(Record)))) {
    if (records_ == nullptr) PyErr_NoMemory();
  }
  ~Buffer() { std::free(records_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] Record* data() const noexcept { return records_; }

 private:
  Record* records_;
};

/// More than any segment keeps.
constexpr Py_ssize_t kMostRecords = 100'000;

std::size_t bounded(Py_ssize_t count) noexcept {
  if (count < 0) return 0;
  return static_cast<std::size_t>(count < kMostRecords ? count : kMostRecords);
}

/// (freshness, reason, records)
template <class Record, class MakeTuple>
PyObject* judged_list(const tickcache_verdict& verdict, const Buffer<Record>& buffer,
                      std::size_t count, MakeTuple&& make_tuple) noexcept {
  Ref list(PyList_New(static_cast<Py_ssize_t>(count)));
  if (!list) return nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    PyObject* const record = make_tuple(buffer.data()[i]);
    if (record == nullptr) return nullptr;
    PyList_SetItem(list.get(), static_cast<Py_ssize_t>(i), record);
  }
  return Py_BuildValue("(ssN)", tickcache_freshness_text(verdict.freshness),
                       tickcache_reason_text(verdict.reason), list.release());
}

}  // namespace

// _orders(n, max_age) -> (freshness, reason, [order, …], gap_since)
PyObject* orders(PyObject* self, PyObject* args) noexcept {
  Py_ssize_t wanted = 0;
  PyObject* max_age = nullptr;
  std::int64_t max_age_ns = TICKCACHE_ANY_AGE;
  if (PyArg_ParseTuple(args, "nO", &wanted, &max_age) == 0 ||
      !read_seconds(max_age, "max_age", TICKCACHE_ANY_AGE, max_age_ns)) {
    return nullptr;
  }
  const std::size_t capacity = bounded(wanted);
  const Buffer<tickcache_order> buffer(capacity);
  if (buffer.data() == nullptr) return nullptr;
  std::size_t count = 0;
  std::int64_t gap_since = 0;
  tickcache_verdict verdict;
  tickcache_orders(lookups(self).reader, max_age_ns, buffer.data(), capacity, &count, &gap_since,
                   &verdict);
  const std::int64_t now = tickcache_boot_clock();
  const Ref judged(judged_list(verdict, buffer, count, [now](const tickcache_order& order) {
    return order_tuple(order, now);
  }));
  const Ref gap(utc(gap_since));
  if (!judged || !gap) return nullptr;
  const Ref last(PyTuple_Pack(1, gap.get()));
  return last ? PySequence_Concat(judged.get(), last.get()) : nullptr;
}

// _portfolio(max_age) -> (freshness, reason, portfolio or None)
PyObject* portfolio(PyObject* self, PyObject* args) noexcept {
  PyObject* max_age = nullptr;
  std::int64_t max_age_ns = TICKCACHE_ANY_AGE;
  if (PyArg_ParseTuple(args, "O", &max_age) == 0 ||
      !read_seconds(max_age, "max_age", TICKCACHE_ANY_AGE, max_age_ns)) {
    return nullptr;
  }
  tickcache_portfolio snapshot;
  tickcache_verdict verdict;
  tickcache_portfolio_latest(lookups(self).reader, max_age_ns, &snapshot, &verdict);
  PyObject* const record =
      verdict.has_value != 0 ? portfolio_tuple(snapshot, tickcache_boot_clock()) : none();
  return Py_BuildValue("(ssN)", tickcache_freshness_text(verdict.freshness),
                       tickcache_reason_text(verdict.reason), record);
}

// _candles(symbol, interval, n, max_age) -> (freshness, reason, [candle, …])
PyObject* candles(PyObject* self, PyObject* args) noexcept {
  const char* symbol = nullptr;
  const char* interval = nullptr;
  Py_ssize_t wanted = 0;
  PyObject* max_age = nullptr;
  std::int64_t max_age_ns = TICKCACHE_ANY_AGE;
  if (PyArg_ParseTuple(args, "ssnO", &symbol, &interval, &wanted, &max_age) == 0 ||
      !read_seconds(max_age, "max_age", TICKCACHE_ANY_AGE, max_age_ns)) {
    return nullptr;
  }
  const std::size_t capacity = bounded(wanted);
  const Buffer<tickcache_candle> buffer(capacity);
  if (buffer.data() == nullptr) return nullptr;
  std::size_t count = 0;
  tickcache_verdict verdict;
  tickcache_candles(lookups(self).reader, symbol, interval, max_age_ns, buffer.data(), capacity,
                    &count, &verdict);
  const std::int64_t now = tickcache_boot_clock();
  return judged_list(verdict, buffer, count, [&](const tickcache_candle& candle) {
    return candle_tuple(symbol, interval, candle, now);
  });
}

// _status() -> (feed, reason, upstream, version, pid, instance, started_at, heartbeat_age,
// key_accepted, symbols, orders, portfolios, messages, ticks, rejected, verified_age, verified_for,
// lag, hops)
PyObject* status(PyObject* self, PyObject*) noexcept {
  tickcache_feed_status status;
  tickcache_status(lookups(self).reader, &status);
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  return Py_BuildValue("(ssNNIKNNNKKKKKKNNNK)", tickcache_freshness_text(status.feed),
                       tickcache_reason_text(status.reason), text_or_none(status.upstream),
                       text_or_none(status.version), status.writer_pid, number(status.instance),
                       utc(status.started_unix_ns), seconds(status.heartbeat_age_ns),
                       PyBool_FromLong(status.key_accepted), number(status.symbols),
                       number(status.orders), number(status.portfolios), number(status.messages),
                       number(status.ticks), number(status.rejected),
                       status.verified_age_ns < 0 ? none() : seconds(status.verified_age_ns),
                       seconds(status.verified_for_ns), seconds(status.lag_ns),
                       number(status.hops));
}

// _channels() -> [(kind, state, symbol, interval, why, count, last_data_age), …]
PyObject* channels(PyObject* self, PyObject*) noexcept {
  tickcache_reader* const reader = lookups(self).reader;
  constexpr std::size_t kCapacity = 256;  // a segment has room for 128
  const Buffer<tickcache_channel_status> buffer(kCapacity);
  if (buffer.data() == nullptr) return nullptr;
  const std::size_t there = tickcache_channels(reader, buffer.data(), kCapacity);
  const std::size_t count = there < kCapacity ? there : kCapacity;
  Ref list(PyList_New(static_cast<Py_ssize_t>(count)));
  if (!list) return nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    const tickcache_channel_status& channel = buffer.data()[i];
    PyObject* const record = Py_BuildValue(
        "(iiNNNKN)", channel.kind, channel.state, text(channel.symbol), text(channel.interval),
        text_or_none(channel.why), static_cast<unsigned long long>(channel.count),
        channel.last_data_age_ns < 0 ? none() : seconds(channel.last_data_age_ns));
    if (record == nullptr) return nullptr;
    PyList_SetItem(list.get(), static_cast<Py_ssize_t>(i), record);
  }
  return list.release();
}

}  // namespace tickcache::python
