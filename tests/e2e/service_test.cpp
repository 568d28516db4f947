// tickcached under a service manager and under the eyes of those who watch it.
#include <signal.h>
#include <sys/stat.h>

#include <bit>
#include <fstream>
#include <iterator>

#include "e2e/installation.hpp"
#include "support/http_client.hpp"
#include "support/loopback_port.hpp"
#include "support/notify_socket.hpp"

namespace tickcache::test {
namespace {

/// tickcached, told where its service manager listens.
struct Service {
  TemporaryDirectory directory;
  NotifySocket manager{directory.path("notify")};
  Installation here;
  Reader reader = here.reader();
  std::unique_ptr<Program> daemon;

  void start(std::vector<std::string> arguments, const std::string& variable = {}) {
    Command command = here.command(std::move(arguments));
    command.environment.push_back("NOTIFY_SOCKET=" + manager.name());
    if (!variable.empty()) command.environment.push_back(variable);
    daemon = std::make_unique<Program>(command);
  }
  bool is_told(const std::string& line, std::size_t times = 1) {
    return soon([&] { return manager.count(line) >= times; });
  }
  bool says(const std::string& beginning) {
    return soon([&] { return manager.status().starts_with(beginning); });
  }
};

TEST_CASE("service: ready once the segment is published, though the exchange does not answer") {
  const LoopbackPort silent(PortUse::is_silent);
  Service at;
  at.start({"--url", silent.url()});
  INFO("tickcached: ", at.daemon->err());
  REQUIRE(at.is_told("READY=1"));
  CHECK(at.reader.ticker("BTCUSDT").freshness == Freshness::missing);
  CHECK(status_of(at.reader)->run_state == RunState::running);
  CHECK(at.says("connecting to " + silent.url() + "/ws/v1"));
  CHECK(soon(
      [&] { return status_of(at.reader)->connections[0].state == ConnectionState::connecting; }));
  CHECK(at.manager.count("READY=1") == 1);
  CHECK(at.manager.count("WATCHDOG=1") == 0);

  at.daemon->signal(SIGTERM);
  CHECK(at.is_told("STOPPING=1"));
  CHECK(at.daemon->wait() == 0);
  CHECK(at.manager.status() == "stopping: SIGTERM");
}

TEST_CASE("service: the status follows what happens") {
  Service at;
  const LoopbackPort closed(PortUse::refuses);
  at.start({"--url", closed.url(), "--backoff-min", "60"});
  INFO("tickcached: ", at.daemon->err());
  CHECK(at.says("reconnecting in "));
  CHECK(has(at.manager.status(), " s: cannot connect (Connection refused)"));
  at.daemon->signal(SIGTERM);
  CHECK(at.daemon->wait() == 0);

  sim::Options options;
  options.rate = 5'000;
  sim::Exchange exchange(options);
  exchange.start();
  at.start({"--url", exchange.url(), "--symbols", "BTCUSDT,ETHUSDT", "--silence-after", "1",
            "--backoff-min", "60"});
  const std::string live = "live: 2 symbols, 4 channels, 1 connection";
  CHECK(soon([&] { return at.manager.status() == live; }));
  exchange.pause_data(true);
  CHECK(at.says("connected, but no tick for "));
  exchange.pause_data(false);
  CHECK(soon([&] { return at.manager.status() == live; }));
  REQUIRE(exchange.drop_all(true) == 1);
  CHECK(at.says("reconnecting in "));
  CHECK(has(at.manager.status(), "closed by the exchange (code 1006)"));
}

TEST_CASE("service: SIGHUP: reloading, then ready again, also if the file has errors") {
  const LoopbackPort silent(PortUse::is_silent);
  Service at;
  const std::string file =
      at.directory.write("tickcached.conf", "url = " + silent.url() + "\nsymbols = BTCUSDT\n");
  at.start({"--config", file});
  INFO("tickcached: ", at.daemon->err());
  REQUIRE(at.is_told("READY=1"));
  for (const char* symbols : {"ETHUSDT", "not a symbol"}) {
    at.manager.forget();
    static_cast<void>(at.directory.write(
        "tickcached.conf", "url = " + silent.url() + "\nsymbols = " + symbols + "\n"));
    at.daemon->signal(SIGHUP);
    REQUIRE(at.is_told("READY=1"));
    std::vector<std::string> steps;
    for (const std::string& message : at.manager.messages()) {
      if (!message.starts_with("STATUS=")) steps.push_back(message);
    }
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(steps[1] == "READY=1");
  }
  CHECK(soon([&] { return has(at.daemon->err(), "the old one stays in force"); }));
}

TEST_CASE("service: the watchdog is fed by the loop, and by nothing else") {
  const LoopbackPort silent(PortUse::is_silent);
  Service at;
  at.start({"--url", silent.url()}, "WATCHDOG_USEC=400000");
  INFO("tickcached: ", at.daemon->err());
  REQUIRE(at.is_told("WATCHDOG=1", 3));
  // A loop that stands still feeds nothing: what has come is all there is.
  at.daemon->signal(SIGSTOP);
  siginfo_t info{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(at.daemon->pid()), &info, WSTOPPED) == 0);
  at.manager.forget();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK(at.manager.messages().empty());
  at.daemon->signal(SIGCONT);
  CHECK(at.is_told("WATCHDOG=1"));
}

TEST_CASE("service: a rejected key is the last word, and the key is not part of it") {
  sim::Options options;
  options.key = "ak_another";
  sim::Exchange exchange(options);
  exchange.start();
  Service at;
  at.start({"--url", exchange.url()});
  CHECK(at.daemon->wait() == kDaemonAuthentication);
  CHECK(at.manager.count("STOPPING=1") == 1);
  CHECK(at.manager.status() ==
        "stopping: the exchange rejects the API key: the exchange answered HTTP 403");
}

TEST_CASE("service: a configuration that is wrong never says ready") {
  Service at;
  at.start({"--tape", "1"});
  CHECK(at.daemon->wait() == kDaemonConfiguration);
  CHECK(at.manager.messages().empty());
}

TEST_CASE("metrics: what is served is what readers see") {
  sim::Options options;
  options.rate = 5'000;
  sim::Exchange exchange(options);
  exchange.start();
  const LoopbackPort port(PortUse::is_free);
  Installation here;
  Reader reader = here.reader();
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--metrics-listen", port.endpoint()});
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  CHECK(has(daemon->err(), "metrics are served at http://" + port.endpoint() + "/metrics"));

  const std::string segment = "{segment=\"" + here.segment() + "\"";
  const std::uint64_t before = counter_of(reader, Counter::ticks);
  const std::string page = http_get(port.number(), "/metrics");
  const std::uint64_t after = counter_of(reader, Counter::ticks);
  CHECK(has(page, "tickcache_feed_live" + segment + "} 1\n"));
  CHECK(has(page, "tickcache_symbols" + segment + "} " + std::to_string(exchange.symbols().size()) +
                      "\n"));
  const std::string ticks = "\ntickcache_ticks_total" + segment + "} ";
  REQUIRE(has(page, ticks));
  const std::uint64_t served = std::stoull(page.substr(page.find(ticks) + ticks.size()));
  CHECK(served >= before);
  CHECK(served <= after);
  CHECK_FALSE(has(page, std::string(kTestKey)));
  CHECK_FALSE(has(page, "BTCUSDT"));
  CHECK(http_get(port.number(), "/readyz").starts_with("HTTP/1.1 200 "));

  exchange.pause_data(true);
  REQUIRE(exchange.drop_all(true) == 1);
  CHECK(soon([&] { return http_get(port.number(), "/readyz").starts_with("HTTP/1.1 503 "); }));
  CHECK(http_get(port.number(), "/healthz").starts_with("HTTP/1.1 200 "));

  // A client that stays does not keep the daemon.
  const HttpClient waiting(port.number());
  CHECK(http_get(port.number(), "/healthz").starts_with("HTTP/1.1 200 "));
  daemon->signal(SIGTERM);
  CHECK(daemon->wait() == 0);
  CHECK(waiting.rest().empty());
}

TEST_CASE("metrics: a port that is taken is an error at the start") {
  const LoopbackPort taken(PortUse::is_silent);
  Installation here;
  const auto daemon = here.start({"--url", taken.url(), "--metrics-listen", taken.endpoint()});
  CHECK(daemon->wait() == kDaemonFailure);
  CHECK(has(daemon->err(), "metrics-listen: cannot listen on " + taken.endpoint()));
  CHECK(here.reader().error() == OpenError::missing);
}

TEST_CASE(
    "certificates that cannot be read are an error at the start, before the segment is touched") {
  const TemporaryDirectory directory;
  const std::string damaged = directory.path("ca.pem");
  std::ofstream(damaged) << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  Installation here;
  const auto daemon = here.start({"--url", "wss://127.0.0.1:9", "--ca-file", damaged});
  CHECK(daemon->wait() == kDaemonFailure);
  CHECK(has(daemon->err(), "ca-file: the certificates cannot be read"));
  CHECK(here.reader().error() == OpenError::missing);
}

/// With commas between the thousands.
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

TEST_CASE("size: the operator's page says how much of /dev/shm a segment takes") {
  std::ifstream file(TICKCACHE_OPERATIONS_PAGE);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  CHECK(has(page, "`2,629,120 + 64 × tape + 160 × max-symbols + 8 × (4 × max-symbols, rounded up"));
  const LoopbackPort silent(PortUse::is_silent);
  for (const auto& [symbols, tape] :
       {std::pair<std::uint64_t, std::uint64_t>{4096, 65536}, {1000, 4096}, {65536, 1048576}}) {
    Installation here;
    Reader reader = here.reader();
    const auto daemon = here.start({"--url", silent.url(), "--max-symbols", std::to_string(symbols),
                                    "--tape", std::to_string(tape)});
    REQUIRE(soon([&] { return status_of(reader)->run_state == RunState::running; }));
    struct stat info {};
    REQUIRE(stat(("/dev/shm/" + here.segment()).c_str(), &info) == 0);
    const auto size = static_cast<std::uint64_t>(info.st_size);
    CHECK(size == 2'629'120 + 64 * tape + 160 * symbols + 8 * std::bit_ceil(4 * symbols));
    CHECK(has(page, "| " + grouped(symbols) + " | " + grouped(tape) + " | " + grouped(size)));
  }
}

}  // namespace
}  // namespace tickcache::test
