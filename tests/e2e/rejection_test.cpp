// The exchange does not know the key.
#include <signal.h>

#include <fstream>
#include <iterator>

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
  CHECK(soon([&] { return has(daemon->err(), "one\\nforged"); }));
  CHECK(has(daemon->err(), padding + "***"));
  CHECK_FALSE(has(daemon->err(), padding + "ak_t"));
  // In a field that is cut short, percent-encoded, and in an order, which is stored.
  std::string encoded;
  for (const char c : key) {
    encoded += '%';
    for (const int shift : {4, 0}) encoded += "0123456789abcdef"[c >> shift & 15];
  }
  REQUIRE(exchange.send_raw(R"({"type":"error","code":"IN_)" + key + R"(","message":"a )" +
                            encoded + R"("})") == 1);
  REQUIRE(exchange.send_raw(R"({"channel":"orders","data":{"order_id":"leak","symbol":"BTCUSDT",)"
                            R"("status":"rejected","note":")" +
                            key + R"(","rejected_reason":")" + encoded + R"("}})") == 1);
  REQUIRE(exchange.send_raw(R"({"channel":"ticker","symbol":"BTCUSDT","data":{"price":")" + key +
                            R"("}})") == 1);
  CHECK(soon([&] { return has(daemon->err(), "IN_***: a ***"); }));
  CHECK(soon([&] { return has(daemon->err(), "rejected_price"); }));
  CHECK(soon([&] { return has(here.ask({"orders"}).out, "leak"); }));
  std::ifstream file("/dev/shm/" + here.segment(), std::ios::binary);
  const std::string stored{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(has(stored, "leak"));
  const std::string log = daemon->err();
  for (const std::string& text : {stored, log}) {
    CHECK_FALSE(has(text, key));
    CHECK_FALSE(has(text, key.substr(0, 8)));
    CHECK_FALSE(has(text, encoded.substr(0, 12)));
  }
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
  const auto status = status_of(reader);
  CHECK(status->key_accepted);
  CHECK(status->key_rejected_ns > 0);
  CHECK(status->key_retry_until_ns - status->key_rejected_ns == 300'000'000'000);
  CHECK(has(here.ask({"status"}).out, ", retried until "));
  CHECK(has(here.ask({"doctor"}).out, "the API key is rejected since "));
  CHECK(has(daemon->err(), "accepted before; retrying for 300 s"));
  exchange.reject_key(0);
  CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  CHECK(soon([&] { return status_of(reader)->key_rejected_ns == 0; }));
  CHECK(soon([&] { return has(daemon->err(), "the exchange accepts the API key again"); }));
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

TEST_CASE("fault 63: a suspended account is named, and final") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  exchange.account(sim::AccountState::suspended);
  Installation here;
  auto arguments = everything_from(exchange);
  arguments.emplace_back("--rest=true");
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  CHECK(daemon->wait() == kDaemonAuthentication);
  CHECK(has(daemon->err(), "the exchange has suspended the account"));
  CHECK_FALSE(has(daemon->err(), "rejects the API key"));
  const std::string status = here.ask({"status"}).out;
  CHECK(has(status, "down: tickcached stopped because the exchange suspended the account"));
  CHECK(has(status, "API key    account suspended"));
  CHECK(has(status, "connection 0: the exchange suspended the account"));
  CHECK_FALSE(has(status, "rejected"));
  CHECK(has(here.ask({"doctor"}).out, "suspended the account"));
}

TEST_CASE("fault 63: a wrong key is named, and final") {
  sim::Exchange exchange(strict());
  exchange.start();
  Installation here;
  auto arguments = everything_from(exchange);
  arguments.emplace_back("--rest=true");
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  CHECK(daemon->wait() == kDaemonAuthentication);
  CHECK(has(daemon->err(), "the exchange rejects the API key"));
  const std::string status = here.ask({"status"}).out;
  CHECK(has(status, "down: tickcached stopped because the exchange rejected the API key"));
  CHECK_FALSE(has(status, "suspended"));
  CHECK(has(here.ask({"doctor"}).out, "rejected the API key"));
}

TEST_CASE(
    "fault 63: the exchange's database is down: retried, whether or not the key was accepted") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  exchange.account(sim::AccountState::database_down);
  Installation here;
  Reader reader = here.reader();
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(),
                   {"--rest=true", "--backoff-min", "0.02", "--backoff-max", "0.02"});
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  CHECK(exchange.wait_for([](const sim::Counts& sent) { return sent.upgrades_rejected >= 3; },
                          kPatience));
  CHECK_FALSE(daemon->ended());
  CHECK(soon([&] {
    return has(here.ask({"status"}).out,
               "feed reconnecting: the exchange cannot check API keys at present\n");
  }));
  CHECK(has(here.ask({"doctor"}).out, "cannot check API keys"));
  CHECK(status_of(reader)->key_rejected_ns == 0);
  exchange.account(sim::AccountState::active);
  CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
}

}  // namespace
}  // namespace tickcache::test
