// Judgement against the table in docs/shm-layout.md, line by line and in exact numbers, whatever a
// segment says; and its short way to "live".
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>

#include "libcache/reader/judge.hpp"

namespace {

using namespace tickcache;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1'000'000 * kSecond;
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

constexpr std::uint64_t number(RunState state) { return static_cast<std::uint64_t>(state); }

/// The part of a segment that a verdict looks at.
class Judged {
 public:
  Judged() : view_(reinterpret_cast<const std::byte*>(&status_), header()) {}

  [[nodiscard]] layout::StatusPart& status() { return status_; }

  [[nodiscard]] Judgement judgement(const Origin& origin, const Limits& limits) const {
    return {view_, load_signals(view_, origin.connection), origin, limits};
  }

  /// The table.
  [[nodiscard]] Verdict table(const Origin& origin, const Limits& limits, std::int64_t now) const {
    __extension__ using Exact = __int128;
    // No age is over the longest limit: that stands for none.
    const auto age = [now](std::int64_t stamp) {
      return std::min(Exact{now} - stamp, Exact{kMax});
    };
    const auto stamp_of = [](const layout::Word& word) {
      return static_cast<std::int64_t>(word.load());
    };
    const std::size_t connection = origin.connection % kMaxConnections;
    const std::uint64_t run_state = status_.run_state;
    const Exact heartbeat = age(stamp_of(status_.heartbeat_ns));
    const Exact own = age(origin.received_ns);
    const Exact last_tick = age(stamp_of(status_.connections[connection].last_tick_ns));
    const std::uint64_t session = status_.sessions[connection];

    if (run_state == number(RunState::auth_failed)) return {Freshness::down, Reason::auth_failed};
    if (run_state == number(RunState::superseded)) return {Freshness::down, Reason::superseded};
    if (run_state != number(RunState::running)) return {Freshness::down, Reason::stopped};
    if (heartbeat > 2 * kSecond || heartbeat < -kSecond || own < -kSecond) {
      return {Freshness::down, Reason::heartbeat_lost};
    }
    if (origin.objections & 1) return {Freshness::stale, Reason::lagging};
    if (origin.objections & 2) return {Freshness::stale, Reason::rejected};
    if (origin.objections & 4) return {Freshness::stale, Reason::unconfirmed};
    if (origin.objections != 0) return {Freshness::stale, Reason::unsubscribed};
    if ((session & 0xff) != 2) return {Freshness::stale, Reason::reconnecting};
    if (origin.epoch == 0 || origin.epoch != session >> 32) {
      return {Freshness::stale, Reason::previous_epoch};
    }
    if (limits.own_silence > 0 && own > limits.own_silence) {
      return {Freshness::stale, Reason::silent};
    }
    const std::int64_t of_connection = stamp_of(status_.connections[connection].silence_limit_ns);
    const std::int64_t silence = of_connection > 0 && of_connection < limits.tick_silence
                                     ? of_connection
                                     : limits.tick_silence;
    const bool flows = !origin.snapshot && (limits.tick_silence <= 0 || last_tick <= silence);
    const bool confirmed = status_.verified_ns != 0 &&
                           age(stamp_of(status_.verified_ns)) <= stamp_of(status_.verified_for_ns);
    if (limits.fresh > 0 && own > limits.fresh && !flows && !confirmed) {
      return {Freshness::stale, origin.snapshot ? Reason::unconfirmed : Reason::silent};
    }
    if (own > limits.max_age) return {Freshness::stale, Reason::too_old};
    return {Freshness::live, Reason::none};
  }

 private:
  static layout::Header header() {
    layout::Header header;
    header.liveness_timeout_ns = 2 * kSecond;
    return header;  // every part at offset 0: only the status is looked at
  }

  layout::StatusPart status_{};
  SegmentView view_;
};

/// One of the values, each as likely.
template <class T, std::size_t kCount>
T any_of(std::mt19937& random, const T (&values)[kCount]) {
  return values[random() % kCount];
}

}  // namespace

