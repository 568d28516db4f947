// Subscriptions: forms, replies and what they belong to.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/daemon/upstream/upstream_rig.hpp"

namespace tickcache::daemon {
namespace {

using Texts = std::vector<std::string>;

std::string split(const Channel& channel) { return request_text(channel, true, kSplit); }
std::string joined(const Channel& channel) { return request_text(channel, true, kJoined); }

TEST_CASE("one subscription probes the form, the rest follows when it was answered") {
  Rig rig{want_symbols({"A", "B"})};
  rig.start_open();
  // Orders and portfolio have one form: they do not wait.
  CHECK(rig.texts() == Texts{split(ticker("A")), split(orders()), split(portfolio())});
  CHECK(rig.state_of(ticker("B")) == ChannelState::wanted);
  rig.forget();
  rig.message(acknowledgement(orders()));
  CHECK(rig.texts().empty());
  rig.message(acknowledgement(ticker("A")));
  CHECK(rig.texts() == Texts{split(ticker("B"))});
}

TEST_CASE("once a form was answered, a new session asks for everything at once") {
  Rig rig{want_symbols({"A", "B"})};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.close(1006);
  rig.pass(seconds{1});
  rig.forget();
  rig.open();
  CHECK(rig.texts().size() == 4);
}

TEST_CASE("the exchange speaks another form after a reconnection: nothing is lost") {
  Rig rig{want_symbols({"A", "B"}, false)};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.close(1006);
  rig.pass(seconds{1});
  rig.open();
  rig.forget();
  rig.message(invalid_channel());
  CHECK(rig.texts() == Texts{joined(ticker("A"))});
  rig.message(invalid_channel());
  CHECK(rig.texts() == Texts{joined(ticker("A")), joined(ticker("B"))});
}

TEST_CASE("a probe that is no longer wanted is undone, and the next one asked for") {
  Rig rig{want_symbols({"A", "B", "C"}, false)};
  rig.start_open();
  rig.forget();
  rig.reconfigure(want_symbols({"B", "C"}, false));
  CHECK(rig.texts() == Texts{request_text(ticker("A"), false, kSplit), split(ticker("B"))});
}

TEST_CASE("acknowledgements are matched by name") {
  Rig rig{want_symbols({"A", "B", "C"})};
  rig.start_open();
  rig.message(acknowledgement(ticker("C")));  // has not been asked for
  CHECK(rig.state_of(ticker("C")) == ChannelState::wanted);
  rig.message(acknowledgement(ticker("A")));
  rig.message(acknowledgement(ticker("C")));
  CHECK(rig.state_of(ticker("B")) == ChannelState::sent);
  CHECK(rig.state_of(ticker("C")) == ChannelState::acknowledged);
  rig.message(acknowledgement(ticker("NEVER")));
  rig.message(acknowledgement(ticker("C")));
  rig.message(AcknowledgementEvent{true, false, {}});
  CHECK(rig.state_of(ticker("C")) == ChannelState::acknowledged);
}

TEST_CASE("a subscription that the exchange ends by itself is asked for again, once in a while") {
  Rig rig{want_symbols({"A", "B"})};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.message(acknowledgement(ticker("B")));
  rig.forget();
  rig.message(acknowledgement(ticker("A"), false));
  CHECK(rig.texts() == Texts{split(ticker("A"))});
  CHECK(rig.message(tick("A")) == Belongs::earlier);  // it was under way
  CHECK(rig.message(tick("B")) == Belongs::present);
  CHECK(rig.state_of(ticker("A")) == ChannelState::sent);
  rig.message(acknowledgement(ticker("A")));
  CHECK(rig.message(tick("A")) == Belongs::present);
  rig.forget();
  rig.message(acknowledgement(ticker("A"), false));
  CHECK(rig.texts().empty());  // so soon again: not at once
  CHECK(rig.state_of(ticker("A")) == ChannelState::wanted);
  CHECK(rig.message(tick("A")) == Belongs::earlier);
  rig.pass(Timing{}.answer_timeout);
  CHECK(rig.texts() == Texts{split(ticker("A"))});
}

TEST_CASE("data that nobody asked for belongs to no subscription") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  CHECK(rig.message(OrderEvent{}) == Belongs::unasked);
  CHECK(rig.message(PortfolioEvent{}) == Belongs::unasked);
  CHECK(rig.message(CandleEvent{}) == Belongs::unasked);
  CHECK(rig.message(tick("B")) == Belongs::unasked);
}

TEST_CASE("unknown in the first form: the joined form, once") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.forget();
  rig.message(invalid_channel("Unknown channel 'ticker'"));
  CHECK(rig.texts() == Texts{joined(ticker("A"))});
  rig.message(acknowledgement(ticker("A")));
  CHECK(rig.state_of(ticker("A")) == ChannelState::acknowledged);

