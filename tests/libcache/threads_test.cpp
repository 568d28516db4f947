// A writer at full speed and readers in threads that share its one mapping, so that
// ThreadSanitizer sees both sides.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "libcache/reader/judge.hpp"
#include "libcache/writer/writer.hpp"
#include "support/seed.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/payload.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

constexpr std::uint32_t kSymbols = 4;
constexpr std::uint64_t kEpochEvery = 512;  ///< rounds

SegmentView reading(const CacheWriter& writer) {
  return {writer.view().base(), writer.view().header()};
}

std::string symbol_name(std::uint64_t n) { return "SYM" + std::to_string(n) + "USDT"; }

/// The reason, connection and state of channel record number n, which is its changed_ns.
std::string reason_of(std::uint64_t n) { return "reason " + std::to_string(mix(n)); }

/// Writes everything there is, each record from a number of its own.
class Writing {
 public:
  explicit Writing(CacheWriter& writer) : writer_(writer) {
    for (std::uint32_t i = 0; i < kSymbols; ++i) symbols_.push_back(symbol(symbol_name(i)));
  }

  void round(std::uint64_t n) {
    const auto now = static_cast<std::int64_t>(n);
    if (n % kEpochEvery == 1) begin_epoch();
    const std::uint64_t update = (n - 1) / kSymbols + 1;
    writer_.ticker(0, symbols_[(n - 1) % kSymbols], make_ticker(update), now);
    writer_.candle(0, symbols_[0], kInterval, make_candle(n, n % 2 == 0), now);
    writer_.order(0, make_order(n), now);
    writer_.portfolio(0, make_portfolio(n), now);
    writer_.set_channel(ChannelKind::orders, {}, {}, static_cast<std::uint8_t>(n % 16),
                        static_cast<ChannelState>(1 + n % 4), reason_of(n), now);
    writer_.beat(now);
    if (n % 16 == 0) writer_.flush();
  }

  static inline const IntervalText kInterval = interval("1m");

 private:
  /// Gap mark e says since = 1000 e.
  void begin_epoch() {
    const auto stamp = static_cast<std::int64_t>(++epoch_) * 1000;
    writer_.message(0, 1, stamp);  // the last one before the loss
    writer_.set_connection(0, ConnectionState::waiting, stamp);
    writer_.begin_epoch(0, stamp, stamp);
  }

  CacheWriter& writer_;
  std::vector<SymbolText> symbols_;
  std::uint64_t epoch_ = 0;
};

/// What a reader saw of one part.
struct Tally {
  std::uint64_t reads = 0;
  std::uint64_t changes = 0;
  std::uint64_t wrong = 0;
  std::uint64_t busy = 0;
  std::uint64_t last = 0;

  void add(ReadResult result, std::uint64_t number, bool right) {
    ++reads;
    if (result == ReadResult::busy) ++busy;
    if (result != ReadResult::ok) return;
    if (!right || number < last) ++wrong;  // torn, or back in time
    if (number != last) ++changes;
    last = number;
  }
};

enum PartRead { kTicker, kOpen, kClosed, kOrder, kSnapshot, kChannel, kGap, kPartReads };
const std::string kPartNames[] = {
    "tickers", "open candles", "closed candles", "orders", "portfolio", "channels", "gaps"};

/// Reads every part in turn, from a view that it shares with the writer.
class Reading {
 public:
  explicit Reading(const SegmentView& view) : view_(view) {}

  void round() {
    read_ticker();
    read_candles();
    Order order;
    ReadResult result = view_.orders().latest(order, retries);
    add(kOrder, result, order.filled_at_ns, is_whole(order));
    Portfolio portfolio;
    result = view_.portfolio().latest(portfolio, retries);
    add(kSnapshot, result, portfolio.exchange_time_ns, is_whole(portfolio));
    layout::ChannelRecord channel;
    result = view_.channel_count() == 0 ? ReadResult::empty
                                        : view_.channel_record(0).latest(channel, retries);
    const auto n = static_cast<std::uint64_t>(channel.changed_ns);
    add(kChannel, result, channel.changed_ns,
        channel.reason == reason_of(n) && channel.connection == n % 16 &&
            channel.state == 1 + n % 4);
    layout::Gap gap;
    result = view_.order_gap().latest(gap, retries);
    add(kGap, result, static_cast<std::int64_t>(gap.epoch),
        gap.since_unix_ns == static_cast<std::int64_t>(gap.epoch) * 1000);
  }

  std::array<Tally, kPartReads> tallies{};
  std::uint64_t retries = 0;
  std::uint64_t early_epochs = 0;