TEST_CASE("a judgement says what the table says, and its short way to live never more") {
  const unsigned seed = 20'261'122;
  CAPTURE(seed);
  std::mt19937 random(seed);
  Judged judged;
  std::array<std::size_t, 32> seen{};
  std::size_t short_way = 0;
  for (int i = 0; i < 400'000; ++i) {
    constexpr std::int64_t kTimes[] = {kNow,
                                       kNow - 1,
                                       kNow - kSecond,
                                       kNow - 2 * kSecond,
                                       kNow - 2 * kSecond - 1,
                                       kNow + 1,
                                       kNow + kSecond,
                                       kNow + kSecond + 1,
                                       kNow - 30 * kSecond,
                                       kNow - 30 * kSecond - 1,
                                       0,
                                       -1,
                                       kMin,
                                       kMin + 1,
                                       kMax};
    constexpr std::int64_t kLimits[] = {0, 1, kSecond, 30 * kSecond, kMax, kMax, -1};
    constexpr std::uint32_t kEpochs[] = {7, 7, 7, 0, 8};
    const std::uint8_t connections[] = {0, 0, 3, 250};
    Origin origin;
    origin.epoch = any_of(random, kEpochs);
    origin.connection = any_of(random, connections);
    origin.received_ns = any_of(random, kTimes);
    if (random() % 8 == 0) origin.objections = static_cast<std::uint8_t>(1U << random() % 8);
    Limits limits;
    limits.max_age = any_of(random, kLimits);
    limits.fresh = random() % 4 == 0 ? 0 : any_of(random, kLimits);
    limits.tick_silence = any_of(random, kLimits);
    origin.snapshot = random() % 4 == 0;
    limits.own_silence = random() % 8 == 0 ? any_of(random, kLimits) : 0;

    layout::StatusPart& status = judged.status();
    status.run_state = random() % 8 == 0 ? random() % 7 : number(RunState::running);
    status.heartbeat_ns = static_cast<std::uint64_t>(any_of(random, kTimes));
    const std::size_t connection = origin.connection % kMaxConnections;
    status.sessions[connection] =
        layout::session_word(any_of(random, kEpochs),
                             random() % 4 == 0 ? ConnectionState::connecting : ConnectionState::up);
    status.connections[connection].last_tick_ns =
        static_cast<std::uint64_t>(any_of(random, kTimes));
    status.connections[connection].silence_limit_ns =
        static_cast<std::uint64_t>(any_of(random, kLimits));
    status.verified_ns = static_cast<std::uint64_t>(any_of(random, kTimes));
    status.verified_for_ns = static_cast<std::uint64_t>(any_of(random, kLimits));

    const std::int64_t now = any_of(random, kTimes);
    const Judgement judgement = judged.judgement(origin, limits);
    const Verdict verdict = judgement.at(now);
    REQUIRE(verdict == judged.table(origin, limits, now));
    const bool is_live = judgement.is_live(now, age_between(now, origin.received_ns));
    if (is_live) REQUIRE(verdict == Verdict{});
    ++seen[static_cast<std::size_t>(verdict.reason)];
    short_way += is_live;
  }
  for (const Reason reason :
       {Reason::none, Reason::stopped, Reason::auth_failed, Reason::superseded,
        Reason::heartbeat_lost, Reason::unsubscribed, Reason::reconnecting, Reason::previous_epoch,
        Reason::silent, Reason::unconfirmed, Reason::too_old}) {
    CAPTURE(to_string(reason));
    CHECK(seen[static_cast<std::size_t>(reason)] > 100);  // else this has shown nothing
  }
  CHECK(short_way > seen[static_cast<std::size_t>(Reason::none)] / 4);
}

TEST_CASE("the usual tick takes the short way") {
  Judged judged;
  judged.status().run_state = number(RunState::running);
  judged.status().heartbeat_ns = kNow - kSecond / 10;
  for (const std::uint8_t connection : {std::uint8_t{0}, std::uint8_t{3}}) {
    judged.status().sessions[connection] = layout::session_word(7, ConnectionState::up);
    Limits limits;
    const Origin origin{7, connection, kNow - kSecond, 0, false};
    const auto is_live = [&] { return judged.judgement(origin, limits).is_live(kNow, kSecond); };
    CHECK(is_live());
    limits = Limits::of_ticker(limits.max_age, 30 * kSecond);
    CHECK(limits.fresh == 2 * kSecond);
    CHECK(is_live());
    limits.max_age = kSecond;
    CHECK(is_live());
    limits.max_age -= 1;
    CHECK_FALSE(is_live());
  }
}