  rig.forget();
  rig.reconfigure(want_symbols({"A", "B"}, false));
  CHECK(rig.texts() == Texts{joined(ticker("B"))});  // what worked is remembered

  rig.close(1006);
  rig.pass(seconds{1});
  rig.forget();
  rig.open();
  CHECK(rig.texts() == Texts{joined(ticker("A")), joined(ticker("B"))});
}

TEST_CASE("fault 27: refused in the form that works: refused by name, the others go on") {
  const Channel odd = candles("BTCUSDT", "4h");
  Rig rig{want_all({odd, candles("BTCUSDT", "1m")})};
  rig.start_open();
  for (const Channel& channel : {ticker_all(), orders(), portfolio()}) {
    rig.message(acknowledgement(channel));
  }
  rig.forget();
  rig.message(invalid_channel("Channel 'candles' requires ."));
  rig.message(acknowledgement(candles("BTCUSDT", "1m")));
  CHECK(rig.state_of(odd) == ChannelState::refused);
  CHECK(rig.reason_of(odd) == "Channel 'candles' requires .");
  CHECK(rig.logged("candles:BTCUSDT:4h is refused", LogLevel::warning) == 1);
  CHECK(rig.state_of(candles("BTCUSDT", "1m")) == ChannelState::acknowledged);

  rig.message(tick("BTCUSDT"));
  for (int i = 0; i < 20; ++i) {
    rig.pass(seconds{30});
    rig.message(PingEvent{});
  }
  CHECK(rig.texts().empty());  // not tried again in this session
  rig.close(1006);
  rig.pass(seconds{1});
  rig.open();
  CHECK(rig.texts().size() == 5);
  CHECK(rig.state_of(odd) == ChannelState::sent);
}

TEST_CASE("that candles are refused is no warning, and said once, if they are made of ticks") {
  const Channel odd = candles("BTCUSDT", "4h");
  const Channel without_ticks = candles("ETHUSDT", "4h");
  Wanted wanted;
  wanted.symbols = {symbol("BTCUSDT")};
  wanted.candles = {odd, without_ticks};
  wanted.made_candles = {odd};
  Rig rig{wanted};
  rig.start();
  for (int session = 0; session < 3; ++session) {
    rig.open();
    rig.message(acknowledgement(ticker("BTCUSDT")));
    rig.message(invalid_channel("Channel 'candles' requires ."));
    rig.message(invalid_channel("Channel 'candles' requires ."));
    CHECK(rig.state_of(odd) == ChannelState::refused);
    rig.close(1006);
    if (session == 1) rig.reconfigure(wanted);
    rig.pass(seconds{60});
  }
  CHECK(rig.logged("candles:BTCUSDT:4h is refused") == 0);
  CHECK(rig.logged("candles:BTCUSDT:4h: the exchange refuses it, so its candles are made of ticks: "
                   "Channel 'candles' requires .",
                   LogLevel::info) == 1);
  CHECK(rig.logged("candles:BTCUSDT:4h: the exchange refuses it", LogLevel::warning) == 0);
  CHECK(rig.logged("candles:ETHUSDT:4h is refused", LogLevel::warning) == 3);
}

