// doctor: what the segment says about the daemon, its connections and what they bring. Each
// condition is made, and found.
#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "cli/findings.hpp"
#include "support/child.hpp"
#include "support/soon.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

/// A segment as a healthy daemon keeps it.
class Healthy : public TestSegment {
 public:
  explicit Healthy(const std::function<void(WriterOptions&)>& adjust = {}) : TestSegment(adjust) {
    exchange_time_ns = unix_now();
    connect();
    writer().set_key_accepted();
    channel(ChannelKind::all_tickers, ChannelState::acknowledged);
    tick("BTCUSDT", "64521.30");
  }
};

/// Ages that a test wants are given to the writer: `ago` before now.
std::int64_t before(std::int64_t ago) { return boot_now() - ago; }

/// A daemon in another process, which a signal can do something to; it is believed to be dead after
/// a moment without a beat.
class Daemon {
 public:
  enum class Life { beats, sleeps, is_blocked };

  explicit Daemon(Life life)
      : child_([&] {
          WriterOptions options;
          options.segment = name_.str();
          options.liveness_timeout_ns = kSecond / 10;
          CacheWriter writer(options, boot_now());
          live(life, writer);
          return 0;
        }) {
    REQUIRE(soon([&] { return access(name_.path().c_str(), F_OK) == 0; }));
  }

  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  void suspend() const { child_.stop(); }
  void kill() { child_.kill_and_wait(); }

  /// What doctor finds once the daemon is believed to be dead.
  Diagnosis diagnose() {
    Diagnosis result;
    Run what;
    what.arguments = {"--segment", name_.str()};
    REQUIRE(soon([&] {
      result = diagnosis_of(run(doctor_run(what)));
      return result.code == 4 && result.has("problem", "daemon");
    }));
    return result;
  }

 private:
  static void live(Life life, CacheWriter& writer) {
    while (life == Life::beats) {
      writer.beat(boot_now());
      usleep(1000);
    }
    // Until its child ends, a process that called vfork() waits in the kernel.
    if (life == Life::is_blocked && vfork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
    for (;;) pause();
  }

  SegmentName name_;
  Child child_;
};

}  // namespace

TEST_CASE("doctor finds nothing wrong with what is right") {
  Healthy segment;
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 0);
  INFO(result.text);
  CHECK(result.count("problem") == 0);
  CHECK(result.has("ok", "daemon", "pid " + std::to_string(getpid())));
  CHECK(result.has("ok", "connection", "connection 0: up for "));
  CHECK(result.has("ok", "ticks", "1 symbol"));
  CHECK(result.has("ok", "subscription", "ticker:all: acknowledged, 1 received"));
  CHECK(result.has("ok", "messages"));
  CHECK(result.has("ok", "capacity", "1 symbol of at most 4,096"));
  CHECK(result.has("ok", "segment"));
  CHECK(result.has("ok", "shm", "free in /dev/shm"));
  // The test's segment names a version that does not exist.
  CHECK(result.has("note", "daemon", "tickcached has version 9.8.7"));
}

TEST_CASE("doctor tells people what, why and the remedy, and counts") {
  Healthy segment;
  segment.channel(ChannelKind::candles, ChannelState::refused, "BTCUSDT", "4h",
                  "no\x1b[2J such interval");
  const Finished result = segment.run({"doctor"});
  CHECK(result.code == 1);
  CHECK(
      result.out.starts_with("problem  candles:BTCUSDT:4h is refused by the exchange\n"
                             "         because no\\x1b[2J such interval\n"
                             "         remedy: correct tickcached's option candles: "));
  CHECK(result.out.find("\n\n1 problem, 0 warnings, ") != std::string::npos);
}

