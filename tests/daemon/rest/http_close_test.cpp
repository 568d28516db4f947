// The HTTP client is closed, or destroyed, at any moment.
#include <boost/asio/ip/address.hpp>
#include <utility>
#include <variant>

#include "daemon/rest/http_rig.hpp"

namespace tickcache::daemon {
namespace {

namespace asio = boost::asio;

TEST_CASE("HTTP: close() at any moment; the client can be used again") {
  Hostile server({always(ok("{}"))});
  for (int steps = 0; steps < 8; ++steps) {
    CAPTURE(steps);
    Rig rig(server.port());
    rig.begin();
    for (int i = 0; i < steps; ++i) rig.io.poll_one();
    const std::size_t before = rig.results.size();
    rig.client->close();
    CHECK_FALSE(rig.client->busy());
    CHECK(rig.leaves_loop());
    CHECK(rig.results.size() == before);
    CHECK(rig.answer().body == "{}");
    rig.client->close();
    rig.client->close();
    CHECK(rig.leaves_loop());
  }
}

TEST_CASE("HTTP: close() while the server hangs") {
  Hostile server({[](Peer& peer) { peer.wait_until_gone(); }});
  Rig rig(server.port());
  rig.begin();
  rig.run_until([&] { return server.connections() == 1; });
  rig.client->close();
  CHECK(rig.leaves_loop());
  CHECK(rig.results.empty());
}

TEST_CASE("HTTP: close() while the host is being resolved; what is found is of no interest") {
  Hostile server({always(ok("{}"))});
  Rig rig(server.port());
  Resolved late;
  rig.settings.resolve = [&](const std::string&, std::uint16_t, Resolved resolved) {
    late = std::move(resolved);
  };
  rig.begin();
  rig.client->close();
  CHECK(rig.leaves_loop());
  late({}, {{asio::ip::make_address("127.0.0.1"), server.port()}});
  late = nullptr;
  CHECK(rig.leaves_loop());
  CHECK(rig.results.empty());
  CHECK(server.connections() == 0);
}

TEST_CASE("HTTP: the client is destroyed while a request is under way, or with its loop") {
  Hostile server({always(ok("{}"))});
  for (int steps = 0; steps < 8; ++steps) {
    CAPTURE(steps);
    for (const bool with_loop : {false, true}) {
      Rig rig(server.port());
      rig.begin();
      for (int i = 0; i < steps; ++i) rig.io.poll_one();
      const std::size_t before = rig.results.size();
      rig.client.reset();
      if (with_loop) continue;
      CHECK(rig.leaves_loop());
      CHECK(rig.results.size() == before);
    }
  }
}

TEST_CASE("HTTP: a report may begin the next request, close the client, or destroy it") {
  Hostile server({always(ok("{}"))});
  Rig rig(server.port());
  int left = 5;
  const auto last = [&](HttpResult) { rig.client.reset(); };
  std::function<void(HttpResult)> next = [&](HttpResult result) {
    CHECK(std::holds_alternative<HttpAnswer>(result));
    CHECK_FALSE(rig.client->busy());
    if (left == 1) rig.client->close();
    rig.client->get("/", false, test::kPatience, --left > 0 ? next : last);
  };
  rig.client->get("/", false, test::kPatience, next);
  CHECK(rig.leaves_loop());
  CHECK(left == 0);
  CHECK_FALSE(rig.client.has_value());
  CHECK(server.connections() == 2);

  const faults::BoundSocket closed;
  Rig failing(closed.port());
  failing.client->get("/", false, test::kPatience, [&](HttpResult result) {
    CHECK(std::holds_alternative<HttpFailure>(result));
    failing.client.reset();
  });
  CHECK(failing.leaves_loop());
  CHECK_FALSE(failing.client.has_value());
}

}  // namespace
}  // namespace tickcache::daemon