TEST_CASE("fault 27: unknown in both forms is refused by name, the others go on") {
  Wanted wanted;
  wanted.candles = {candles("A", "4h"), candles("A", "1m")};
  Rig rig{wanted};
  rig.start_open();
  rig.forget();
  rig.message(invalid_channel("Channel 'candles' requires ."));
  CHECK(rig.texts() == Texts{joined(candles("A", "4h"))});
  CHECK(rig.state_of(candles("A", "4h")) == ChannelState::sent);
  rig.forget();
  rig.message(invalid_channel("Unknown channel 'candles:A:4h'. Valid channels: …"));
  CHECK(rig.state_of(candles("A", "4h")) == ChannelState::refused);
  CHECK(rig.reason_of(candles("A", "4h")) == "Channel 'candles' requires .");
  CHECK(rig.texts() == Texts{split(candles("A", "1m"))});  // the next probe
  rig.message(acknowledgement(candles("A", "1m")));
  CHECK(rig.state_of(candles("A", "1m")) == ChannelState::acknowledged);
}

TEST_CASE("the more telling reason is kept, whichever form it came with") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(invalid_channel("Unknown channel 'ticker'"));
  rig.message(invalid_channel("No such symbol"));
  CHECK(rig.reason_of(ticker("A")) == "No such symbol");
}

TEST_CASE("a refusal without a message has its code as the reason") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(invalid_channel(""));
  rig.message(invalid_channel(""));
  CHECK(rig.reason_of(ticker("A")) == "INVALID_CHANNEL");
}

TEST_CASE("fault 27: over the limit is refused at once, the others go on") {
  Rig rig{want_symbols({"A", "B"})};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.message(acknowledgement(orders()));
  rig.forget();
  rig.message(subscription_limit());
  rig.message(acknowledgement(ticker("B")));
  CHECK(rig.texts().empty());
  CHECK(rig.state_of(portfolio()) == ChannelState::refused);
  CHECK(rig.reason_of(portfolio()) == "Maximum of 10 reached.");
  CHECK(rig.state_of(ticker("B")) == ChannelState::acknowledged);
}

TEST_CASE("an unknown action: an answer to a request if no pong can be meant") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(PingEvent{});
  rig.forget();
  rig.message(unknown_action());  // the pong
  CHECK(rig.texts().empty());
  CHECK(rig.logged("answer to its ping", LogLevel::warning) == 1);
  rig.message(unknown_action());  // the request
  CHECK(rig.texts() == Texts{joined(ticker("A"))});
}

TEST_CASE("a pong is not meant by an unknown action any more after 5 s") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.message(PingEvent{});
  rig.pass(seconds{5});
  rig.reconfigure(want_symbols({"A", "B"}, false));
  rig.message(unknown_action());
  CHECK(rig.state_of(ticker("B")) == ChannelState::refused);
}

TEST_CASE("neither answer nor data: the other form after 5 s, then silence, told once") {
  Rig rig{want_all({candles("A", "1h")})};
  rig.start_open();
  rig.forget();
  rig.pass(milliseconds{4999});
  CHECK(rig.texts().empty());
  rig.pass(milliseconds{1});
  CHECK(rig.texts() == Texts{joined(ticker_all()), joined(candles("A", "1h"))});
  rig.message(tick("A"));
  CHECK(rig.state_of(ticker_all()) == ChannelState::acknowledged);
  rig.pass(seconds{30});
  CHECK(rig.texts() ==
        Texts{joined(ticker_all()), joined(candles("A", "1h")), split(candles("A", "1h"))});
  CHECK(rig.state_of(candles("A", "1h")) == ChannelState::sent);
  CHECK(rig.logged("candles:A:1h: the exchange has neither") == 1);
  CHECK(rig.logged("orders: the exchange has neither") == 1);
  CHECK(rig.logged("ticker:all: the exchange has neither") == 0);

  rig.message(candle(candles("A", "1h")));
  CHECK(rig.state_of(candles("A", "1h")) == ChannelState::acknowledged);
  rig.message(OrderEvent{});
  CHECK(rig.state_of(orders()) == ChannelState::acknowledged);
  rig.message(PortfolioEvent{});
  CHECK(rig.state_of(portfolio()) == ChannelState::acknowledged);
}