TEST_CASE("doctor tells a stopped daemon from one that was rejected, or has another segment") {
  struct Case {
    RunState state;
    const char* text;
  };
  for (const Case& end : {Case{RunState::stopped, "systemctl start tickcached"},
                          Case{RunState::auth_failed, "the exchange rejected the API key"},
                          Case{RunState::superseded, "mount the directory /dev/shm"}}) {
    CAPTURE(end.text);
    Healthy segment;
    segment.writer().stop(end.state, boot_now());
    const Diagnosis result = diagnose(segment);
    CHECK(result.code == 4);
    CHECK(result.has("problem", "daemon", end.text));
    CHECK(result.count("problem") == 1);
  }
}

TEST_CASE("doctor sees what became of a daemon without a heartbeat") {
  {
    Daemon killed(Daemon::Life::beats);
    killed.kill();
    CHECK(killed.diagnose().has("problem", "daemon", "is gone without having stopped"));
  }
  {
    Daemon suspended(Daemon::Life::beats);
    suspended.suspend();
    CHECK(suspended.diagnose().has("problem", "daemon",
                                   "kill -CONT " + std::to_string(suspended.pid())));
  }
  {
    Daemon hanging(Daemon::Life::sleeps);
    CHECK(hanging.diagnose().has("problem", "daemon", "hangs"));
  }
  Daemon blocked(Daemon::Life::is_blocked);
  CHECK(blocked.diagnose().has("problem", "daemon", "waits for the kernel"));
}

TEST_CASE("doctor sees a clock that another boot has set") {
  Healthy segment;
  segment.beats = false;
  segment.writer().beat(boot_now() + 100 * kSecond);
  CHECK(diagnose(segment).has("problem", "daemon", "is in the future"));
}

TEST_CASE("doctor names the connection that is not up, and what has been tried") {
  Healthy segment;
  segment.disconnect();
  segment.writer().count(Counter::failures, 12);
  segment.writer().count(Counter::drops);
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 4);
  CHECK(result.has("problem", "connection", "connection 0: lost, waiting to reconnect"));
  CHECK(result.has("problem", "connection", "12 failed attempts and 1 lost connection"));
  CHECK(result.has("problem", "connection", "ws://exchange.test/ws/v1"));
  // What is not connected is neither silent nor unanswered.
  CHECK(result.count("problem") == 1);

  Healthy rejected;
  rejected.writer().set_connection(0, ConnectionState::auth_failed, boot_now());
  CHECK(diagnose(rejected).has("problem", "connection", "put the right key"));

  TestSegment early;
  CHECK(diagnose(early).has("problem", "connection", "has not begun to connect"));
}

TEST_CASE("doctor warns of connections that are lost often") {
  Healthy segment;
  segment.writer().count(Counter::drops, 2);
  CHECK(diagnose(segment).has("note", "connection", "2 lost connections in "));
  segment.writer().count(Counter::drops, 2);
  CHECK(diagnose(segment).has("warning", "connection", "4 lost connections in "));
}

TEST_CASE("doctor sees a feed that is connected but silent") {
  TestSegment segment;
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  CacheWriter& writer = segment.writer();
  writer.begin_epoch(0, before(60 * kSecond), unix_now());
  writer.set_connection(0, ConnectionState::up, before(60 * kSecond));
  writer.tick_seen(0, before(40 * kSecond));
  writer.message(0, 10, boot_now());
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 4);
  CHECK(result.has("problem", "ticks", "last tick 40 s ago"));
  CHECK(result.has("problem", "ticks", "no tick of any symbol for more than 30 s"));
  writer.set_silence_limit(0, 3 * kSecond);
  CHECK(diagnose(segment).has("problem", "ticks", "no tick of any symbol for more than 3.0 s"));
}

TEST_CASE("doctor sees ticks that come late") {
  Healthy segment;
  CHECK(diagnose(segment).has("ok", "lag", "connection 0: no lag known"));
  segment.writer().tick_seen(0, boot_now(), 250);
  CHECK(diagnose(segment).has("ok", "lag", "lag 250 ms"));
  segment.writer().tick_seen(0, boot_now(), 5000, true);
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 4);
  CHECK(result.has("problem", "lag", "5.0 s late"));
  CHECK(result.has("problem", "lag", "max-lag"));
  CHECK(result.count("problem") == 1);
}

