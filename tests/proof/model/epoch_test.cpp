// Records, epochs and the signs of life: nothing is called live that was not, at some moment of the
// lookup.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/proof/model/modelled_segment.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::model;
using tickcache::test::kSecond;
using tickcache::test::symbol;

const SymbolText kOld = symbol("BTCUSDT");
const SymbolText kNew = symbol("ETHUSDT");
constexpr std::int64_t kLater = kStart + 60 * kSecond;

Ticker tick(std::int64_t price) {
  Ticker ticker;
  ticker.set_price({price, 0, {}});
  return ticker;
}

/// A segment in epoch 1 with a tick of each symbol and an order.
void begin(CacheWriter& writer) {
  writer.begin_epoch(0, kStart, kStart);
  writer.ticker(0, kOld, tick(1), kStart);
  writer.ticker(0, kNew, tick(1), kStart);
  Order order;
  order.id.assign("1");
  writer.order(0, order, kStart);
  writer.beat(kStart);
}

struct Mutant {
  std::string what;
  Mutation mutation;
};
using Kind = Mutation::Kind;

/// The connection is lost and opened again; ticks of epoch 2 come.
Outcome reconnect(const Mutation& mutation) {
  ModelledSegment segment;
  begin(segment.writer());
  return segment.run(
      mutation,
      [&] {
        CacheWriter& writer = segment.writer();
        writer.set_connection(0, ConnectionState::waiting, kStart);
        writer.begin_epoch(0, kStart, kStart);
        writer.ticker(0, kNew, tick(2), kStart);
        writer.ticker(0, kOld, tick(2), kStart);
      },
      [&]() -> std::string {
        std::uint32_t seen = 0;
        for (const SymbolText& name : {kNew, kOld}) {
          const Result<Ticker> result = segment.reader().ticker(name.view(), at(kStart));
          if (!result.has_value) return "no value";
          const std::uint32_t epoch = result.value.epoch;
          if (result.value.price_mantissa != epoch) return "a price of another epoch";
          if (result.live() && epoch < seen) return "live, after a tick of a later epoch was seen";
          if (!result.live() && epoch == 2) return "not live, although its epoch has not ended";
          seen = std::max(seen, epoch);
        }
        return {};
      });
}

/// The daemon comes back from a suspension: it ends the epoch before it beats again. Nothing but
/// that says that the price is old: silence never makes it stale here.
Outcome suspend(const Mutation& mutation) {
  ModelledSegment segment(0);
  begin(segment.writer());
  return segment.run(
      mutation,
      [&] {
        segment.writer().set_connection(0, ConnectionState::waiting, kLater);
        segment.writer().beat(kLater);
      },
      [&]() -> std::string {
        // Before it came back the heartbeat was too old, and afterwards the epoch was over.
        return segment.reader().ticker(kOld.view(), at(kLater)).live() ? "live after a suspension"
                                                                       : "";
      });
}

/// Ticks have been silent for too long when the connection is lost; the next epoch's ticks come.
Outcome silence(const Mutation& mutation) {
  ModelledSegment segment;
  begin(segment.writer());
  segment.writer().beat(kLater);
  return segment.run(
      mutation,
      [&] {
        CacheWriter& writer = segment.writer();
        writer.set_connection(0, ConnectionState::waiting, kLater);
        writer.begin_epoch(0, kLater, kLater);
        writer.ticker(0, kNew, tick(2), kLater);
      },
      [&]() -> std::string {
        return segment.reader().ticker(kOld.view(), at(kLater)).live() ? "live after a silence"
                                                                       : "";
      });
}

/// The connection is lost and opened again: order updates may be missing.
Outcome gap(const Mutation& mutation) {
  ModelledSegment segment;
  begin(segment.writer());
  return segment.run(
      mutation,
      [&] {
        CacheWriter& writer = segment.writer();
        writer.set_connection(0, ConnectionState::waiting, kStart);
        writer.begin_epoch(0, kStart, kStart);
        writer.ticker(0, kNew, tick(2), kStart);
      },
      [&]() -> std::string {
        const bool reconnected = segment.reader().ticker(kNew.view(), at(kStart)).value.epoch == 2;
        Order order;
        const ListResult orders = segment.reader().orders({&order, 1}, at(kStart));
        if (orders.count != 1) return "the order is lost";
        if (reconnected && orders.gap_since_ns == 0) return "reconnected, but no gap is told";
        return {};
      });
}

