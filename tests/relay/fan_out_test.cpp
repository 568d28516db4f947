// What WebSocket clients get.
#include <doctest/doctest.h>

#include <map>
#include <vector>

#include "relay/rig.hpp"
#include "support/sanitizers.hpp"

namespace tickcache::test {
namespace {

using Strings = std::vector<std::string>;

const std::string kOwn = "?api_key=ak_test";

/// Waits until the relay has done what it was asked to: acknowledgements come before that. Drops
/// what it sends meanwhile.
void settle(WebSocket& client) {
  client.send(R"({"type":"ping"})");
  CHECK(client.read_with("type", "pong"));
}

/// A tick that every client has had to read past when it sees it.
void send_mark(RelayRig& rig, const std::string& price) { rig.tick("MARK", price); }

Strings prices_until(WebSocket& client, const std::string& mark) {
  Strings prices;
  while (const auto message = client.read()) {
    const std::string symbol = text_at(*message, "symbol");
    const std::string price = text_at(*message, "data.price");
    if (symbol == "MARK" && price == mark) return prices;
    if (symbol != "MARK" && symbol != "-") prices.push_back(symbol + " " + price);
  }
  FAIL("the mark never came");
  return prices;
}

OrderUpdate some_order() {
  OrderUpdate update;
  update.order.id.assign("order-1");
  update.order.status.assign("filled");
  return update;
}

TEST_CASE("fan-out: the latest value at once, then every tick, equal ones too") {
  RelayRig rig;
  rig.tick("BTCUSDT", "1.50");
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket client(rig.port());
  REQUIRE(client.status() == 101);
  // First, so that no latest value of it comes before the ticks of others.
  client.subscribe("ticker", "MARK");
  CHECK(client.is_subscribed("ticker:MARK"));
  client.subscribe("ticker", "BTCUSDT");
  CHECK(client.is_subscribed("ticker:BTCUSDT"));
  const auto first = client.read();
  REQUIRE(first);
  CHECK(text_at(*first, "data.price") == "1.50");
  CHECK(text_at(*first, "freshness") == "live");
  for (int i = 0; i < 3; ++i) rig.tick("BTCUSDT", "2.00");
  rig.tick("ETHUSDT", "9");
  send_mark(rig, "1");
  CHECK(prices_until(client, "1") == Strings(3, "BTCUSDT 2.00"));
}

TEST_CASE("fan-out: unsubscribing, of one symbol and of all") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket client(rig.port());
  client.subscribe("ticker", "MARK");
  client.subscribe("ticker", "A");
  client.subscribe("ticker", "B");
  CHECK(client.is_subscribed("ticker:B"));
  client.subscribe("ticker", "A", {}, "unsubscribe");
  CHECK(text_at(*client.read(), "type") == "unsubscribed");
  settle(client);
  rig.tick("A", "1");
  rig.tick("B", "2");
  send_mark(rig, "1");
  CHECK(prices_until(client, "1") == Strings{"B 2"});
  client.subscribe("ticker_all");
  settle(client);
  rig.tick("C", "3");
  send_mark(rig, "2");
  const Strings all = prices_until(client, "2");
  CHECK(std::count(all.begin(), all.end(), "C 3") == 1);
  client.subscribe("ticker_all", {}, {}, "unsubscribe");
  settle(client);
  rig.tick("A", "4");
  rig.tick("B", "5");
  rig.tick("C", "6");
  send_mark(rig, "3");
  CHECK(prices_until(client, "3") == Strings{"B 5"});
}

TEST_CASE("fan-out: the specification's dialect, chosen by the first joined name") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket client(rig.port());
  client.send(R"({"action":"subscribe","channel":"ticker:BTCUSDT"})");
  CHECK(text_at(*client.read(), "channel") == "ticker:BTCUSDT");
  rig.tick("BTCUSDT", "1.50");
  const auto tick = client.read();
  REQUIRE(tick);
  CHECK(text_at(*tick, "type") == "ticker");
  CHECK(text_at(*tick, "price") == "1.50");
  client.send(R"({"type":"pong"})");
  client.send(R"({"type":"ping"})");
  CHECK(text_at(*client.read(), "type") == "pong");
}

TEST_CASE("fan-out: requests that are refused, and the connection goes on") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket client(rig.port());
  const auto code = [&](const std::string& text) {
    client.send(text);
    const auto answer = client.read();
    return answer ? text_at(*answer, "code") : std::string("nothing");
  };
  CHECK(code("x") == "UNKNOWN_ACTION");
  CHECK(code(R"({"action":"subscribe","channel":"orders"})") == "INVALID_CHANNEL");
  CHECK(code(R"({"action":"subscribe","channel":"candles:BTCUSDT:1m"})") == "INVALID_CHANNEL");
  CHECK(code(R"({"action":"subscribe","channel":"ticker:)" + std::string(32, 'A') + "\"}") ==
        "INVALID_CHANNEL");
  client.subscribe("ticker_all");
  CHECK(client.is_subscribed("ticker:all"));
}

