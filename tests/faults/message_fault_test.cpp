// Faults in what messages say: rejected and counted by reason, and the feed goes on.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

struct BadMessage {
  std::string what;
  std::string text;
  Counter counter;
};

std::string ticker_with(const std::string& symbol, const std::string& price) {
  return R"({"channel": "ticker", "symbol": )" + symbol + R"(, "data": {"price": )" + price + "}}";
}

std::string text_of(std::string_view bytes) { return std::string(bytes); }

/// Sends every message, each followed by a good tick with its number; then checks that each was
/// counted where it belongs, and that nothing else happened.
void check_feed_goes_on(const std::vector<BadMessage>& messages) {
  Hostile exchange({[&](Peer& peer) {
    peer.accept();
    peer.acknowledge(1);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      peer.text(messages[i].text);
      peer.text(tick("BTCUSDT", std::to_string(i + 1)));
    }
    while (const auto frame = peer.read_frame()) {
      if (frame->opcode == kClose) return;
    }
  }});
  RunningDaemon daemon({.port = exchange.port()});
  const std::string last = std::to_string(messages.size());
  CHECK(soon([&] { return daemon.ticker().value.price().str() == last; }));
  CHECK(daemon.ticker().live());
  std::uint64_t expected[kCounterCount] = {};
  for (const BadMessage& message : messages) ++expected[static_cast<std::size_t>(message.counter)];
  const Status status = daemon.status();
  for (std::size_t i = static_cast<std::size_t>(Counter::rejected_json); i < kCounterCount; ++i) {
    INFO("counter ", std::string(to_string(static_cast<Counter>(i))));
    CHECK(status.counters[i] == expected[i]);
  }
  CHECK(status.counter(Counter::ticks) == messages.size());
  CHECK(exchange.connections() == 1);
}

}  // namespace

TEST_CASE("fault 16: invalid UTF-8: the connection or the message is rejected, the feed goes on") {
  const std::string message = tick("BTCUSDT", "666");
  const std::size_t middle = message.size() / 2;
  const std::string broken = message.substr(0, middle) + "\xc3\x28" + message.substr(middle);
  const std::string cut = message.substr(0, middle) + "\xe2\x82";
  const std::string wholes[] = {
      text_frame(broken),
      text_frame(cut),
      text_frame("\xff\xfe\xfd"),
      text_frame(R"({"channel":"ticker","symbol":"BTCUSDT","x":")"
                 "\xed\xa0\x80"
                 R"("})"),
      // The broken character is in two fragments.
      bytes_of({.payload = broken.substr(0, middle + 1), .fin = false}) +
          bytes_of({.opcode = kContinuation, .payload = broken.substr(middle + 1)}),
      // A character begins and the message ends; the last fragment is empty.
      bytes_of({.payload = cut, .fin = false}) + bytes_of({.opcode = kContinuation, .payload = ""}),
      // A control frame comes between.
      bytes_of({.payload = cut, .fin = false}) + bytes_of({.opcode = kPing, .payload = "x"}) +
          bytes_of({.opcode = kContinuation, .payload = "(" + message.substr(middle)}),
  };
  for (const std::string& whole : wholes) {
    CAPTURE(whole);
    std::atomic<int> answer{0};
    Hostile exchange({[&](Peer& peer) {
                        peer.accept();
                        peer.acknowledge(1);
                        peer.send(whole);
                        peer.text(tick("ETHUSDT", "2"));
                        while (const auto frame = peer.read_frame()) {
                          if (frame->opcode == kClose) answer = frame->close_code();
                        }
                      },
                      good_session("ETHUSDT", "2")});
    RunningDaemon daemon({.port = exchange.port()});
    CHECK(recovers(daemon, "ETHUSDT"));
    CHECK_FALSE(daemon.ticker("BTCUSDT").has_value);
    const bool rejected = daemon.count(Counter::rejected_encoding) == 1;
    CHECK((rejected || soon([&] { return answer == 1007; })));
  }
}

TEST_CASE("fault 16: a character that is cut across fragments is whole") {
  const std::string message =
      R"({"channel":"ticker","symbol":"BTCUSDT","note":"€","data":{"price":"7"}})";
  const std::size_t inside = message.find("\xe2") + 1;
  Hostile exchange({[&](Peer& peer) {
    peer.accept();
    peer.acknowledge(1);
    peer.send(bytes_of({.payload = message.substr(0, inside), .fin = false}));
    peer.send(bytes_of({.opcode = kPing, .payload = "x"}));
    peer.send(bytes_of({.opcode = kContinuation, .payload = message.substr(inside)}));
    while (const auto frame = peer.read_frame()) {
      if (frame->opcode == kClose) return;
    }
  }});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon));
  CHECK(daemon.ticker().value.price().str() == "7");
  CHECK(exchange.connections() == 1);
}

