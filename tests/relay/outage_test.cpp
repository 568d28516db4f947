// What clients see of the relay while the daemon, or its way to the exchange, is gone.
#include <signal.h>

#include "relay/relayed.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// What happens to the daemon, and how it ends.
struct Outage {
  std::string name;
  void (*begin)(Relayed&);
  void (*end)(Relayed&);
};

TEST_CASE("fault 67: the daemon killed, suspended, cut off, restarted: all go on by themselves") {
  const Outage outages[] = {
      {"killed", [](Relayed& at) { at.daemon->kill(); }, [](Relayed& at) { at.start_daemon(); }},
      {"suspended", [](Relayed& at) { at.daemon->suspend(); },
       [](Relayed& at) { at.daemon->signal(SIGCONT); }},
      {"stopped", [](Relayed& at) { CHECK(at.daemon->stop() == 0); },
       [](Relayed& at) { at.start_daemon(); }},
      {"dropped",
       [](Relayed& at) {
         at.exchange.stop_accepting();
         at.exchange.drop_all();
       },
       [](Relayed& at) { at.exchange.accept_again(); }},
      {"swallowed", [](Relayed& at) { at.path->swallow(true); },
       [](Relayed& at) {
         at.path->swallow(false);
         at.path->cut();
       }},
  };
  sim::Options options = Relayed::quiet();
  options.rate = 2000;  // so that a silence is noticed
  Relayed at(options, "1");
  INFO(at.logs());
  WebSocket told(at.port(), "/ws/v1?status=1");
  EventSource stream(at.port());
  REQUIRE(told.read_with("type", "status"));
  REQUIRE(stream.read_named("status"));
  for (const Outage& outage : outages) {
    CAPTURE(outage.name);
    std::vector<std::unique_ptr<WebSocket>> plain;
    for (int i = 0; i < 10; ++i) {
      plain.push_back(std::make_unique<WebSocket>(at.port()));
      REQUIRE(plain.back()->subscribe_all());
    }
    outage.begin(at);
    const auto begin = Clock::now();
    for (const auto& client : plain) {
      CHECK(client->read_to_end() == 1012);
      CHECK(client->after_close() == 0);
    }
    const auto took = Clock::now() - begin;
    const auto status = told.read_with("type", "status");
    REQUIRE(status);
    CHECK(text_at(*status, "freshness") != "live");
    const auto event = stream.read_named("status");
    REQUIRE(event);
    CHECK(text_at(event->data, "freshness") != "live");
    MESSAGE(outage.name, ": all closed after ",
            std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), " ms");
    CHECK(WebSocket(at.port()).status() == 503);
    CHECK(get(at.port(), "/healthz").status == 200);
    CHECK(get(at.port(), "/readyz").status == 503);
    CHECK(get(at.port(), "/v1/price/BTCUSDT?require=live").status == 503);

    outage.end(at);
    std::optional<WebSocket> again;
    REQUIRE(soon([&] {
      again.emplace(at.port());
      return again->status() == 101;
    }));
    again->subscribe("ticker_all");
    CHECK(again->read_with("freshness", "live"));
    CHECK(told.read_with("freshness", "live"));
    for (std::string freshness; freshness != "live";) {
      const auto next = stream.read_named("status");
      REQUIRE(next);
      freshness = text_at(next->data, "freshness");
    }
  }
}

}  // namespace
}  // namespace tickcache::test