TEST_CASE("fan-out: a message that is too long, or binary, ends the connection with the reason") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket longest(rig.port());
  std::string text = R"({"action":"ping","x":")";
  text.resize(4094, 'x');
  longest.send(text + "\"}");
  CHECK(text_at(*longest.read(), "type") == "pong");
  WebSocket longer(rig.port());
  longer.send(text + "x\"}");
  CHECK(longer.read_to_end() == 1009);
  WebSocket binary(rig.port());
  binary.send_frame(0x82, "{}");
  CHECK(binary.read_to_end() == 1003);
  WebSocket invalid(rig.port());
  invalid.send("\xff");
  CHECK(invalid.read_to_end() == 1007);
  WebSocket reserved(rig.port());
  reserved.send_frame(0x83, "{}");
  CHECK(reserved.read_to_end() == 1002);
}

TEST_CASE("fan-out: a symbol that is not live is not shown to a plain client") {
  RelayRig rig;
  rig.write([](TestSegment& segment) {
    segment.tick("OLD", "1");
    segment.disconnect();
    segment.connect();  // a new epoch: the price is of before
    segment.tick("NEW", "2");
  });
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket plain(rig.port());
  WebSocket told(rig.port(), "/ws/v1?status=1");
  for (WebSocket* client : {&plain, &told}) client->subscribe("ticker_all");
  CHECK(text_at(*told.read_with("type", "status"), "freshness") == "live");
  CHECK(text_at(*told.read_with("symbol", "OLD"), "freshness") == "stale");
  CHECK(plain.is_subscribed("ticker:all"));
  send_mark(rig, "1");
  CHECK(prices_until(plain, "1") == Strings{"NEW 2"});
}

TEST_CASE("fan-out: a slow plain client is dropped, and the others get every tick") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket slow(rig.port(), "/ws/v1", 4096);
  WebSocket quick(rig.port());
  for (WebSocket* client : {&slow, &quick}) client->subscribe("ticker_all");
  CHECK(quick.is_subscribed("ticker:all"));
  CHECK(slow.is_subscribed("ticker:all"));
  int sent = 0;
  int seen = 0;
  const auto take = [&] {
    while (quick.read(std::chrono::milliseconds(0))) ++seen;
  };
  REQUIRE(soon([&] {
    for (int i = 0; i < 1000; ++i) rig.tick("BTCUSDT", std::to_string(++sent));
    take();
    return metric(rig.port(), "too_slow_total") == 1;
  }));
  REQUIRE(soon([&] {
    take();
    return seen == sent;
  }));
  CHECK_FALSE(slow.read_to_end() == 1000);  // cut, after what the system still had
  CHECK(slow.connection.has_ended());
  // 1 MiB and the sockets' buffers, and no more.
  CHECK(sent * 150 < 8 << 20);
}

TEST_CASE("fan-out: a slow client that conflates goes on with the latest, and is told") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket slow(rig.port(), "/ws/v1?conflate=1", 4096);
  slow.subscribe("ticker_all");
  CHECK(slow.is_subscribed("ticker:all"));
  // Until it is behind, and far beyond.
  constexpr int kTicks = 20'000;
  for (int i = 1; i <= kTicks; ++i) rig.tick(i % 2 == 0 ? "EVEN" : "ODD", std::to_string(i));
  std::map<std::string, std::uint64_t> counted;
  std::map<std::string, long> last;
  bool missed_some = false;
  while (last["EVEN"] < kTicks || last["ODD"] < kTicks - 1) {
    const auto message = slow.read();
    REQUIRE(message);
    const std::string symbol = text_at(*message, "symbol");
    if (symbol == "-") continue;
    const long price = std::stol(text_at(*message, "data.price"));
    CHECK(price > last[symbol]);
    last[symbol] = price;
    const std::string missed = text_at(*message, "missed");
    if (missed != "-") {
      counted[symbol] += std::stoull(missed);
      missed_some = true;
    }
    ++counted[symbol];
  }
  CHECK(missed_some);
  // Each tick was either sent or counted.
  CHECK(counted["EVEN"] == kTicks / 2);
  CHECK(counted["ODD"] == kTicks / 2);
  CHECK(metric(rig.port(), "too_slow_total") == 0);
  rig.tick("EVEN", "100000");
  CHECK(slow.read_with("data.price", "100000"));
}