TEST_CASE("fault 30: messages that are no sound JSON: rejected and counted, the feed goes on") {
  check_feed_goes_on({
      {"depth", std::string(1'000'000, '['), Counter::rejected_json},
      {"a 1 MB string", ticker_with("\"" + std::string(1'000'000, 'x') + "\"", "\"1\""),
       Counter::rejected_symbol},
      {"NUL", text_of({"{\"type\":\0\"ping\"}", 15}), Counter::rejected_json},
      {"trailing bytes", tick("BTCUSDT", "666") + "}", Counter::rejected_json},
      {"two messages", tick("BTCUSDT", "666") + tick("BTCUSDT", "667"), Counter::rejected_json},
      {"duplicate keys",
       R"({"channel":"ticker","symbol":"BTCUSDT","symbol":"X","data":{"price":"666"}})",
       Counter::rejected_duplicate},
      {"lone surrogate", R"({"type":"ticker","symbol":"\ud800","price":"666"})",
       Counter::rejected_encoding},
      {"NaN", ticker_with("\"BTCUSDT\"", "NaN"), Counter::rejected_json},
      {"1e999", ticker_with("\"BTCUSDT\"", "1e999"), Counter::rejected_json},
      {"empty", "", Counter::rejected_json},
      {"no JSON", "hello", Counter::rejected_json},
  });
}

TEST_CASE("fault 31: prices that cannot be kept exactly: rejected and counted, the feed goes on") {
  check_feed_goes_on({
      {"negative", ticker_with("\"BTCUSDT\"", "\"-1\""), Counter::rejected_price},
      {"empty", ticker_with("\"BTCUSDT\"", "\"\""), Counter::rejected_price},
      {"NaN as text", ticker_with("\"BTCUSDT\"", "\"NaN\""), Counter::rejected_price},
      {"40 digits", ticker_with("\"BTCUSDT\"", "\"" + std::string(40, '9') + "\""),
       Counter::rejected_price},
      {"zero", ticker_with("\"BTCUSDT\"", "\"0.00\""), Counter::rejected_price},
      {"null", ticker_with("\"BTCUSDT\"", "null"), Counter::rejected_price},
  });
}

TEST_CASE("fault 31: prices that can be kept are kept exactly") {
  Hostile exchange({[](Peer& peer) {
    peer.accept();
    peer.text(ticker_with("\"NUMBER\"", "64521.30"));
    peer.text(ticker_with("\"EXPONENT\"", "8.11e-06"));
    peer.text(ticker_with("\"LONG\"", "\"1.50" + std::string(36, '0') + "\""));
    while (const auto frame = peer.read_frame()) {
      if (frame->opcode == kClose) return;
    }
  }});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon, "LONG"));
  CHECK(daemon.ticker("NUMBER").value.price().str() == "64521.30");
  CHECK(daemon.ticker("EXPONENT").value.price().str() == "0.00000811");
  CHECK(daemon.ticker("LONG").value.price().str().starts_with("1.5"));
}

TEST_CASE("fault 32: symbols that are none: rejected and counted, the feed goes on") {
  check_feed_goes_on({
      {"empty", ticker_with("\"\"", "\"1\""), Counter::rejected_symbol},
      {"over 31 bytes", ticker_with("\"" + std::string(32, 'A') + "\"", "\"1\""),
       Counter::rejected_symbol},
      {"control bytes", ticker_with("\"BTC\\u0001\"", "\"1\""), Counter::rejected_symbol},
  });
}

TEST_CASE("fault 32: one symbol more than the table holds: every other is unaffected") {
  Hostile exchange({[](Peer& peer) {
    peer.accept();
    peer.text(tick("BTCUSDT", "1"));
    peer.text(tick("ETHUSDT", "2"));
    peer.text(tick("SOLUSDT", "3"));
    peer.text(tick("BTCUSDT", "4"));
    peer.text(tick("ETHUSDT", "5"));
    while (const auto frame = peer.read_frame()) {
      if (frame->opcode == kClose) return;
    }
  }});
  RunningDaemon daemon({.port = exchange.port(), .arguments = {"--max-symbols=2"}});
  CHECK(soon([&] { return daemon.ticker("ETHUSDT").value.price().str() == "5"; }));
  CHECK(daemon.ticker("BTCUSDT").value.price().str() == "4");
  CHECK(daemon.ticker("BTCUSDT").live());
  CHECK(daemon.ticker("SOLUSDT").freshness == Freshness::missing);
  CHECK(daemon.count(Counter::rejected_capacity) == 1);
  CHECK(exchange.connections() == 1);
}

TEST_CASE("fault 33: unknown type, channel, field: ignored and counted, the feed goes on") {
  check_feed_goes_on({
      {"type", R"({"type":"weather","temperature":21})", Counter::ignored_type},
      {"channel", R"({"channel":"weather","data":{"price":"666"}})", Counter::ignored_type},
      {"no type at all", R"({"hello":"world"})", Counter::ignored_type},
  });
}

TEST_CASE("fault 33: binary messages are counted and not looked at") {
  Hostile exchange({[](Peer& peer) {
    peer.accept();
    peer.send(bytes_of({.opcode = kBinary, .payload = tick("BTCUSDT", "666")}));
    peer.text(tick("ETHUSDT", "1"));
    while (const auto frame = peer.read_frame()) {
      if (frame->opcode == kClose) return;
    }
  }});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon, "ETHUSDT"));
  CHECK_FALSE(daemon.ticker("BTCUSDT").has_value);
  CHECK(daemon.count(Counter::rejected_binary) == 1);
  CHECK(exchange.connections() == 1);
}