TEST_CASE("doctor tells whether prices are compared with the exchange's, and what came of it") {
  Healthy segment;
  CHECK(diagnose(segment).has("note", "prices", "not compared"));
  segment.writer().count(Counter::rest_failed, 3);
  const Diagnosis silent = diagnose(segment);
  CHECK(silent.code == 0);
  CHECK(silent.has("warning", "prices", "has not answered by REST"));
  CHECK(silent.has("warning", "prices", "3 failed requests"));
  CHECK(silent.has("warning", "prices", "rest-url"));

  segment.writer().count(Counter::audits, 12);
  segment.writer().set_confirmed(before(kSecond), 600 * kSecond);
  CHECK(diagnose(segment).has("ok", "prices", "confirmed by the exchange 1."));
  segment.writer().set_confirmed(before(9 * kSecond), 5 * kSecond);
  CHECK(diagnose(segment).has("note", "prices", "too long to count"));
  segment.writer().set_confirmed(before(60 * kSecond), 5 * kSecond);
  CHECK(diagnose(segment).has("warning", "prices", "by the exchange 60 s ago"));

  segment.writer().count(Counter::healed, 2);
  CHECK(diagnose(segment).has("note", "prices", "2 prices corrected in "));
  segment.writer().count(Counter::healed, 20);
  CHECK(diagnose(segment).has("warning", "prices", "22 prices corrected in "));
}

TEST_CASE("doctor counts prices that are late or that the exchange does not confirm") {
  Healthy segment;
  segment.tick("ETHUSDT", "3421.5");
  segment.writer().set_objection(0, Ticker::kLost, true);
  segment.writer().set_objection(1, Ticker::kLate, true);
  const Diagnosis result = diagnose(segment);
  CHECK(result.has("note", "ticks", "1 of 2 prices stale: ticks arrive late"));
  CHECK(result.has("note", "ticks", "1 of 2 prices stale: the exchange has another price"));
}

TEST_CASE("doctor counts prices that are stale although the feed is live") {
  Healthy segment;
  segment.tick("ETHUSDT", "3421.5");
  segment.disconnect();
  segment.connect();
  segment.tick("ETHUSDT", "3421.6");
  CHECK(diagnose(segment).has("note", "ticks", "1 of 2 prices stale: nothing received since"));
  SymbolText bitcoin;
  bitcoin.assign("BTCUSDT");
  segment.writer().set_wanted(bitcoin, false);
  CHECK(diagnose(segment).has("note", "ticks", "tickcached no longer subscribes"));
}

TEST_CASE("doctor names every subscription that was refused") {
  Healthy segment;
  segment.channel(ChannelKind::candles, ChannelState::refused, "BTCUSDT", "4h", "INVALID_CHANNEL");
  segment.channel(ChannelKind::ticker, ChannelState::refused, "NOPEUSDT", "", "unknown symbol");
  segment.channel(ChannelKind::portfolio, ChannelState::refused);
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 1);
  CHECK(result.count("problem") == 3);
  CHECK(result.has("problem", "subscription", "candles:BTCUSDT:4h is refused"));
  CHECK(result.has("problem", "subscription", "1m, 5m, 1h and 1d"));
  CHECK(result.has("problem", "subscription", "ticker:NOPEUSDT is refused"));
  CHECK(result.has("problem", "subscription", "portfolio = false"));
  CHECK(result.has("ok", "subscription", "ticker:all"));
}

