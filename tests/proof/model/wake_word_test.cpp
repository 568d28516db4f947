// The wake word: who looks at it, then at the data, and then sleeps, misses nothing.
#include <doctest/doctest.h>

#include "tests/proof/model/modelled_segment.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::model;
using tickcache::test::symbol;

const SymbolText kSymbol = symbol("BTCUSDT");
constexpr std::int64_t kTicks = 3;

Ticker tick(std::int64_t price) {
  Ticker ticker;
  ticker.set_price({price, 0, {}});
  return ticker;
}

/// Ticks 2 and 3 come in a batch each. `order` is what the waiter does first.
Outcome wait_for_ticks(const Mutation& mutation, bool word_first) {
  ModelledSegment segment;
  segment.writer().begin_epoch(0, kStart, kStart);
  segment.writer().ticker(0, kSymbol, tick(1), kStart);
  segment.writer().flush();
  return segment.run(
      mutation,
      [&] {
        for (std::int64_t i = 2; i <= kTicks; ++i) {
          segment.writer().ticker(0, kSymbol, tick(i), kStart);
          segment.writer().flush();
        }
      },
      [&]() -> std::string {
        Reader& reader = segment.reader();
        std::uint32_t word = word_first ? reader.wake_word() : 0;
        Ticker seen;
        if (!reader.last(kSymbol.view(), seen)) return "no value";
        if (!word_first) word = reader.wake_word();
        reader.wait(word, Topics::ticks(), std::chrono::nanoseconds(1));
        const bool last = seen.price_mantissa == kTicks;
        return Memory::active()->slept() && !last ? "sleeps, and nobody will wake it" : "";
      });
}

struct Mutant {
  std::string what;
  Mutation mutation;
};
using Kind = Mutation::Kind;
const Mutant kMutants[] = {
    {"flush(): the word is stored relaxed", {Kind::relax_stores, "wake", ""}},
    {"wake_word(): the word is loaded relaxed", {Kind::relax_loads, "wake", ""}},
    {"flush(): the bump before the data", {Kind::hold_stores, "cell *", "wake"}},
};

}  // namespace

TEST_CASE("the wake word: no update is slept through") {
  const Outcome outcome = wait_for_ticks({}, true);
  CHECK(outcome.violation == "");
  CHECK(outcome.executions > 100);
  MESSAGE(outcome.executions << " executions");
}

TEST_CASE("the wake word: each of its orders is needed") {
  for (const Mutant& mutant : kMutants) {
    CAPTURE(mutant.what);
    const Outcome outcome = wait_for_ticks(mutant.mutation, true);
    CHECK_FALSE(outcome.good());
    MESSAGE(mutant.what << ": " << outcome.violation);
  }
  const Outcome late = wait_for_ticks({}, false);
  CHECK_FALSE(late.good());
  MESSAGE("a waiter that looks at the data first: " << late.violation);
}
