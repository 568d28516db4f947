#include "support/loopback_proxy.hpp"

#include <doctest/doctest.h>

#include <string>

#include "sim/rest_client.hpp"
#include "sim/running.hpp"
#include "sim/ws_client.hpp"
#include "support/loopback_port.hpp"
#include "support/soon.hpp"

using namespace tickcache::sim;
using tickcache::test::LoopbackProxy;
using tickcache::test::soon;

namespace {

struct Path {
  Running exchange{silent()};
  LoopbackProxy proxy{exchange.port()};

  bool has_requests(std::uint64_t count) const {
    return exchange.wait_for([=](const Counts& counts) { return counts.requests == count; }, kSoon);
  }
};

}  // namespace

TEST_CASE("a proxy forwards what it is given, and the end of it") {
  Path path;
  RestClient rest(path.proxy.port());
  path.exchange.send_tick("BTCUSDT", "7");
  path.exchange.rest(RestMode::huge);
  CHECK(rest.get("/api/v1/market/prices").body.size() > 10'000'000);
  CHECK(path.proxy.connections() == 1);
  path.exchange.rest(RestMode::refused);
  rest.send("GET", "/health");
  CHECK_FALSE(rest.receive());
  {
    WsClient client(path.proxy.port());
    client.send(kAll);
    CHECK(client.read());
  }
  CHECK(path.exchange.wait_for([](const Counts& c) { return c.connections == 0; }, kSoon));
}

TEST_CASE("a swallowed connection stays open and stays dead, the others go on") {
  Path path;
  WsClient quiet(path.proxy.port());
  WsClient loser(path.proxy.port());
  loser.send(kAll);
  REQUIRE(loser.read());
  path.proxy.swallow(true);
  CHECK(path.exchange.send_tick("BTCUSDT", "1") == 1);
  RestClient meanwhile(path.proxy.port());
  meanwhile.send("GET", "/health");
  RestClient direct(path.exchange.port());
  CHECK(direct.get("/health").status == 200);
  // The lost tick left before this one's end did.
  CHECK(path.exchange.close_all(1000) == 2);
  CHECK(path.exchange.wait_for([](const Counts& c) { return c.connections == 0; }, kSoon));
  path.proxy.swallow(false);
  RestClient later(path.proxy.port());
  CHECK(later.get("/health").status == 200);
  CHECK(path.exchange.counts().rest.at("/health") == 2);
  CHECK_FALSE(meanwhile.is_readable());
  loser.send(kAll);  // goes nowhere
  CHECK(path.proxy.connections() == 4);
  CHECK(path.exchange.counts().requests == 1);
}

TEST_CASE("a connection that lost nothing goes on") {
  Path path;
  WsClient client(path.proxy.port());
  path.proxy.swallow(true);
  path.proxy.swallow(false);
  client.send(kAll);
  CHECK(client.read());
}

TEST_CASE("half open: those that are there die silently, new ones work") {
  Path path;
  WsClient old(path.proxy.port());
  path.proxy.half_open();
  old.send(kAll);
  WsClient fresh(path.proxy.port());
  fresh.send(kOrders);
  CHECK(fresh.read());
  CHECK(path.has_requests(1));
  CHECK(path.exchange.counts().connections == 2);
}

TEST_CASE("cut: both sides know at once") {
  Path path;
  WsClient client(path.proxy.port());
  CHECK(path.proxy.cut() == 1);
  CHECK_FALSE(client.read());
  CHECK(path.exchange.wait_for([](const Counts& c) { return c.connections == 0; }, kSoon));
  CHECK(path.proxy.connections() == 0);
}

TEST_CASE("what the target refuses is reset") {
  const tickcache::test::LoopbackPort nobody(tickcache::test::PortUse::refuses);
  LoopbackProxy proxy(nobody.number());
  RestClient client(proxy.port());
  CHECK_FALSE(client.receive());
  CHECK(soon([&] { return proxy.connections() == 0; }));
}
