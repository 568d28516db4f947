// The C interface to Reader. No exception leaves it.
#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "libcache/c/c_records.hpp"
#include "libcache/reader/reader_impl.hpp"
#include "tickcache/tickcache.hpp"

struct tickcache_reader {
  explicit tickcache_reader(std::string_view segment) : reader(segment) {}
  tickcache::Reader reader;
};

namespace {

using namespace tickcache;

static_assert(TICKCACHE_ANY_AGE == Query::kAnyAge.count());
static_assert(TICKCACHE_EXACT_AGE == Query::kExactAge.count());
static_assert(sizeof(tickcache_handle) == sizeof(SymbolHandle));

static_assert(TICKCACHE_ERROR_SYSTEM == static_cast<int>(OpenError::system));
static_assert(TICKCACHE_ERROR_OTHER_CLOCK == static_cast<int>(OpenError::other_clock));
static_assert(TICKCACHE_ERROR_BAD_NAME == static_cast<int>(OpenError::bad_name));
static_assert(TICKCACHE_REASON_REJECTED == static_cast<int>(Reason::rejected));
static_assert(TICKCACHE_CHANGED == static_cast<int>(WaitResult::changed));
static_assert(TICKCACHE_IDLE_SPIN == static_cast<int>(IdleStrategy::spin));
static_assert(TICKCACHE_STOPPED == static_cast<int>(WaitResult::stopped));
static_assert(TICKCACHE_WAIT_ORDERS == layout::kWakeOrders);
static_assert(TICKCACHE_WAIT_TICKS == layout::kWakeTicks);
static_assert(TICKCACHE_CHANNEL_REFUSED == static_cast<int>(ChannelState::refused));

Query query_of(std::int64_t max_age_ns) {
  Query query;
  query.max_age = std::chrono::nanoseconds(max_age_ns);
  return query;
}

template <class R>
int give_verdict(const R& result, bool has_value, tickcache_verdict* verdict) {
  if (verdict != nullptr) {
    *verdict = {};
    verdict->age_ns = result.age_ns;
    verdict->freshness = static_cast<std::int32_t>(result.freshness);
    verdict->reason = static_cast<std::int32_t>(result.reason);
    verdict->has_value = has_value ? 1 : 0;
  }
  return static_cast<int>(result.freshness);
}

int give_ticker(const Result<Ticker>& result, tickcache_ticker* out, tickcache_verdict* verdict) {
  *out = {};
  if (result.has_value) to_c(result.value, *out);
  return give_verdict(result, result.has_value, verdict);
}

void give_live_price(const Ticker& ticker, std::int64_t age, tickcache_decimal& out,
                     tickcache_verdict* verdict) {
  // Two stores of eight bytes, as the caller will probably load them: the processor forwards a
  // store only to a load that it covers, and a stall would take a third of the lookup's time.
  const std::uint64_t scale = ticker.price_scale;
  out.mantissa = ticker.price_mantissa;
  std::memcpy(&out.scale, &scale, sizeof scale);
  if (verdict != nullptr) *verdict = {age, TICKCACHE_LIVE, 0, 1, 0};
}

/// The age of a stamp; -1 if it is 0, never.
std::int64_t age_or_never(std::int64_t now, std::int64_t stamp) {
  return stamp == 0 ? -1 : std::max<std::int64_t>(0, age_between(now, stamp));
}

/// Maps a number out of range to one that has no name.
int in_byte(int number) { return number >= 0 && number < 0xff ? number : 0xff; }

/// Calls use(handle) with the C++ form of `handle`, and stores its changes in `handle`.
template <class Use>
auto with_handle(tickcache_handle& handle, Use&& use) {
  auto symbol = std::bit_cast<SymbolHandle>(handle);
  auto result = use(symbol);
  handle = std::bit_cast<tickcache_handle>(symbol);
  return result;
}

}  // namespace

