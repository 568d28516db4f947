#include "cli/print/describe.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>

using namespace tickcache;
using namespace tickcache::cli;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1000 * kSecond;

std::string price_verdict(Freshness freshness, Reason reason) {
  return verdict(freshness, reason, "price", true, 41 * kSecond);
}

ChannelStatus channel(ChannelKind kind, ChannelState state) {
  ChannelStatus result;
  result.kind = kind;
  result.state = state;
  return result;
}

}  // namespace

TEST_CASE("every reason has a sentence") {
  CHECK(verdict(Freshness::live, Reason::none) == "live");
  CHECK(price_verdict(Freshness::live, Reason::none) == "live");
  CHECK(verdict(Freshness::missing, Reason::never_seen) == "missing: never seen");
  CHECK(verdict(Freshness::down, Reason::no_segment) == "down: no daemon; start tickcached");
  CHECK(price_verdict(Freshness::down, Reason::stopped) ==
        "down: tickcached was stopped, price is 41 s old");
  CHECK(price_verdict(Freshness::down, Reason::auth_failed) ==
        "down: tickcached stopped because the exchange rejected the API key or "
        "suspended the account, price is 41 s old");
  CHECK(price_verdict(Freshness::down, Reason::superseded) ==
        "down: tickcached was restarted, its new segment cannot be opened, price is 41 s old");
  CHECK(price_verdict(Freshness::down, Reason::heartbeat_lost) ==
        "down: no heartbeat from tickcached (killed or suspended), price is 41 s old");
  CHECK(price_verdict(Freshness::stale, Reason::previous_epoch) ==
        "stale: nothing received since the feed reconnected, price is 41 s old");
  CHECK(price_verdict(Freshness::stale, Reason::reconnecting) ==
        "stale: feed reconnecting, price is 41 s old");
  CHECK(price_verdict(Freshness::stale, Reason::silent) ==
        "stale: feed connected but silent, price is 41 s old");
  CHECK(price_verdict(Freshness::stale, Reason::too_old) ==
        "stale: older than the given max-age, price is 41 s old");
  CHECK(verdict(Freshness::stale, Reason::busy) ==
        "stale: the writer was always faster; try again");
  CHECK(price_verdict(Freshness::stale, Reason::unsubscribed) ==
        "stale: tickcached no longer subscribes to it, price is 41 s old");
  CHECK(verdict(Freshness::stale, Reason::lagging) == "stale: ticks arrive late");
  CHECK(price_verdict(Freshness::stale, Reason::unconfirmed) ==
        "stale: the exchange has another price, or has not confirmed this one, price is 41 s old");
  CHECK(verdict(Freshness::stale, Reason::rejected) == "stale: a later price could not be read");
}

TEST_CASE("no two reasons share a sentence, and every one with a name has its own") {
  std::set<std::string> sentences;
  std::size_t named = 0;
  for (int i = 1; i < 256; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (to_string(reason) == std::string("unknown")) continue;
    ++named;
    CHECK_FALSE(why(reason).empty());
    sentences.emplace(why(reason));
  }
  CHECK(sentences.size() == named);
  CHECK_FALSE(sentences.contains(std::string(why(static_cast<Reason>(200)))));
}

TEST_CASE("every counter with a name has a text, and no other") {
  for (std::size_t i = 0; i < 64; ++i) {
    CAPTURE(i);
    const auto counter = static_cast<Counter>(i);
    CHECK(counter_text(counter, 2).empty() == (to_string(counter) == std::string("unknown")));
  }
}

TEST_CASE("a counter's text is of one, or of several") {
  CHECK(counter_text(Counter::errors, 1) == "error message from the exchange");
  CHECK(counter_text(Counter::errors, 2) == "error messages from the exchange");
  CHECK(counter_text(Counter::absent_quantity, 1) ==
        "quantity that cannot be kept exactly, left out");
  CHECK(counter_text(Counter::connects, 0) == "connections opened");
}

TEST_CASE("a channel's sentence tells how far it has come") {
  ChannelStatus orders = channel(ChannelKind::orders, ChannelState::acknowledged);
  CHECK(channel_sentence(orders, kNow) == "acknowledged, nothing received yet");
  orders.count = 12345;
  orders.last_data_ns = kNow - kSecond / 10;
  CHECK(channel_sentence(orders, kNow) == "acknowledged, 12,345 received, last 0.1 s ago");
  orders.state = ChannelState::wanted;
  CHECK(channel_sentence(orders, kNow) ==
        "wanted, not requested yet, 12,345 received, last 0.1 s ago");
  ChannelStatus refused = channel(ChannelKind::candles, ChannelState::refused);
  CHECK(channel_sentence(refused, kNow) == "refused, no reason given");
  refused.reason.assign("INVALID\nCHANNEL");
  CHECK(channel_sentence(refused, kNow) == "refused: INVALID\\nCHANNEL");
  CHECK(channel_sentence(channel(ChannelKind::orders, ChannelState::sent), kNow) ==
        "requested, not answered yet");
}

