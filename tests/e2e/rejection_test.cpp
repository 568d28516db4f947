// The exchange does not know the key.
#include <signal.h>

#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

sim::Options strict() {
  sim::Options options;
  options.key = "ak_the_only_right_key";
  return options;
}

TEST_CASE("a wrong key: asked once, exit code 77, readers are told, the key is in no log") {
  sim::Exchange exchange(strict());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(everything_from(exchange));
  INFO("tickcached: ", daemon->err());
  CHECK(daemon->wait() == kDaemonAuthentication);
  CHECK(has(daemon->err(), "HTTP 403"));
  CHECK_FALSE(has(daemon->err(), std::string(kTestKey)));
  CHECK(exchange.counts().upgrades_rejected == 1);

  const auto status = status_of(reader);
  CHECK(status->feed == Freshness::down);
  CHECK(status->reason == Reason::auth_failed);
  CHECK(status->run_state == RunState::auth_failed);
  CHECK(status->connections[0].state == ConnectionState::auth_failed);
  CHECK_FALSE(status->key_accepted);
  CHECK(reader.ticker("BTCUSDT").freshness == Freshness::missing);
  const Outcome told = here.ask({"status"});
  CHECK(told.code != 0);
  CHECK(has(told.out + told.err, "key"));
}

TEST_CASE(
    "fault 45: an exchange that repeats the key in its messages does not bring it into the log") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--log-level", "debug"});
  const auto daemon = here.start(arguments);
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  const std::string key(kTestKey);
  REQUIRE(exchange.send_raw(R"({"type":"error","code":"OTHER","message":"no, )" + key + " " + key +
                            R"("})") == 1);
  CHECK(soon([&] { return has(daemon->err(), "no, *** ***"); }));
  // Cut in the middle of the key, and with a line of its own.
  const std::string padding(85, 'x');
  REQUIRE(exchange.send_raw(R"({"type":"error","code":"CUT","message":")" + padding + key +
                            R"("})") == 1);
  REQUIRE(exchange.send_raw(R"({"type":"error","code":"LINE","message":"one\nforged"})") == 1);
  CHECK(soon([&] { return has(daemon->err(), "one?forged"); }));
  CHECK(has(daemon->err(), padding + "***"));
  CHECK_FALSE(has(daemon->err(), padding + "ak_t"));
  CHECK_FALSE(has(daemon->err(), key));
}

TEST_CASE("after a wrong key, the right one") {
  sim::Exchange exchange(strict());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  CHECK(here.start(everything_from(exchange))->wait() == kDaemonAuthentication);
  const auto daemon =
      here.start(everything_from(exchange), {"AGENTEXCHANGE_API_KEY=ak_the_only_right_key"});
  INFO("tickcached: ", daemon->err());
  CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  CHECK(soon([&] { return status_of(reader)->key_accepted; }));
}

TEST_CASE("a key that was accepted before is tried again, across a restart too") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--backoff-min", "0.02", "--backoff-max", "0.02"});
  auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  daemon->signal(SIGTERM);
  REQUIRE(daemon->wait() == 0);

  // The exchange's own database has failed, say: it rejects everybody.
  exchange.reject_key(403);
  daemon = here.start(arguments);
  CHECK(exchange.wait_for([](const sim::Counts& sent) { return sent.upgrades_rejected >= 3; },
                          kPatience));
  CHECK_FALSE(daemon->ended());
  exchange.reject_key(0);
  CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
}

TEST_CASE("an exchange that is overloaded is tried again") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  exchange.reject_key(503);
  Installation here;
  Reader reader = here.reader();
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--backoff-min", "0.02", "--backoff-max", "0.02"});
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  CHECK(exchange.wait_for([](const sim::Counts& sent) { return sent.upgrades_rejected >= 3; },
                          kPatience));
  exchange.reject_key(0);
  CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
}

}  // namespace
}  // namespace tickcache::test
