// The symbol index and the tables of names: whoever finds an entry finds what it stands for.
#include <doctest/doctest.h>

#include "tests/proof/model/modelled_segment.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::model;
using tickcache::test::interval;
using tickcache::test::symbol;

std::uint64_t first_entry(const SymbolText& name) {
  return SymbolKey::from(name.view()).hash() % 64;  // the modelled index has no more entries
}

/// A symbol whose search begins where that of `other` does, so that it goes past the other's entry.
SymbolText neighbour_of(const SymbolText& other) {
  for (int n = 0;; ++n) {
    const SymbolText name = symbol("SYM" + std::to_string(n));
    if (first_entry(name) == first_entry(other)) return name;
  }
}

const SymbolText kFirst = symbol("BTCUSDT");
const SymbolText kSecond = neighbour_of(kFirst);

/// Tick number n of a symbol: no other has its price.
Ticker tick(const SymbolText& name, std::int64_t n) {
  Ticker ticker;
  ticker.set_price({(name == kFirst ? 1000 : 2000) + n, 0, {}});
  ticker.exchange_time_ns = ticker.price_mantissa;
  return ticker;
}

bool is_of(const SymbolText& name, const Ticker& ticker) {
  const Ticker wanted = tick(name, static_cast<std::int64_t>(ticker.updates));
  return ticker.updates > 0 && ticker.price_mantissa == wanted.price_mantissa &&
         ticker.exchange_time_ns == wanted.exchange_time_ns;
}

/// Two symbols come, the first one twice.
void insert(CacheWriter& writer) {
  writer.ticker(0, kFirst, tick(kFirst, 1), kStart);
  writer.ticker(0, kSecond, tick(kSecond, 1), kStart);
  writer.ticker(0, kFirst, tick(kFirst, 2), kStart);
}

std::string find(const SegmentView& view, const SymbolText& name) {
  const auto cell = view.find(SymbolKey::from(name.view()));
  if (!cell) return {};
  Ticker ticker;
  std::uint64_t retries = 0;
  if (view.ticker(*cell).latest(ticker, retries) != ReadResult::ok) return "found, but empty";
  if (!is_of(name, ticker)) return "found, but not its tick";
  if (view.symbol(*cell) != name) return "found, but under another name";
  return {};
}

