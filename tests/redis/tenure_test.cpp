#include "bridges/redis/tenure.hpp"

#include <doctest/doctest.h>

namespace tickcache::redis {
namespace {

using namespace std::chrono_literals;

/// An origin that has the lease, and whose keys are whole.
struct Holder {
  Time now = 100s;
  Tenure tenure;

  Holder() {
    tenure.on_open(now);
    tenure.on_sent(Duty::ask, now);
    tenure.on_granted(7, now, now);
    tenure.on_sent(Duty::rewrite, now);
    tenure.on_renewed(now);
    tenure.on_rewritten();
  }
};

TEST_CASE(
    "tenure: asks for the lease as soon as Redis is there, then writes all keys, then beats") {
  Tenure tenure;
  CHECK(tenure.duty(1s) == Duty::none);
  tenure.on_open(1s);
  CHECK(tenure.duty(1s) == Duty::ask);
  tenure.on_sent(Duty::ask, 1s);
  CHECK(tenure.duty(1s) == Duty::none);
  CHECK_FALSE(tenure.holds(1s));
  tenure.on_granted(42, 1s, 1001ms);
  CHECK(tenure.epoch() == 42);
  CHECK(tenure.holds(1001ms));
  CHECK_FALSE(tenure.is_publishing(1001ms));
  CHECK(tenure.duty(1001ms) == Duty::rewrite);
  tenure.on_sent(Duty::rewrite, 1001ms);
  CHECK(tenure.duty(1002ms) == Duty::none);
  tenure.on_rewritten();
  CHECK(tenure.is_publishing(1100ms));
  CHECK(tenure.duty(1100ms) == Duty::none);
  CHECK(tenure.duty(1201ms) == Duty::beat);
  CHECK(tenure.next_sequence() == 1);
  CHECK(tenure.next_sequence() == 2);
}

TEST_CASE("tenure: while another has the lease, asks four times a second") {
  Tenure tenure;
  tenure.on_open(1s);
  tenure.on_sent(Duty::ask, 1s);
  tenure.on_taken_by_other(1s);
  CHECK(tenure.duty(1249ms) == Duty::none);
  CHECK(tenure.duty(1250ms) == Duty::ask);
  CHECK_FALSE(tenure.holds(1250ms));
}

TEST_CASE("tenure: ends 2 s after the last renewal that was answered was sent") {
  Holder at;
  at.tenure.on_sent(Duty::beat, at.now + 1500ms);
  CHECK(at.tenure.holds(at.now + 1999ms));
  CHECK_FALSE(at.tenure.holds(at.now + 2s));
  CHECK_FALSE(at.tenure.is_publishing(at.now + 2s));
  // What is on its way must not come later.
  CHECK(at.tenure.duty(at.now + 2s) == Duty::reconnect);
  // Answered late, it counts from when it was sent.
  at.tenure.on_renewed(at.now + 1500ms);
  CHECK(at.tenure.holds(at.now + 3499ms));
  CHECK_FALSE(at.tenure.holds(at.now + 3500ms));
}

TEST_CASE("tenure: suspended for a minute, does not hold the lease") {
  Holder at;
  CHECK_FALSE(at.tenure.holds(at.now + 60s));
  CHECK(at.tenure.duty(at.now + 60s) == Duty::reconnect);
}

TEST_CASE("tenure: no answer about the lease: connects again") {
  Tenure tenure;
  tenure.on_open(1s);
  tenure.on_sent(Duty::ask, 1s);
  CHECK(tenure.duty(2999ms) == Duty::none);
  CHECK(tenure.duty(3s) == Duty::reconnect);
  tenure.on_lost();
  CHECK(tenure.duty(9s) == Duty::none);
}

TEST_CASE("tenure: after any error, all keys are written before the next beat") {
  Holder at;
  at.tenure.on_error(at.now);
  CHECK(at.tenure.holds(at.now));
  for (Time now = at.now; now < at.now + Tenure::kRewriteEvery; now += 10ms) {
    CHECK(at.tenure.duty(now) != Duty::beat);
    CHECK_FALSE(at.tenure.is_publishing(now));
  }
  const Time later = at.now + Tenure::kRewriteEvery;
  CHECK(at.tenure.duty(later) == Duty::rewrite);
  at.tenure.on_sent(Duty::rewrite, later);
  at.tenure.on_error(later);
  at.tenure.on_rewritten();  // of the one that failed
  CHECK_FALSE(at.tenure.is_publishing(later));
  at.tenure.on_renewed(later);
  at.tenure.on_sent(Duty::rewrite, later + 500ms);
  at.tenure.on_rewritten();
  CHECK(at.tenure.is_publishing(later + 500ms));
}

TEST_CASE("tenure: while the keys cannot be written, the lease is renewed") {
  Holder at;
  at.tenure.on_error(at.now);
  CHECK(at.tenure.duty(at.now + 200ms) == Duty::renew);
  at.tenure.on_sent(Duty::renew, at.now + 200ms);
  CHECK(at.tenure.duty(at.now + 300ms) == Duty::none);
}

TEST_CASE("tenure: refused, asks again and begins a new count") {
  Holder at;
  at.tenure.next_sequence();
  at.tenure.on_refused(at.now + 1s);
  CHECK_FALSE(at.tenure.holds(at.now + 1s));
  CHECK(at.tenure.duty(at.now + 1s) == Duty::ask);
  at.tenure.on_sent(Duty::ask, at.now + 1s);
  at.tenure.on_refused(at.now + 1s);  // of a second write on its way
  CHECK(at.tenure.duty(at.now + 1s) == Duty::none);
  at.tenure.on_granted(8, at.now + 1s, at.now + 1s);
  CHECK(at.tenure.sequence() == 0);
}

}  // namespace
}  // namespace tickcache::redis