 private:
  void add(PartRead part, ReadResult result, std::int64_t number, bool right) {
    tallies[part].add(result, static_cast<std::uint64_t>(number), right);
  }

  void read_ticker() {
    const auto cell = view_.find(SymbolKey::from("sym1usdt"));
    if (!cell) return;
    Ticker ticker;
    const ReadResult result = view_.ticker(*cell).latest(ticker, retries);
    add(kTicker, result, static_cast<std::int64_t>(ticker.updates),
        is_whole(ticker) && ticker.symbol_index == *cell);
    // The connection's word tells of an epoch before any record of it can be seen.
    const Signals signals = load_signals(view_, 0);
    if (ticker.epoch > layout::session_epoch(signals.session)) ++early_epochs;
  }

  void read_candles() {
    if (view_.series_count() == 0) return;
    Candle candle;
    ReadResult result = view_.open_candle(0).latest(candle, retries);
    add(kOpen, result, candle.open_time_ns, is_whole(candle) && candle.closed == 0);
    result = view_.closed_candles(0).latest(candle, retries);
    add(kClosed, result, candle.open_time_ns, is_whole(candle) && candle.closed == 1);
  }

  SegmentView view_;
};

/// Follows the tape from its beginning, as one who wants every tick.
class TapeReading {
 public:
  explicit TapeReading(const SegmentView& view) : tape_(view.tape()) {}

  void round() {
    Ticker ticker;
    switch (tape_.read(next_, ticker)) {
      case ReadResult::ok:
        ++seen;
        if (!is_whole(ticker) || ticker.symbol_index >= kSymbols ||
            ticker.updates <= last_[ticker.symbol_index]) {
          ++wrong;
        } else {
          last_[ticker.symbol_index] = ticker.updates;
        }
        ++next_;
        break;
      case ReadResult::lapped: {
        const std::uint64_t resume = tape_.head() - tape_.readable() / 2;
        missed += resume - next_;
        ++laps;
        next_ = resume;
        break;
      }
      default:
        break;  // it has caught up
    }
  }
  [[nodiscard]] std::uint64_t position() const { return next_ - 1; }

  std::uint64_t seen = 0, missed = 0, laps = 0, wrong = 0;

 private:
  Ring<Ticker, const layout::Word> tape_;
  std::uint64_t next_ = 1;
  std::uint64_t last_[kSymbols] = {};
};

}  // namespace

TEST_CASE("every part of one mapping is read whole while it is written at full speed") {
  const SegmentName name;
  CacheWriter writer(options(name), 1);
  const SegmentView view = reading(writer);
  std::atomic<bool> stop{false};
  std::atomic<unsigned> satisfied{0};
  std::atomic<std::uint64_t> rounds{0};

  constexpr std::uint64_t kChanges = 300;
  std::vector<Reading> readings(2, Reading(view));
  std::vector<std::thread> threads;
  for (Reading& reading : readings) {
    threads.emplace_back([&] {
      bool enough = false;
      while (!stop.load(std::memory_order_relaxed)) {
        reading.round();
        if (enough) continue;
        enough = true;
        for (std::size_t i = 0; i < kPartReads; ++i) {
          enough = enough && reading.tallies[i].changes >= (i == kGap ? 20 : kChanges);
        }
        if (enough) satisfied.fetch_add(1);
      }
    });
  }
  threads.emplace_back([&] {
    Writing writing(writer);
    for (std::uint64_t n = 1; !stop.load(std::memory_order_relaxed); ++n) {
      writing.round(n);
      rounds.store(n, std::memory_order_relaxed);
    }
  });
  const bool overlapped = soon([&] { return satisfied.load() == readings.size(); });
  stop = true;
  for (std::thread& thread : threads) thread.join();

  CHECK(overlapped);
  MESSAGE(rounds.load() << " rounds written");
  for (const Reading& reading : readings) {
    for (std::size_t i = 0; i < kPartReads; ++i) {
      CAPTURE(kPartNames[i]);
      const Tally& tally = reading.tallies[i];
      CHECK(tally.wrong == 0);
      CHECK(tally.busy == 0);
      CHECK(tally.changes > 0);
    }
    CHECK(reading.early_epochs == 0);
    MESSAGE(reading.tallies[kTicker].reads << " rounds read, " << reading.retries << " retries");
  }
}