TEST_CASE("channels are named as the exchange names them") {
  ChannelStatus candles = channel(ChannelKind::candles, ChannelState::sent);
  candles.symbol.assign("BTCUSDT");
  candles.interval.assign("1m");
  CHECK(channel_name(candles) == "candles:BTCUSDT:1m");
  candles.kind = ChannelKind::ticker;
  CHECK(channel_name(candles) == "ticker:BTCUSDT");
  CHECK(channel_name(channel(ChannelKind::all_tickers, ChannelState::sent)) == "ticker:all");
}

TEST_CASE("why nothing came is the channel's own sentence") {
  const auto status = std::make_unique<Status>();
  CHECK(why_nothing_came(*status, ChannelKind::orders) ==
        "tickcached does not subscribe to orders");
  status->channels[0] = channel(ChannelKind::candles, ChannelState::acknowledged);
  status->channels[0].symbol.assign("BTCUSDT");
  status->channels[0].interval.assign("1m");
  status->channel_count = 1;
  CHECK(why_nothing_came(*status, ChannelKind::candles, "BTCUSDT", "1m") ==
        "candles:BTCUSDT:1m: acknowledged, nothing received yet");
  CHECK(why_nothing_came(*status, ChannelKind::candles, "BTCUSDT", "4h") ==
        "tickcached does not subscribe to candles:BTCUSDT:4h, only to candles:BTCUSDT:1m");
}

TEST_CASE("a connection's sentence has its state, since when, and its traffic") {
  ConnectionStatus connection;
  connection.state = ConnectionState::up;
  connection.changed_ns = kNow - 200 * kSecond;
  connection.epoch = 3;
  connection.messages = 1;
  connection.last_message_ns = kNow - kSecond / 2;
  CHECK(connection_sentence(connection, kNow) ==
        "up for 3 min, epoch 3, 1 message, last 0.5 s ago");
  connection = {};
  connection.state = ConnectionState::waiting;
  connection.changed_ns = kNow - 2 * kSecond;
  CHECK(connection_sentence(connection, kNow) == "not connected yet, waiting to retry for 2.0 s");
  connection.epoch = 3;
  CHECK(connection_sentence(connection, kNow) == "lost, waiting to reconnect for 2.0 s, epoch 3");
}

TEST_CASE("the ticks of a connection have a lag, and a limit to their silence") {
  ConnectionStatus connection;
  connection.silence_limit_ns = 3 * kSecond;
  CHECK(ticks_sentence(connection) == "no lag known, silent after 3.0 s without one");
  connection.lag_ns = 12 * kSecond / 1000;
  CHECK(ticks_sentence(connection) == "lag 12 ms, silent after 3.0 s without one");
  connection.lag_ns = 52 * kSecond / 10;
  connection.lagging = true;
  connection.silence_limit_ns = 0;
  CHECK(ticks_sentence(connection) == "5.2 s late, never silent");
}

TEST_CASE("what the exchange says about the prices has a sentence") {
  const auto status = std::make_unique<Status>();
  status->feed = Freshness::live;
  status->now_ns = kNow;
  CHECK(confirmation_sentence(*status) == "never by the exchange");
  CHECK(rest_sentence(*status) == "not asked");
  status->counters[static_cast<int>(Counter::rest_failed)] = 2;
  CHECK(rest_sentence(*status) == "has not answered, 2 failed requests, 0 snapshots, 0 healed");
  status->counters[static_cast<int>(Counter::audits)] = 1234;
  status->counters[static_cast<int>(Counter::rest_rejected)] = 1;
  status->counters[static_cast<int>(Counter::snapshots)] = 620;
  status->counters[static_cast<int>(Counter::healed)] = 3;
  CHECK(rest_sentence(*status) ==
        "1,234 comparisons, 2 failed requests, 1 unusable answer, 620 snapshots, 3 healed");
  status->verified_ns = kNow - 2 * kSecond;
  status->verified_for_ns = 5 * kSecond;
  CHECK(confirmation_sentence(*status) == "by the exchange 2.0 s ago");
  status->verified_ns = kNow - 41 * kSecond;
  CHECK(confirmation_sentence(*status) == "by the exchange 41 s ago, too long to count");
}

TEST_CASE("a connection's last error has its age, and how many attempts have failed") {
  ConnectionStatus connection;
  CHECK(last_error_text(connection, kNow).empty());
  connection.last_error.assign("cannot connect\n(Connection refused)");
  connection.last_error_ns = kNow - 3 * kSecond;
  connection.failures = 7;
  CHECK(last_error_text(connection, kNow) ==
        "cannot connect\\n(Connection refused), 3.0 s ago, 7 failed attempts in a row");
  connection.failures = 0;
  CHECK(last_error_text(connection, kNow) == "cannot connect\\n(Connection refused), 3.0 s ago");
}