TEST_CASE("an exchange that never acknowledges: a new session asks in the joined form, at once") {
  Rig rig{want_symbols({"A", "B"}, false)};
  rig.start_open();
  rig.pass(seconds{5});
  rig.message(tick("A"));
  rig.message(tick("B"));
  rig.close(1006);
  rig.pass(seconds{1});
  rig.forget();
  rig.open();
  CHECK(rig.texts() == Texts{joined(ticker("A")), joined(ticker("B"))});
}

TEST_CASE("data within 5 s is an acknowledgement") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(tick("B"));
  CHECK(rig.state_of(ticker("A")) == ChannelState::sent);
  rig.message(tick("A"));
  CHECK(rig.state_of(ticker("A")) == ChannelState::acknowledged);
  rig.forget();
  rig.pass(seconds{30});
  CHECK(rig.texts().empty());
}

TEST_CASE("silent in one form, unknown in the other: not refused") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(invalid_channel());
  rig.pass(seconds{30});
  CHECK(rig.state_of(ticker("A")) == ChannelState::sent);
  CHECK(rig.logged("ticker:A: the exchange has neither") == 1);
}

TEST_CASE("data is stronger than a refusal, which may have been another's") {
  Rig rig{want_all()};
  rig.start_open();
  rig.message(invalid_channel());
  rig.message(invalid_channel());
  CHECK(rig.state_of(orders()) == ChannelState::refused);
  rig.message(OrderEvent{});
  CHECK(rig.state_of(orders()) == ChannelState::acknowledged);
}

TEST_CASE("a slow exchange of the platform's: answers after the other form was sent are paired") {
  const Channel odd = candles("A", "4h");
  Rig rig{want_all({odd})};
  rig.start_open();
  rig.pass(seconds{6});
  for (const Channel& channel : {ticker_all(), orders(), portfolio()}) {
    rig.message(acknowledgement(channel));
  }
  rig.forget();
  rig.message(invalid_channel("Unknown channel 'ticker:all'"));
  rig.message(invalid_channel("Unknown channel 'candles:A:4h'. Valid …"));
  CHECK(rig.texts() == Texts{split(odd)});
  rig.message(invalid_channel("Channel 'candles' requires ."));
  CHECK(rig.state_of(ticker_all()) == ChannelState::acknowledged);
  CHECK(rig.state_of(odd) == ChannelState::refused);
  CHECK(rig.reason_of(odd) == "Channel 'candles' requires .");
  rig.forget();
  rig.reconfigure(want_all());
  CHECK(rig.texts() == Texts{request_text(odd, false, kSplit), request_text(odd, false, kJoined)});
}

TEST_CASE("reload: the difference only, what goes first") {
  Rig rig{want_symbols({"A", "B"})};
  rig.start_open();
  for (const Channel& channel : {ticker("A"), ticker("B"), orders(), portfolio()}) {
    rig.message(acknowledgement(channel));
  }
  rig.forget();
  rig.reconfigure(want_symbols({"B", "C"}));
  CHECK(rig.texts() == Texts{request_text(ticker("A"), false, kSplit), split(ticker("C"))});
  CHECK(joined_name(rig.last<DropChannel>()->channel) == "ticker:A");
  CHECK(rig.count<Close>() == 0);
  CHECK(rig.state_of(ticker("B")) == ChannelState::acknowledged);
  rig.message(acknowledgement(ticker("A"), false));
  rig.message(acknowledgement(ticker("C")));
  CHECK(rig.state_of(ticker("C")) == ChannelState::acknowledged);

  rig.forget();
  rig.reconfigure(want_symbols({"B", "C"}));
  CHECK(rig.actions.empty());
}

