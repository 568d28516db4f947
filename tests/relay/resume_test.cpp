// Server-sent events, and what a client gets that comes back.
#include <doctest/doctest.h>

#include <vector>

#include "relay/rig.hpp"

namespace tickcache::test {
namespace {

using Strings = std::vector<std::string>;

/// The prices of `count` ticks, as they come.
Strings ticks(EventSource& stream, std::size_t count) {
  Strings prices;
  while (prices.size() < count) {
    const auto event = stream.read_named("ticker");
    REQUIRE(event);
    prices.push_back(text_at(event->data, "price"));
  }
  return prices;
}

/// Reads up to the id that follows what a stream begins with.
std::string begin(EventSource& stream) {
  while (const auto event = stream.read()) {
    if (!event->id.empty()) return event->id;
  }
  FAIL("no id came");
  return {};
}

Strings numbers(int first, int last) {
  Strings result;
  for (int i = first; i <= last; ++i) result.push_back(std::to_string(i));
  return result;
}

TEST_CASE("events: the state, the latest values, then every tick") {
  RelayRig rig;
  rig.tick("BTCUSDT", "1.50");
  rig.tick("ETHUSDT", "2");
  REQUIRE(soon([&] { return rig.is_live(); }));
  EventSource stream(rig.port(), "/v1/stream?symbols=btcusdt");
  REQUIRE(stream.answer().status == 200);
  CHECK(stream.answer().header("Content-Type") == "text/event-stream");
  CHECK(stream.answer().header("Cache-Control") == "no-store");
  CHECK(text_at(stream.read_named("status")->data, "freshness") == "live");
  const auto price = stream.read_named("price");
  REQUIRE(price);
  CHECK(text_at(price->data, "symbol") == "BTCUSDT");
  CHECK(text_at(price->data, "price") == "1.50");
  rig.tick("ETHUSDT", "3");
  rig.tick("BTCUSDT", "4");
  rig.tick("BTCUSDT", "4");
  CHECK(ticks(stream, 2) == Strings{"4", "4"});
}

TEST_CASE("events: a client that comes back with the last id loses and repeats nothing") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  std::string id;
  {
    EventSource stream(rig.port());
    begin(stream);
    for (int i = 1; i <= 10; ++i) rig.tick("BTCUSDT", std::to_string(i));
    CHECK(ticks(stream, 7) == numbers(1, 7));
    id = stream.last_id();
  }
  for (int i = 11; i <= 2000; ++i) rig.tick("BTCUSDT", std::to_string(i));
  // By the header and by the query, in any part of what is kept.
  EventSource by_header(rig.port(), "/v1/stream", {"Last-Event-ID: " + id});
  CHECK(ticks(by_header, 1993) == numbers(8, 2000));
  EventSource by_query(rig.port(), "/v1/stream?last_event_id=" + by_header.last_id());
  rig.tick("BTCUSDT", "2001");
  CHECK(ticks(by_query, 1) == numbers(2001, 2001));
  CHECK(ticks(by_header, 1) == numbers(2001, 2001));
  // Another selection, from the same point on.
  rig.tick("ETHUSDT", "5");
  EventSource other(rig.port(), "/v1/stream?symbols=ETHUSDT", {"Last-Event-ID: " + id});
  CHECK(ticks(other, 1) == Strings{"5"});
}

TEST_CASE("events: a client that comes back while ticks go on, again and again") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  std::optional<EventSource> stream;
  stream.emplace(rig.port());
  begin(*stream);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 1; !stop; ++i) {
      rig.tick("BTCUSDT", std::to_string(i));
      if (i % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the rate
    }
  });
  int next = 1;
  for (int round = 0; round < 30; ++round) {
    const int count = 50 + round;
    for (const std::string& price : ticks(*stream, static_cast<std::size_t>(count))) {
      if (price != std::to_string(next)) FAIL_CHECK(price, " instead of ", next);
      next = std::stoi(price) + 1;
    }
    const std::string id = stream->last_id();
    stream.emplace(rig.port(), "/v1/stream", Headers{"Last-Event-ID: " + id});
  }
  stop = true;
  writer.join();
}

TEST_CASE("events: a slow client gets megabytes that it had missed, in portions") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  std::string id;
  {
    EventSource stream(rig.port());
    id = begin(stream);
  }
  constexpr int kTicks = 20'000;  // 6 MB
  for (int i = 1; i <= kTicks; ++i) rig.tick("BTCUSDT", std::to_string(i));
  EventSource slow(rig.port(), "/v1/stream", {"Last-Event-ID: " + id}, 4096);
  // Ticks go on before it has read anything.
  for (int i = 1; i <= 100; ++i) rig.tick("BTCUSDT", std::to_string(kTicks + i));
  CHECK(ticks(slow, kTicks + 100) == numbers(1, kTicks + 100));
  CHECK(metric(rig.port(), "too_slow_total") == 0);
}