extern "C" {

int tickcache_open(const char* segment, tickcache_reader** reader, char* message,
                   size_t message_size) {
  return open_for_c(segment, reader, message, message_size);
}

void tickcache_close(tickcache_reader* reader) { delete reader; }

tickcache_handle tickcache_symbol(const char* symbol) {
  tickcache_handle result = {};
  const std::string_view text(symbol);
  if (text.size() < sizeof result.symbol) std::memcpy(result.symbol, text.data(), text.size());
  return result;
}

int tickcache_get(tickcache_reader* reader, const char* symbol, int64_t max_age_ns,
                  tickcache_ticker* out, tickcache_verdict* verdict) {
  return give_ticker(reader->reader.ticker(std::string_view(symbol), query_of(max_age_ns)), out,
                     verdict);
}

int tickcache_get_handle(tickcache_reader* reader, tickcache_handle* symbol, int64_t max_age_ns,
                         tickcache_ticker* out, tickcache_verdict* verdict) {
  const auto result = with_handle(*symbol, [&](SymbolHandle& handle) {
    return reader->reader.ticker(handle, query_of(max_age_ns));
  });
  return give_ticker(result, out, verdict);
}

int tickcache_price(tickcache_reader* reader, tickcache_handle* symbol, int64_t max_age_ns,
                    tickcache_decimal* out, tickcache_verdict* verdict) {
  Ticker ticker;
  std::int64_t age = 0;
  if (reader->reader.impl().live_tick(symbol->instance, symbol->cell, query_of(max_age_ns), ticker,
                                      age)) {
    give_live_price(ticker, age, *out, verdict);
    return TICKCACHE_LIVE;
  }
  tickcache_ticker slow;
  const int freshness = tickcache_get_handle(reader, symbol, max_age_ns, &slow, verdict);
  *out = slow.price;
  return freshness;
}

size_t tickcache_prices(tickcache_reader* reader, tickcache_handle* symbols, size_t count,
                        int64_t max_age_ns, tickcache_decimal* out, tickcache_verdict* verdicts) {
  Reader::Impl& impl = reader->reader.impl();
  size_t live = 0;
  for (size_t first = 0; first < count; first += Reader::Impl::kBatch) {
    const auto verdict_of = [=](size_t i) {
      return verdicts == nullptr ? nullptr : &verdicts[first + i];
    };
    live += impl.prices(
        std::min(count - first, Reader::Impl::kBatch), query_of(max_age_ns),
        [=](size_t i) { return std::pair(symbols[first + i].instance, symbols[first + i].cell); },
        [=](size_t i, const Ticker& ticker, std::int64_t age) {
          give_live_price(ticker, age, out[first + i], verdict_of(i));
        },
        [=](size_t i) {
          return tickcache_price(reader, &symbols[first + i], max_age_ns, &out[first + i],
                                 verdict_of(i)) == TICKCACHE_LIVE;
        });
  }
  return live;
}

int tickcache_last(tickcache_reader* reader, tickcache_handle* symbol, tickcache_ticker* out) {
  Ticker ticker;
  *out = {};
  const bool found = with_handle(
      *symbol, [&](SymbolHandle& handle) { return reader->reader.last(handle, ticker); });
  if (!found) return 0;
  to_c(ticker, *out);
  return 1;
}

size_t tickcache_snapshot(tickcache_reader* reader, int64_t max_age_ns,
                          tickcache_symbol_ticker* out, size_t capacity) {
  Reader& cache = reader->reader;
  return cache.impl().snapshot(query_of(max_age_ns), capacity,
                               [&](std::uint32_t i, const Query& once) {
                                 const SymbolTicker entry = cache.at(i, once);
                                 out[i] = {};
                                 copy_text(entry.symbol, out[i].symbol);
                                 give_ticker(entry.ticker, &out[i].ticker, &out[i].verdict);
                               });
}

int tickcache_error(const tickcache_reader* reader, char* message, size_t message_size) {
  const OpenError code = reader->reader.error();
  try {
    return give_message(code, reader->reader.error_message(), message, message_size);
  } catch (const std::bad_alloc& error) {
    return give_message(code, error.what(), message, message_size);
  }
}

int tickcache_orders(tickcache_reader* reader, int64_t max_age_ns, tickcache_order* out,
                     size_t capacity, size_t* count, int64_t* gap_since_unix_ns,
                     tickcache_verdict* verdict) {
  // Read into the end of the caller's memory, then moved into place. A tickcache_order is larger
  // than an Order, so no order is overwritten before it is moved.
  static_assert(sizeof(tickcache_order) > sizeof(Order) && sizeof(tickcache_order) % 8 == 0);
  auto* orders = reinterpret_cast<Order*>(reinterpret_cast<std::byte*>(out) +
                                          capacity * (sizeof(tickcache_order) - sizeof(Order)));
  const ListResult result = reader->reader.orders({orders, capacity}, query_of(max_age_ns));
  for (std::size_t i = 0; i < result.count; ++i) {
    const Order order = orders[i];
    to_c(order, result.first_position + i, out[i]);
  }
  *count = result.count;
  if (gap_since_unix_ns != nullptr) *gap_since_unix_ns = result.gap_since_ns;
  return give_verdict(result, result.count > 0, verdict);
}

int tickcache_portfolio_latest(tickcache_reader* reader, int64_t max_age_ns,
                               tickcache_portfolio* out, tickcache_verdict* verdict) {
  const Result<Portfolio> result = reader->reader.portfolio(query_of(max_age_ns));
  std::memcpy(out, &result.value, sizeof *out);  // zeros if there is none
  return give_verdict(result, result.has_value, verdict);
}

int tickcache_candles(tickcache_reader* reader, const char* symbol, const char* interval,
                      int64_t max_age_ns, tickcache_candle* out, size_t capacity, size_t* count,
                      tickcache_verdict* verdict) {
  const ListResult result = reader->reader.candles(
      symbol, interval, {reinterpret_cast<Candle*>(out), capacity}, query_of(max_age_ns));
  *count = result.count;
  return give_verdict(result, result.count > 0, verdict);
}

int tickcache_status(tickcache_reader* reader, tickcache_feed_status* out) {
  Status status;
  reader->reader.status(status);
  *out = {};
  out->feed = static_cast<std::int32_t>(status.feed);
  out->reason = static_cast<std::int32_t>(status.reason);
  out->instance = status.instance;
  out->writer_pid = status.writer_pid;
  out->key_accepted = status.key_accepted ? 1 : 0;
  out->started_unix_ns = status.started_unix_ns;
  out->heartbeat_age_ns = status.heartbeat_age_ns;
  out->symbols = status.symbols;
  out->orders = status.orders;
  out->portfolios = status.portfolios;
  out->messages = status.counter(Counter::messages);
  out->ticks = status.counter(Counter::ticks);
  for (auto i = static_cast<std::size_t>(Counter::rejected_json);
       i <= static_cast<std::size_t>(Counter::rejected_binary); ++i) {
    out->rejected += status.counters[i];
  }
  copy_text(status.version, out->version);
  copy_text(status.upstream, out->upstream);
  out->verified_age_ns = age_or_never(status.now_ns, status.verified_ns);
  out->verified_for_ns = status.verified_for_ns;
  for (const ConnectionStatus& connection : status.connections) {
    if (connection.state == ConnectionState::up) {
      out->lag_ns = std::max(out->lag_ns, connection.lag_ns);
    }
  }
  out->hops = status.hops;
  return out->feed;
}

size_t tickcache_channels(tickcache_reader* reader, tickcache_channel_status* out,
                          size_t capacity) {
  Status status;
  reader->reader.status(status);
  for (std::size_t i = 0; i < std::min(status.channel_count, capacity); ++i) {
    const ChannelStatus& from = status.channels[i];
    tickcache_channel_status& to = out[i];
    to = {};
    to.kind = static_cast<std::int32_t>(from.kind);
    to.state = static_cast<std::int32_t>(from.state);
    copy_text(from.symbol, to.symbol);
    copy_text(from.interval, to.interval);
    copy_text(from.reason, to.why);
    to.count = from.count;
    to.origin = static_cast<std::int32_t>(from.origin);
    to.last_data_age_ns = age_or_never(status.now_ns, from.last_data_ns);
  }
  return status.channel_count;
}

int tickcache_key_matches(const tickcache_reader* reader, const char* key) {
  return reader->reader.key_matches(key) ? 1 : 0;
}

uint32_t tickcache_wake_word(tickcache_reader* reader) { return reader->reader.wake_word(); }

int tickcache_wait(tickcache_reader* reader, uint32_t seen, unsigned topics, int64_t timeout_ns) {
  constexpr std::uint32_t kTopics = TICKCACHE_WAIT_ORDERS | TICKCACHE_WAIT_PORTFOLIO |
                                    TICKCACHE_WAIT_CANDLES | TICKCACHE_WAIT_TICKS;
  const std::uint32_t bits = (topics & kTopics) | layout::kWakeStatus;
  return static_cast<int>(reader->reader.impl().wait(seen, bits, timeout_ns));
}

int tickcache_wait_symbol(tickcache_reader* reader, uint32_t seen, tickcache_handle* symbol,
                          int64_t timeout_ns) {
  return with_handle(*symbol, [&](SymbolHandle& handle) {
    return static_cast<int>(
        reader->reader.wait(seen, handle, std::chrono::nanoseconds(timeout_ns)));
  });
}

int tickcache_set_idle_strategy(tickcache_reader* reader, int strategy) {
  return set_idle_strategy_of(reader->reader, strategy);
}

void tickcache_stop(tickcache_reader* reader) { reader->reader.stop(); }

size_t tickcache_decimal_text(tickcache_decimal value, char* out) {
  return static_cast<std::size_t>(Decimal{value.mantissa, value.scale, {}}.to_chars(out) - out);
}

double tickcache_decimal_double(tickcache_decimal value) {
  return Decimal{value.mantissa, value.scale, {}}.to_double();
}

const char* tickcache_freshness_text(int freshness) {
  return to_string(static_cast<Freshness>(in_byte(freshness)));
}

const char* tickcache_reason_text(int reason) {
  return to_string(static_cast<Reason>(in_byte(reason)));
}

int64_t tickcache_boot_clock(void) { return BootClock::now().time_since_epoch().count(); }

const char* tickcache_version(void) { return TICKCACHE_VERSION; }

}  // extern "C"
