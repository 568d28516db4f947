// The short way to "live" against the rules it stands for: whatever a segment says, live_if() holds
// only where judge() says live, and for the usual tick always.
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <new>
#include <random>

#include "libcache/judge.hpp"

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

  [[nodiscard]] const SegmentView& view() const { return view_; }
  [[nodiscard]] layout::StatusPart& status() { return status_; }

  [[nodiscard]] bool holds(const Origin& origin, const Limits& limits, std::int64_t now) const {
    const std::int64_t age = age_between(now, origin.received_ns);
    return live_if(view_, signals(origin), origin, limits).holds(now, age);
  }
  [[nodiscard]] bool is_live(const Origin& origin, const Limits& limits, std::int64_t now) const {
    return judge(view_, signals(origin), origin, limits, now) == Verdict{};
  }

 private:
  static layout::Header header() {
    layout::Header header;
    header.liveness_timeout_ns = 2 * kSecond;
    return header;  // every part at offset 0: only the status is looked at
  }
  [[nodiscard]] Signals signals(const Origin& origin) const {
    return load_signals(view_, origin.connection);
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

TEST_CASE("the short way to live is never taken where the rules say otherwise") {
  const unsigned seed = 20'261'122;
  CAPTURE(seed);
  std::mt19937 random(seed);
  Judged judged;
  std::size_t live = 0;
  std::size_t held = 0;
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
    origin.unsubscribed = random() % 8 == 0;
    Limits limits;
    limits.max_age = any_of(random, kLimits);
    limits.tick_silence = any_of(random, kLimits);
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

    const std::int64_t now = any_of(random, kTimes);
    const bool is_live = judged.is_live(origin, limits, now);
    const bool holds = judged.holds(origin, limits, now);
    live += is_live;
    held += holds;
    if (holds) REQUIRE(is_live);
  }
  CHECK(live > 1'000);  // else this has shown nothing
  CHECK(held > live / 4);
}

TEST_CASE("the usual tick takes the short way") {
  Judged judged;
  judged.status().run_state = number(RunState::running);
  judged.status().heartbeat_ns = kNow - kSecond / 10;
  for (const std::uint8_t connection : {std::uint8_t{0}, std::uint8_t{3}}) {
    judged.status().sessions[connection] = layout::session_word(7, ConnectionState::up);
    Limits limits;
    Origin origin{7, connection, kNow - 5 * kSecond, false};
    CHECK(judged.holds(origin, limits, kNow));
    limits.tick_silence = 30 * kSecond;
    CHECK(judged.holds(origin, limits, kNow));
    limits.max_age = 5 * kSecond;
    CHECK(judged.holds(origin, limits, kNow));
    limits.max_age -= 1;
    CHECK_FALSE(judged.holds(origin, limits, kNow));
  }
}