/// As a reader that goes through the index itself: whoever sees an entry sees what it stands for.
std::string walk(const SegmentView& view) {
  for (std::uint64_t i = 0; i < view.index_size(); ++i) {
    const std::uint64_t entry = view.index(i).load(std::memory_order_acquire);
    if (entry == 0) continue;
    const SymbolText name = view.symbol(static_cast<std::uint32_t>(entry) - 1);
    if (name != kFirst && name != kSecond) return "entered, but without its name";
    const std::string wrong = find(view, name);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

/// As a feed does it: a tick of the tape says which symbol it is of by the cell's number.
std::string follow(const SegmentView& view) {
  for (std::uint64_t position = 1; position <= 3; ++position) {
    Ticker ticker;
    if (view.tape().read(position, ticker) != ReadResult::ok) return {};
    const SymbolText name = view.symbol(ticker.symbol_index);
    if (name != (position == 2 ? kSecond : kFirst)) return "on the tape, but without its name";
    if (!is_of(name, ticker)) return "on the tape, but not its tick";
    const auto cell = view.find(SymbolKey::from(name.view()));
    if (cell != ticker.symbol_index) return "on the tape, but not found";
    Ticker latest;
    std::uint64_t retries = 0;
    if (view.ticker(*cell).latest(latest, retries) != ReadResult::ok ||
        latest.updates < ticker.updates) {
      return "on the tape, but not in its cell";
    }
  }
  return {};
}

std::string list(const SegmentView& view) {
  const std::uint32_t count = view.symbol_count();
  for (std::uint32_t i = 0; i < count; ++i) {
    const SymbolText name = view.symbol(i);
    if (name != (i == 0 ? kFirst : kSecond)) return "counted, but without its name";
    Ticker ticker;
    std::uint64_t retries = 0;
    if (view.ticker(i).latest(ticker, retries) != ReadResult::ok) return "counted, but empty";
    if (!is_of(name, ticker)) return "counted, but not its tick";
  }
  return {};
}

Outcome run(const Mutation& mutation, std::string (*read)(const SegmentView&)) {
  ModelledSegment segment;
  segment.writer().begin_epoch(0, kStart, kStart);
  return segment.run(
      mutation, [&] { insert(segment.writer()); }, [&] { return read(segment.view()); });
}

std::string find_both(const SegmentView& view) {
  const std::string wrong = find(view, kSecond);
  return wrong.empty() ? find(view, kFirst) : wrong;
}

Outcome run_all(const Mutation& mutation) {
  Outcome all;
  for (const auto read : {&list, &walk, &follow, &find_both}) {
    const Outcome outcome = run(mutation, read);
    all.executions += outcome.executions;
    all.violation = outcome.violation;
    if (!all.good()) break;
  }
  return all;
}

Outcome run_series(const Mutation& mutation) {
  ModelledSegment segment;
  segment.writer().begin_epoch(0, kStart, kStart);
  Candle candle;
  candle.closed = 1;
  return segment.run(
      mutation,
      [&] {
        segment.writer().candle(0, kFirst, interval("1m"), candle, kStart);
        segment.writer().candle(0, kSecond, interval("1h"), candle, kStart);
      },
      [&]() -> std::string {
        const SegmentView& view = segment.view();
        for (std::uint32_t i = 0; i < view.series_count(); ++i) {
          const bool first = i == 0;
          if (view.series_symbol(i) != (first ? kFirst : kSecond) ||
              view.series_interval(i) != interval(first ? "1m" : "1h")) {
            return "counted, but without its name";
          }
        }
        return {};
      });
}

struct Mutant {
  std::string what;
  Mutation mutation;
};

using Kind = Mutation::Kind;
const Mutant kMutants[] = {
    {"publish_symbol(): the entry is stored relaxed", {Kind::relax_stores, "index *", ""}},
    {"find(): the entry is loaded relaxed", {Kind::relax_loads, "index *", ""}},
    {"ticker(): the entry before the cell", {Kind::hold_stores, "cell *", "index *"}},
    {"ticker(): the entry before the name", {Kind::hold_stores, "name *", "index *"}},
    {"publish_symbol(): the count is stored relaxed", {Kind::relax_stores, "symbol_count", ""}},
    {"symbol_count(): the count is loaded relaxed", {Kind::relax_loads, "symbol_count", ""}},
    {"ticker(): the count before the name", {Kind::hold_stores, "name *", "symbol_count"}},
    {"ticker(): the count before the cell", {Kind::hold_stores, "cell *", "symbol_count"}},
    {"ticker(): the tape before the entry", {Kind::hold_stores, "index *", "tape head"}},
    {"ticker(): the tape before the cell", {Kind::hold_stores, "cell * head", "tape head"}},
};

const Mutant kSeriesMutants[] = {
    {"insert_series(): the count is stored relaxed", {Kind::relax_stores, "series_count", ""}},
    {"series_count(): the count is loaded relaxed", {Kind::relax_loads, "series_count", ""}},
    {"insert_series(): the count before the name",
     {Kind::hold_stores, "series name *", "series_count"}},
};

}  // namespace

TEST_CASE("the symbol index: what is found or counted has its name and its tick") {
  const Outcome outcome = run_all({});
  CHECK(outcome.violation == "");
  CHECK(outcome.executions > 50);
  MESSAGE(outcome.executions << " executions");
  const Outcome series = run_series({});
  CHECK(series.violation == "");
  CHECK(series.executions > 2);
  MESSAGE("candle series: " << series.executions << " executions");
}

TEST_CASE("the symbol index: each of its orders is needed") {
  for (const Mutant& mutant : kMutants) {
    CAPTURE(mutant.what);
    const Outcome outcome = run_all(mutant.mutation);
    CHECK_FALSE(outcome.good());
    MESSAGE(mutant.what << ": " << outcome.violation);
  }
  for (const Mutant& mutant : kSeriesMutants) {
    CAPTURE(mutant.what);
    const Outcome outcome = run_series(mutant.mutation);
    CHECK_FALSE(outcome.good());
    MESSAGE(mutant.what << ": " << outcome.violation);
  }
}