TEST_CASE("events: an id that is not kept, or none of this run, is a gap") {
  RelayRig rig;
  rig.tick("BTCUSDT", "1");
  REQUIRE(soon([&] { return rig.is_live(); }));
  EventSource first(rig.port());
  const std::string id = begin(first);
  const std::string run = id.substr(0, id.find('-') + 1);
  for (const std::string& unknown :
       {std::string("x"), std::string("00000000-1"), run, run + "x", run + "-1", run + "999999",
        run + "18446744073709551616", id + "1x", run + " 1"}) {
    CAPTURE(unknown);
    EventSource stream(rig.port(), "/v1/stream", {"Last-Event-ID: " + unknown});
    const auto gap = stream.read_named("gap");
    REQUIRE(gap);
    CHECK(text_at(gap->data, "cause") == "not_kept");
    CHECK(text_at(stream.read_named("price")->data, "price") == "1");
  }
  // More than is kept: 8 MiB.
  for (int i = 1; i <= 40'000; ++i) {
    rig.tick("BTCUSDT", std::to_string(i));
    if (i % 100 == 0) first.connection.read_now();
    first.connection.pending.clear();
  }
  EventSource late(rig.port(), "/v1/stream", {"Last-Event-ID: " + id});
  CHECK(late.read_named("gap"));
  CHECK(text_at(late.read_named("price")->data, "price") == "40000");
}

TEST_CASE("events: a conflated stream is told how much it missed") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  EventSource slow(rig.port(), "/v1/stream?conflate=1", {}, 4096);
  begin(slow);
  constexpr int kTicks = 20'000;
  for (int i = 1; i <= kTicks; ++i) rig.tick("BTCUSDT", std::to_string(i));
  std::uint64_t received = 0;
  std::uint64_t missed = 0;
  for (long last = 0; last < kTicks;) {
    const auto event = slow.read();
    REQUIRE(event);
    if (event->name != "ticker" && event->name != "price") continue;
    last = std::stol(text_at(event->data, "price"));
    const std::string before = text_at(event->data, "missed");
    if (before != "-") missed += std::stoull(before);
    ++received;
  }
  CHECK(missed > 0);
  CHECK(received + missed == kTicks);
}

TEST_CASE("events: what cannot be streamed is refused before the stream begins") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  for (const char* query :
       {"channels=battle", "channels=candles:1m", "channels=candles:1m&symbols=BTCUSDT",
        "channels=orders", "channels=portfolio&api_key=ak_other",
        "symbols=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    CAPTURE(query);
    const Answer answer = get(rig.port(), std::string("/v1/stream?") + query);
    CHECK(answer.status == 400);
    CHECK(text_at(answer.body, "error.code") == "BAD_REQUEST");
  }
}

TEST_CASE("events: orders are for the daemon's own key, resumed ones too") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  EventSource own(rig.port(), "/v1/stream?channels=orders", {"X-API-Key: ak_test"});
  const std::string id = begin(own);
  rig.write([](TestSegment& segment) {
    Order order;
    order.id.assign("order-1");
    segment.writer().order(0, order, boot_now());
    segment.writer().flush();
  });
  CHECK(text_at(own.read_named("order")->data, "order_id") == "order-1");
  rig.tick("BTCUSDT", "1");
  EventSource ticks_only(rig.port(), "/v1/stream", {"Last-Event-ID: " + id});
  for (std::string name; name != "ticker";) {
    const auto event = ticks_only.read();
    REQUIRE(event);
    CHECK(event->name != "order");
    name = event->name;
  }
  EventSource again(rig.port(), "/v1/stream?channels=orders,ticker",
                    {"Last-Event-ID: " + id, "X-API-Key: ak_test"});
  CHECK(again.read_named("order"));
  CHECK(again.read_named("ticker"));
}

TEST_CASE(
    "resume: the present portfolio comes after the state of the feed, and not before missed ones") {
  RelayRig rig;
  const auto put = [&](const char* equity) {
    rig.write([&](TestSegment& segment) {
      segment.channel(ChannelKind::portfolio, ChannelState::acknowledged);
      Portfolio portfolio;
      portfolio.total_equity.assign(equity);
      segment.writer().portfolio(0, portfolio, boot_now());
      segment.writer().flush();
    });
  };
  put("1");
  rig.tick("BTCUSDT", "1");
  REQUIRE(soon([&] { return rig.is_live(); }));
  const Headers key = {"X-API-Key: ak_test"};
  const std::string target = "/v1/stream?channels=portfolio";
  EventSource first(rig.port(), target, key);
  const auto status = first.read();
  REQUIRE(status);
  CHECK(status->name == "status");
  const auto present = first.read_named("portfolio");
  REQUIRE(present);
  CHECK(text_at(present->data, "total_equity") == "1");
  put("2");
  REQUIRE(first.read_named("portfolio"));
  const std::string id = first.last_id();
  put("3");
  REQUIRE(first.read_named("portfolio"));
  EventSource resumed(rig.port(), target, {"X-API-Key: ak_test", "Last-Event-ID: " + id});
  const auto missed = resumed.read_named("portfolio");
  REQUIRE(missed);
  CHECK(text_at(missed->data, "total_equity") == "3");
  CHECK_FALSE(missed->id.empty());  // the one that was missed, not the present one
}

}  // namespace
}  // namespace tickcache::test