TEST_CASE("fan-out: no step back in time for a client that subscribes in the middle of ticks") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 1; !stop; ++i) {
      rig.tick("BTCUSDT", std::to_string(i));
      if (i % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the rate
    }
  });
  for (int round = 0; round < 50; ++round) {
    WebSocket client(rig.port());
    client.subscribe("ticker", "BTCUSDT");
    if (!client.is_subscribed("ticker:BTCUSDT")) break;
    long last = 0;
    for (int i = 0; i < 200; ++i) {
      const auto message = client.read();
      if (!message) break;
      const long price = std::stol(text_at(*message, "data.price"));
      // The first may be any; after that, each exactly once.
      if (last != 0) CHECK(price == last + 1);
      last = price;
    }
    CHECK(last != 0);
  }
  stop = true;
  writer.join();
}

TEST_CASE("fan-out: plain clients are closed with 1012 while the feed is not live, others told") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket plain(rig.port());
  WebSocket told(rig.port(), "/ws/v1?status=1");
  plain.subscribe("ticker_all");
  CHECK(plain.is_subscribed("ticker:all"));
  told.subscribe("ticker_all");
  rig.beat(false);
  CHECK(told.read_with("freshness", "down"));
  // Ticks go on: nothing of them may follow the close.
  for (int i = 0; i < 10; ++i) rig.tick("BTCUSDT", "1");
  CHECK(told.read_with("data.price", "1"));
  CHECK(plain.read_to_end() == 1012);
  CHECK(plain.close_text() ==
        "the feed is down: no heartbeat from tickcached (killed or suspended)");
  CHECK(plain.after_close() == 0);
  const WebSocket refused(rig.port());
  CHECK(refused.status() == 503);
  CHECK(refused.answer().header("Retry-After") == "1");
  CHECK(text_at(refused.answer().body, "error.code") == "NOT_LIVE");
  CHECK(metric(rig.port(), "ended_total") == 1);
  rig.beat(true);
  CHECK(told.read_with("freshness", "live"));
  CHECK(WebSocket(rig.port()).status() == 101);
}

TEST_CASE("fan-out: the relay's end closes every client") {
  std::optional<WebSocket> client;
  {
    RelayRig rig;
    REQUIRE(soon([&] { return rig.is_live(); }));
    client.emplace(rig.port());
    REQUIRE(client->status() == 101);
    client->send(R"({"type":"ping"})");
    CHECK(client->read());
  }
  CHECK(client->read_to_end() == 1012);
  CHECK(client->close_text() == "the relay stops");
}

TEST_CASE("fan-out: orders and portfolio only for the daemon's own key") {
  RelayRig rig;
  rig.write([](TestSegment& segment) {
    segment.channel(ChannelKind::orders, ChannelState::acknowledged);
    segment.channel(ChannelKind::portfolio, ChannelState::acknowledged);
    Portfolio portfolio;
    portfolio.total_equity.assign("12.5");
    segment.writer().portfolio(0, portfolio, boot_now());
    segment.writer().flush();
  });
  REQUIRE(soon([&] { return rig.is_live(); }));
  for (const char* target : {"/ws/v1", "/ws/v1?api_key=ak_other", "/ws/v1?api_key="}) {
    WebSocket other(rig.port(), target);
    for (const char* channel : {"orders", "portfolio"}) {
      other.subscribe(channel);
      CHECK(text_at(*other.read(), "code") == "INVALID_CHANNEL");
    }
  }
  WebSocket own(rig.port(), "/ws/v1" + kOwn);
  own.subscribe("portfolio");
  CHECK(own.is_subscribed("portfolio"));
  CHECK(text_at(*own.read(), "data.total_equity") == "12.5");
  own.subscribe("orders");
  CHECK(own.is_subscribed("orders"));
  rig.write([](TestSegment& segment) {
    segment.writer().order(0, some_order().order, boot_now());
    segment.writer().flush();
  });
  const auto order = own.read_with("channel", "orders");
  REQUIRE(order);
  CHECK(text_at(*order, "data.order_id") == "order-1");
  CHECK(text_at(*order, "position") == "1");
}

TEST_CASE("fan-out: pings of the WebSocket protocol are answered, and its close") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket client(rig.port());
  client.send_frame(0x89, "12");
  REQUIRE(client.connection.fill(4));
  CHECK(client.connection.pending == std::string("\x8a\x02") + "12");
  client.connection.pending.clear();
  client.send_frame(0x88, std::string("\x03\xe8", 2));
  CHECK(client.read_to_end() == 1000);
}

}  // namespace
}  // namespace tickcache::test