/// A clean stop: the connection's epoch ends before the daemon says that it has stopped.
Outcome stop(const Mutation& mutation) {
  ModelledSegment segment;
  begin(segment.writer());
  return segment.run(
      mutation, [&] { segment.writer().stop(RunState::stopped, kStart); },
      [&]() -> std::string {
        const Result<Ticker> first = segment.reader().ticker(kOld.view(), at(kStart));
        const Result<Ticker> second = segment.reader().ticker(kNew.view(), at(kStart));
        if (!first.live() && second.live()) return "live after it was seen to end";
        return {};
      });
}

/// What the feed as a whole is called, after a suspension.
Outcome suspend_feed(const Mutation& mutation) {
  ModelledSegment segment(0);
  begin(segment.writer());
  return segment.run(
      mutation,
      [&] {
        segment.writer().set_connection(0, ConnectionState::waiting, kLater);
        segment.writer().beat(kLater);
      },
      [&]() -> std::string {
        const SegmentView& view = segment.view();
        const Verdict verdict = judge_feed(view, load_signals(view, 0), kLater);
        return verdict.freshness == Freshness::live ? "live after a suspension" : "";
      });
}

struct Scenario {
  std::string what;
  Outcome (*run)(const Mutation&);
  std::vector<Mutant> mutants;
};

const Scenario kScenarios[] = {
    {"reconnection",
     &reconnect,
     {{"the record before the session", {Kind::hold_stores, "session 0", "cell * head"}},
      {"publish(): the head is stored relaxed", {Kind::relax_stores, "cell * head", ""}},
      {"head(): loaded relaxed", {Kind::relax_loads, "cell * head", ""}}}},
    {"suspension",
     &suspend,
     {{"the heartbeat before the session", {Kind::hold_stores, "session 0", "heartbeat"}},
      {"beat(): stored relaxed", {Kind::relax_stores, "heartbeat", ""}},
      {"load_signals(): the heartbeat is loaded relaxed", {Kind::relax_loads, "heartbeat", ""}}}},
    {"suspension, the feed as a whole",
     &suspend_feed,
     {{"the heartbeat before the session", {Kind::hold_stores, "session 0", "heartbeat"}},
      {"beat(): stored relaxed", {Kind::relax_stores, "heartbeat", ""}},
      {"load_signals(): the heartbeat is loaded relaxed", {Kind::relax_loads, "heartbeat", ""}}}},
    {"silence",
     &silence,
     {{"the tick before the session", {Kind::hold_stores, "session 0", "last_tick 0"}},
      {"tick_seen(): stored relaxed", {Kind::relax_stores, "last_tick 0", ""}},
      {"is_silent(): the last tick is loaded relaxed", {Kind::relax_loads, "last_tick 0", ""}}}},
    {"gap of orders",
     &gap,
     {{"the gap after the tick", {Kind::hold_stores, "gap *", "cell * head"}}}},
    {"stop", &stop, {}},
};

}  // namespace

TEST_CASE("epochs: nothing is live that was not") {
  for (const Scenario& scenario : kScenarios) {
    CAPTURE(scenario.what);
    const Outcome outcome = scenario.run({});
    CHECK(outcome.violation == "");
    CHECK(outcome.executions > 1);
    MESSAGE(scenario.what << ": " << outcome.executions << " executions");
  }
}

TEST_CASE("epochs: each of the orders is needed") {
  for (const Scenario& scenario : kScenarios) {
    for (const Mutant& mutant : scenario.mutants) {
      CAPTURE(scenario.what);
      CAPTURE(mutant.what);
      const Outcome outcome = scenario.run(mutant.mutation);
      CHECK_FALSE(outcome.good());
      MESSAGE(scenario.what << ", " << mutant.what << ": " << outcome.violation);
    }
  }
}

// What is stored before a session is known from the records, heartbeats and ticks that come after
// it; what comes after a reader's look at the session is only the clock.
TEST_CASE("epochs: the session word's own orders are not what the others rest on") {
  for (const Scenario& scenario : kScenarios) {
    CAPTURE(scenario.what);
    CHECK(scenario.run({Kind::relax_stores, "session 0", ""}).violation == "");
    CHECK(scenario.run({Kind::relax_loads, "session 0", ""}).violation == "");
  }
}