TEST_CASE("doctor sees subscriptions that are silent or without an answer") {
  Healthy segment;
  segment.channel(ChannelKind::orders, ChannelState::acknowledged);
  CHECK(diagnose(segment).has("note", "subscription", "orders: acknowledged, nothing received"));

  CacheWriter& writer = segment.writer();
  const std::int64_t long_ago = before(300 * kSecond);
  SymbolText symbol;
  symbol.assign("BTCUSDT");
  IntervalText interval;
  interval.assign("1m");
  writer.set_channel(ChannelKind::portfolio, {}, {}, 0, ChannelState::sent, {}, long_ago);
  writer.set_channel(ChannelKind::ticker, symbol, {}, 0, ChannelState::acknowledged, {}, long_ago);
  writer.set_channel(ChannelKind::candles, symbol, interval, 0, ChannelState::acknowledged, {},
                     long_ago);
  Candle candle;
  candle.open = candle.high = candle.low = candle.close = *Decimal::parse("1");
  candle.closed = 1;
  writer.candle(0, symbol, interval, candle, before(200 * kSecond));
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 0);
  CHECK(result.has("warning", "subscription", "portfolio: requested, not answered yet"));
  CHECK(result.has("warning", "subscription", "its candles have stopped"));

  TestSegment nothing;
  nothing.connect();
  CHECK(diagnose(nothing).has("note", "subscription", "subscribes to nothing"));
}

TEST_CASE("doctor warns of messages that were rejected, by the reason") {
  Healthy segment;
  segment.writer().count(Counter::rejected_price, 7);
  segment.writer().count(Counter::rejected_json);
  segment.writer().count(Counter::absent_quantity, 3);
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 0);
  CHECK(result.has("warning", "messages", "7 messages rejected: price"));
  CHECK(result.has("warning", "messages", "1 message rejected: no valid JSON"));
  CHECK(result.has("note", "messages", "3 quantities"));
  CHECK_FALSE(result.has("ok", "messages"));
}

TEST_CASE("doctor warns before there is no room, and says so when there is none") {
  Healthy segment([](WriterOptions& options) { options.capacities.symbols = 10; });
  for (int i = 2; i <= 9; ++i) segment.tick("SYM" + std::to_string(i), "1");
  CHECK(diagnose(segment).has("warning", "capacity", "9 symbols of at most 10"));
  segment.tick("SYM10", "1");
  segment.tick("SYM11", "1");
  const Diagnosis full = diagnose(segment);
  CHECK(full.code == 1);
  CHECK(full.has("problem", "capacity", "1 message had no room: 10 symbols of at most 10"));
  CHECK(full.has("problem", "capacity", "max-symbols (10 now)"));
}

TEST_CASE("doctor says since when order updates may be missing") {
  Healthy segment;
  CHECK_FALSE(diagnose(segment).has("note", "orders"));
  Order order;
  order.id.assign("one");
  segment.writer().order(0, order, boot_now());
  segment.disconnect();
  segment.connect();
  segment.tick("BTCUSDT", "1");
  CHECK(diagnose(segment).has("note", "orders", "may be missing since 20"));
}

TEST_CASE("doctor tells that the key is rejected and retried") {
  Healthy segment;
  segment.disconnect();
  segment.writer().set_key_rejected(before(kSecond), boot_now() + 299 * kSecond);
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 4);
  CHECK(result.has("problem", "key", "rejected since 2"));
  CHECK(result.has("problem", "key", "as it was accepted before"));
  CHECK(result.has("problem", "key", "its own database is down"));
}

TEST_CASE("doctor compares keys and prints none") {
  Healthy segment;
  Run own;
  own.environment = {"AGENTEXCHANGE_API_KEY=ak_test"};
  const Diagnosis same = diagnose(segment, own);
  CHECK(same.has("ok", "key", "is the key that tickcached uses"));
  CHECK(same.text.find("ak_test") == std::string::npos);
  Run other;
  other.environment = {"AGENTEXCHANGE_API_KEY=ak_other_9876"};
  const Diagnosis different = diagnose(segment, other);
  CHECK(different.code == 0);
  CHECK(different.has("warning", "key", "TICKCACHE_SEGMENT"));
  CHECK(different.text.find("ak_other") == std::string::npos);

  TestSegment unproven;
  unproven.connect();
  CHECK(diagnose(unproven).has("note", "key", "has not accepted the API key so far"));
}
