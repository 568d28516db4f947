// What `tickcache doctor` says about a real daemon.
#include <signal.h>

#include "e2e/installation.hpp"
#include "support/loopback_port.hpp"

namespace tickcache::test {
namespace {

/// Whether doctor comes to say `text`, with that exit code.
bool diagnoses(Installation& here, int code, const std::string& text) {
  Outcome last{};
  const bool found = soon([&] {
    last = here.ask({"doctor"});
    return last.code == code && has(last.out, text);
  });
  INFO(last.code, ": ", last.out);
  CHECK(found);
  return found;
}

TEST_CASE("doctor names a refused subscription, and finds nothing else wrong") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  Installation here;
  auto arguments = everything_from(exchange);
  arguments.back() = "BTCUSDT:1m,BTCUSDT:3m";
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  CHECK(diagnoses(here, 1, "problem  candles:BTCUSDT:3m is refused by the exchange"));
  CHECK(diagnoses(here, 1, "ok       ticker:all: acknowledged"));
  CHECK(diagnoses(here, 1, "1 problem, "));
}

TEST_CASE("doctor says that the exchange rejected the key") {
  sim::Options options;
  options.key = "ak_the_only_right_key";
  sim::Exchange exchange(options);
  exchange.start();
  Installation here;
  CHECK(here.start(everything_from(exchange))->wait() == kDaemonAuthentication);
  CHECK(diagnoses(here, 4, "tickcached stopped because the exchange rejected the API key"));
}

TEST_CASE("doctor tells a suspended daemon from a killed one") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  Installation here;
  const auto daemon = here.start(everything_from(exchange));
  INFO("tickcached: ", daemon->err());
  CHECK(diagnoses(here, 0, "0 problems"));
  daemon->signal(SIGSTOP);
  CHECK(diagnoses(here, 4, "kill -CONT " + std::to_string(daemon->pid())));
  daemon->signal(SIGCONT);
  CHECK(diagnoses(here, 0, "0 problems"));
  daemon->kill();
  CHECK(diagnoses(here, 4, "is gone without having stopped"));
}

TEST_CASE("doctor says that the exchange cannot be reached") {
  const LoopbackPort port(PortUse::refuses);
  const std::string url = port.url();
  Installation here;
  const auto daemon = here.start({"--url", url, "--backoff-min", "0.02", "--backoff-max", "0.02"});
  INFO("tickcached: ", daemon->err());
  CHECK(diagnoses(here, 4, "check the way to " + url));
  CHECK(diagnoses(here, 4, "cannot connect (Connection refused), "));
  const Outcome status = here.ask({"status"});
  CHECK(status.code == 4);
  CHECK(has(status.out, "\n  last error: cannot connect (Connection refused), "));
  CHECK(has(here.ask({"status", "--json"}).out,
            R"-("last_error":"cannot connect (Connection refused)")-"));
  CHECK(has(here.ask({"metrics"}).out, "error=\"cannot connect (Connection refused)\"} 1\n"));
}

TEST_CASE("the key is not in the error that status tells") {
  const LoopbackPort port(PortUse::refuses);
  Installation here;
  const auto daemon = here.start({"--url", port.url()}, {"AGENTEXCHANGE_API_KEY=refused"});
  INFO("tickcached: ", daemon->err());
  CHECK(diagnoses(here, 4, "cannot connect (Connection ***), "));
  CHECK_FALSE(has(here.ask({"status"}).out, "refused"));
}

}  // namespace
}  // namespace tickcache::test