TEST_CASE("fault 42: a reader of the tape gets every tick once and is told how many it missed") {
  const SegmentName name;
  WriterOptions small = options(name);
  small.capacities.tape = 64;
  CacheWriter writer(small, 1);
  const SegmentView view = reading(writer);
  std::atomic<bool> stop{false};
  std::atomic<bool> written{false};

  std::atomic<std::uint64_t> position{0};
  std::atomic<std::uint64_t> lap_from{0};
  constexpr std::uint64_t kHead = 200;  // how far the writer gets ahead before it is followed
  std::thread writing([&] {
    std::vector<SymbolText> symbols;
    for (std::uint32_t i = 0; i < kSymbols; ++i) symbols.push_back(symbol(symbol_name(i)));
    std::uint64_t n = 0;
    for (std::uint64_t burst = 1; !stop.load(std::memory_order_relaxed); ++burst) {
      // Short bursts that the reader is waited for after, and some that lap it.
      const bool laps = burst % 8 == 0;
      if (laps) lap_from.store(n, std::memory_order_relaxed);
      const std::uint64_t end = n + (laps ? 500 : 1 + mix(burst) % 50);
      for (; n < end; ++n) {
        writer.ticker(0, symbols[n % kSymbols], make_ticker(n / kSymbols + 1), 1);
      }
      while (position.load(std::memory_order_relaxed) < n && !stop) {
        std::this_thread::sleep_for(std::chrono::microseconds(20));
      }
    }
    written = true;
  });
  TapeReading tape(view);
  while (tape.seen < 5000 || tape.laps < 10) {
    const std::uint64_t from = lap_from.load(std::memory_order_relaxed);
    if (from > 0 && view.tape().head() < from + kHead) continue;
    tape.round();
    position.store(tape.position(), std::memory_order_relaxed);
  }
  stop = true;
  while (!written || tape.position() < view.tape().head()) tape.round();
  writing.join();

  MESSAGE(tape.seen << " ticks seen, " << tape.laps << " laps, " << tape.missed << " missed");
  CHECK(tape.seen >= 5000);
  CHECK(tape.laps >= 10);
  CHECK(tape.wrong == 0);
  CHECK(tape.seen + tape.missed == view.tape().head());
}

TEST_CASE("symbols appear whole while readers look them up") {
  const SegmentName name;
  WriterOptions large = options(name);
  large.capacities.symbols = 4096;
  CacheWriter writer(large, 1);
  const SegmentView view = reading(writer);
  const std::uint64_t seed = seed_or(77);
  INFO("TICKCACHE_TEST_SEED=" << seed);

  struct Seen {
    std::uint64_t wrong = 0, found = 0, absent = 0, counts = 0, last_count = 0;
  };
  std::vector<Seen> seen(2);
  std::array<std::atomic<std::uint64_t>, 2> rounds{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < seen.size(); ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(seed + t);
      Seen& my = seen[t];
      std::vector<std::optional<std::uint32_t>> cells(4096);
      while (my.last_count < 4096) {
        const std::uint32_t count = view.symbol_count();
        if (count != my.last_count) ++my.counts;
        if (count < my.last_count) ++my.wrong;
        my.last_count = count;
        rounds[t].fetch_add(1, std::memory_order_relaxed);
        const std::uint64_t n = random() % 4096;
        const auto cell = view.find(SymbolKey::from(symbol_name(n)));
        if (!cell) {
          ++my.absent;
          if (cells[n] || n < count) ++my.wrong;  // it had been there
          continue;
        }
        ++my.found;
        if (cells[n] && *cells[n] != *cell) ++my.wrong;
        cells[n] = *cell;
        Ticker ticker;
        std::uint64_t retries = 0;
        if (view.ticker(*cell).latest(ticker, retries) != ReadResult::ok || !is_whole(ticker) ||
            ticker.symbol_index != *cell || !(view.symbol(*cell) == symbol_name(n))) {
          ++my.wrong;
        }
      }
    });
  }
  std::thread writing([&] {
    for (std::uint64_t n = 0; n < 4096; ++n) {
      writer.ticker(0, symbol(symbol_name(n)), make_ticker(1), 1);
      if (n % 64 != 0) continue;
      // So that the readers meet many stages, even on one core.
      for (const auto& round : rounds) {
        const std::uint64_t before = round.load(std::memory_order_relaxed);
        CHECK(soon([&] { return round.load(std::memory_order_relaxed) >= before + 2; }));
      }
    }
  });
  writing.join();
  for (std::thread& thread : threads) thread.join();

  for (const Seen& my : seen) {
    CHECK(my.wrong == 0);
    MESSAGE(my.found << " found, " << my.absent << " absent, " << my.counts << " stages seen");
    CHECK(my.counts >= 64);
    CHECK(my.found + my.absent > 0);
  }
}
