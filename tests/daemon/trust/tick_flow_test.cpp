// How long ticks may pause, and how late they are.
#include "daemon/core/tick_flow.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "daemon/platform/timestamp.hpp"

namespace tickcache::daemon {
namespace {

constexpr Time kCeiling = std::chrono::seconds(30);

constexpr Time s(double count) { return Time(static_cast<std::int64_t>(count * 1e9)); }

/// The exchange's clock, which has nothing to do with ours.
constexpr Time kUnix = std::chrono::hours(490'000);

Lag tick(TickFlow& flow, Time sent, Time delay, Time clock = Time(0)) {
  return flow.on_tick(s(1000) + sent + delay, (kUnix + sent + clock).count());
}

TickFlow flow_with(Time max_lag) {
  TickFlow flow;
  flow.configure(max_lag);
  flow.begin(s(1000));
  return flow;
}

}  // namespace

TEST_CASE("ticks may pause for twice their longest pause of the last ten minutes") {
  SilenceLimit silence;
  silence.begin(s(0));
  CHECK(silence.limit(kCeiling) == SilenceLimit::kUntaught);
  for (int i = 1; i <= 60; ++i) silence.on_tick(s(i));
  CHECK(silence.limit(kCeiling) == s(3));
  for (int i = 61; i <= 62; ++i) silence.on_tick(s(i));
  CHECK(silence.limit(kCeiling) == s(2));  // the floor
  silence.on_tick(s(67));
  CHECK(silence.limit(kCeiling) == s(10));
  silence.on_tick(s(97));
  CHECK(silence.limit(kCeiling) == kCeiling);
  for (int i = 98; i <= 97 + 11 * 60; ++i) silence.on_tick(s(i));
  CHECK(silence.limit(kCeiling) == s(2));  // the long pauses are forgotten
  CHECK(silence.limit(s(1)) == s(1));
  CHECK(silence.limit(s(0)) == s(0));
}

TEST_CASE("in the first minute ticks may pause for three times their longest pause") {
  SilenceLimit silence;
  silence.begin(s(0));
  const auto flow = [&](std::int64_t from_ms, std::int64_t to_ms) {
    for (std::int64_t at = from_ms; at <= to_ms; at += 10)
      silence.on_tick(std::chrono::milliseconds(at));
  };
  flow(10, 3000);
  CHECK(silence.limit(kCeiling) == SilenceLimit::kUntaught);
  flow(3010, 3020);
  CHECK(silence.limit(kCeiling) == s(2));  // the floor
  flow(4020, 5000);
  CHECK(silence.limit(kCeiling) == s(3));
  flow(9000, 10000);
  CHECK(silence.limit(kCeiling) == SilenceLimit::kUntaught);
  CHECK(silence.limit(s(5)) == s(5));
  flow(10010, 60010);
  CHECK(silence.limit(kCeiling) == s(8));
}

TEST_CASE("an outage is no pause") {
  SilenceLimit silence;
  silence.begin(s(0));
  for (int i = 1; i <= 100; ++i) silence.on_tick(s(i));
  silence.begin(s(120));  // a new session
  silence.on_tick(s(121));
  CHECK(silence.limit(kCeiling) == s(2));
  silence.spoil();
  silence.on_tick(s(141));
  silence.on_tick(s(142));
  CHECK(silence.limit(kCeiling) == s(2));
}

TEST_CASE("a tick's lag is its delay compared with the fastest one") {
  TickFlow flow = flow_with(s(2));
  CHECK_FALSE(tick(flow, s(0.001), s(0.3)).late);
  CHECK_FALSE(tick(flow, s(1), s(0.1)).late);
  CHECK(tick(flow, s(2), s(0.4)).delay >= s(0.29));
  CHECK(tick(flow, s(3), s(2.0)).late == false);
  CHECK(tick(flow, s(3.1), s(2.2)).late);
  CHECK(flow.is_late());
  CHECK(flow.last_good() == s(1005));
  CHECK_FALSE(tick(flow, s(6), s(0.1)).late);  // live again with the first that is not
  CHECK_FALSE(flow.is_late());
}

TEST_CASE("clocks may drift, and one wrong time poisons nothing") {
  TickFlow flow = flow_with(s(2));
  tick(flow, s(0.001), s(0.1));
  for (int hour = 1; hour <= 48; ++hour) {  // ours is faster by 100 ppm: 17 s in two days
    for (int i = 0; i < 60; ++i) {
      const Time sent = s(hour * 3600.0 + i + 0.001);
      CHECK_FALSE(tick(flow, sent, s(0.1), -sent / 10'000).late);
    }
  }
  TickFlow other = flow_with(s(2));
  tick(other, s(0.001), s(0.1));
  CHECK_FALSE(tick(other, s(1.001), s(0.1), s(3600)).late);  // a time of an hour later
  CHECK_FALSE(tick(other, s(2.001), s(0.1)).late);
  for (int i = 0; i < 19; ++i) tick(other, s(3.001), s(0.1), s(3600));  // the same wrong time
  CHECK_FALSE(tick(other, s(3.5), s(0.1)).late);
  for (int i = 0; i < 20; ++i) tick(other, s(4.001 + i), s(0.1), s(5));  // the clock was set
  CHECK(tick(other, s(30), s(0.1)).late);  // what comes by the old clock now is late by 5 s
}

TEST_CASE("an exchange that gives whole seconds is granted one more") {
  TickFlow coarse = flow_with(s(2));
  tick(coarse, s(0), s(0.1));
  CHECK_FALSE(coarse.on_tick(s(1012.9), (kUnix + s(10)).count()).late);
  TickFlow fine = flow_with(s(2));
  tick(fine, s(0.001), s(0.1));
  CHECK(fine.on_tick(s(1012.9), (kUnix + s(10)).count()).late);
  TickFlow any = flow_with(s(0));  // max-lag = 0
  any.on_tick(s(1001), (kUnix + s(1)).count());
  CHECK_FALSE(any.on_tick(s(1100), (kUnix + s(2)).count()).late);
}

TEST_CASE("times at the ends of what can be counted overflow nothing") {
  constexpr std::int64_t kMost = kYear2200 - 1;
  constexpr Time kLongest{std::numeric_limits<std::int64_t>::max()};
  TickFlow flow = flow_with(s(2));
  for (const std::int64_t time : {kMost, std::int64_t{1}, kMost - 1, std::int64_t{2}}) {
    flow.on_tick(s(1000), time);
    flow.on_anchor(kLongest);
    flow.on_anchor(kLongest);
  }
  // As late as an anchor can say, and by the second since, in which the baseline has risen.
  CHECK(flow.on_tick(s(1001), kMost).delay == std::chrono::hours(24) + s(1) - s(1) / 5000);
}

TEST_CASE("the exchange's own times decide when ticks and baseline contradict them") {
  TickFlow late = flow_with(s(2));  // from the start: nothing in the ticks shows it
  CHECK_FALSE(tick(late, s(0.001), s(5)).late);
  late.on_anchor(s(5));
  CHECK(late.in_doubt());
  CHECK_FALSE(tick(late, s(1.001), s(5)).late);
  late.on_anchor(s(5.2));  // twice
  CHECK(tick(late, s(2.001), s(5)).late);
  late.on_anchor(s(5));
  CHECK(tick(late, s(3.001), s(5)).late);

  TickFlow set_back = flow_with(s(2));  // the exchange's clock was set back
  tick(set_back, s(0.001), s(0.1));
  CHECK(tick(set_back, s(1.001), s(0.1), s(-5)).late);
  set_back.on_anchor(s(0.3));
  CHECK(tick(set_back, s(1.501), s(0.1), s(-5)).late);
  set_back.on_anchor(s(0.3));  // twice
  CHECK_FALSE(tick(set_back, s(2.001), s(0.1), s(-5)).late);

  TickFlow once = flow_with(s(2));
  tick(once, s(0.001), s(0.1));
  once.on_anchor(s(3));
  once.on_anchor(s(0.1));
  once.on_anchor(s(3));
  CHECK_FALSE(tick(once, s(1.001), s(0.1)).late);
}

}  // namespace tickcache::daemon