TEST_CASE("reload: between single tickers and everything, unsubscribing first") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.forget();
  Wanted all;
  all.all_symbols = true;
  rig.reconfigure(all);
  CHECK(rig.texts() == Texts{request_text(ticker("A"), false, kSplit), split(ticker_all())});
  CHECK(rig.message(tick("A")) == Belongs::earlier);  // may be left over
  CHECK(rig.state_of(ticker_all()) == ChannelState::sent);
  CHECK(rig.message(tick("B")) == Belongs::present);
  CHECK(rig.state_of(ticker_all()) == ChannelState::acknowledged);
  CHECK(rig.message(tick("A")) == Belongs::earlier);

  rig.message(acknowledgement(ticker("A"), false));
  rig.message(acknowledgement(ticker_all()));
  rig.forget();
  rig.reconfigure(want_symbols({"B"}, false));
  CHECK(rig.texts() == Texts{request_text(ticker_all(), false, kSplit), split(ticker("B"))});
  CHECK(rig.message(tick("B")) == Belongs::earlier);
  CHECK(rig.state_of(ticker("B")) == ChannelState::sent);
  rig.message(acknowledgement(ticker_all(), false));
  CHECK(rig.message(tick("B")) == Belongs::earlier);  // the answer may have overtaken it
  CHECK(rig.state_of(ticker("B")) == ChannelState::sent);
  SUBCASE("an answer tells them apart") {
    rig.message(acknowledgement(ticker("B")));
    CHECK(rig.message(tick("B")) == Belongs::present);
  }
  SUBCASE("without one, time does") {
    rig.pass(Timing{}.answer_timeout);
    CHECK(rig.message(tick("B")) == Belongs::present);
    CHECK(rig.state_of(ticker("B")) == ChannelState::acknowledged);
  }
}

TEST_CASE("unsubscribing: a refusal of it changes nothing") {
  Rig rig{want_symbols({"A", "B"}, false)};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.message(acknowledgement(ticker("B")));
  rig.forget();
  rig.reconfigure(want_symbols({"B"}, false));
  rig.message(invalid_channel());
  rig.pass(seconds{20});
  CHECK(rig.texts() == Texts{request_text(ticker("A"), false, kSplit)});
  CHECK(rig.state_of(ticker("B")) == ChannelState::acknowledged);
}

TEST_CASE("an acknowledgement of an earlier subscription does not stand for the present one") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.reconfigure({});
  rig.reconfigure(want_symbols({"A"}, false));
  rig.message(acknowledgement(ticker("A")));
  CHECK(rig.state_of(ticker("A")) == ChannelState::sent);
  rig.message(invalid_channel());  // to the unsubscription
  rig.message(acknowledgement(ticker("A")));
  CHECK(rig.state_of(ticker("A")) == ChannelState::acknowledged);
}

TEST_CASE("other errors are told once and answer nothing") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.forget();
  for (int i = 0; i < 5; ++i) rig.message(error(ErrorCode::other, "INTERNAL", "Sorry"));
  CHECK(rig.logged("INTERNAL: Sorry", LogLevel::info) == 1);
  CHECK(rig.texts().empty());
  rig.message(acknowledgement(ticker("A")));
  rig.message(invalid_channel());  // answers nothing
  CHECK(rig.state_of(ticker("A")) == ChannelState::acknowledged);
  CHECK(rig.texts().empty());
}

TEST_CASE("other errors, however many kinds of them, do not fill the log") {
  Rig rig{want_symbols({"A"}, false)};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.forget();
  for (int i = 0; i < 1000; ++i) {
    rig.message(error(ErrorCode::other, i % 2 == 0 ? "EVEN" : "ODD", "Sorry"));
  }
  CHECK(rig.logged("Sorry", LogLevel::info) == 1);
  rig.pass(std::chrono::seconds(10));
  rig.message(error(ErrorCode::other, "ODD", "Sorry"));
  CHECK(rig.logged("Sorry", LogLevel::info) == 2);
}

}  // namespace
}  // namespace tickcache::daemon
