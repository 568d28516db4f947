// SIGHUP: the configuration is read again.
#include <signal.h>

#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

/// tickcached with a configuration file that the test rewrites.
struct Reloading {
  sim::Exchange exchange{[] {
    sim::Options options;
    options.rate = 5'000;
    return options;
  }()};
  TemporaryDirectory directory;
  Installation here;
  Reader reader = here.reader();
  std::string file;
  std::unique_ptr<Program> daemon;

  explicit Reloading(const std::string& symbols) {
    exchange.start();
    write(symbols);
    daemon = here.start({"--config", file});
  }

  void write(const std::string& symbols, const std::string& more = {}) {
    file = directory.write("tickcached.conf",
                           "url = " + exchange.url() + "\nsymbols = " + symbols + "\n" + more);
  }
  /// Rewrites the file, and has it read.
  void reload(const std::string& symbols, const std::string& more = {}) {
    write(symbols, more);
    daemon->signal(SIGHUP);
  }
  bool becomes_live(const std::string& symbol) {
    return soon([&] { return reader.ticker(symbol).live(); });
  }
  bool becomes_unsubscribed(const std::string& symbol) {
    return soon([&] { return reader.ticker(symbol).reason == Reason::unsubscribed; });
  }
  bool logs(const std::string& text) {
    return soon([&] { return has(daemon->err(), text); });
  }
};

TEST_CASE("a price that came by the wildcard is not live before its own channel has delivered") {
  Reloading at("all");
  INFO("tickcached: ", at.daemon->err());
  REQUIRE(at.becomes_live("BTCUSDT"));
  REQUIRE(at.becomes_live("SOLUSDT"));
  at.exchange.pause_data(true);
  at.reload("BTCUSDT,ETHUSDT");
  CHECK(soon([&] { return at.reader.ticker("BTCUSDT").reason == Reason::previous_epoch; }));
  CHECK(at.becomes_unsubscribed("SOLUSDT"));
  at.exchange.pause_data(false);
  CHECK(at.becomes_live("BTCUSDT"));
  CHECK(at.exchange.counts().connections_total == 1);
}

TEST_CASE("SIGHUP changes the symbols by difference, on the connection that is open") {
  Reloading at("BTCUSDT,ETHUSDT");
  INFO("tickcached: ", at.daemon->err());
  REQUIRE(at.becomes_live("BTCUSDT"));
  REQUIRE(at.becomes_live("ETHUSDT"));
  // Two symbols, orders, portfolio.
  REQUIRE(at.exchange.wait_for([](const sim::Counts& sent) { return sent.acks == 4; }, kPatience));

  at.reload("ETHUSDT,SOLUSDT");
  CHECK(at.becomes_live("SOLUSDT"));
  CHECK(at.becomes_unsubscribed("BTCUSDT"));
  CHECK(at.reader.ticker("BTCUSDT").freshness == Freshness::stale);
  CHECK(at.reader.ticker("ETHUSDT").live());
  // One request each for what went and what came; nothing for what stays.
  CHECK(at.exchange.wait_for([](const sim::Counts& sent) { return sent.acks == 6; }, kPatience));

  at.reload("all");
  CHECK(soon([&] { return all_are(at.reader, at.exchange.symbols(), Freshness::live); }));

  at.reload("BTCUSDT");
  CHECK(at.becomes_unsubscribed("ETHUSDT"));
  CHECK(at.becomes_unsubscribed(at.exchange.symbols().back()));
  CHECK(at.becomes_live("BTCUSDT"));

  CHECK(at.exchange.counts().connections_total == 1);
  CHECK(counter_of(at.reader, Counter::connects) == 1);
  CHECK(counter_of(at.reader, Counter::errors) == 0);
}

TEST_CASE("fault 44: SIGHUP with a broken file: every error is logged, the old set stays") {
  Reloading at("BTCUSDT");
  INFO("tickcached: ", at.daemon->err());
  REQUIRE(at.becomes_live("BTCUSDT"));

  at.reload("SOLUSDT", "tapes = 1024\nidle-timeout = soon\n");
  CHECK(at.logs("the old one stays in force"));
  CHECK(has(at.daemon->err(), "tapes"));
  CHECK(has(at.daemon->err(), "idle-timeout"));
  const std::uint64_t updates = at.reader.ticker("BTCUSDT").value.updates;
  CHECK(soon([&] { return at.reader.ticker("BTCUSDT").value.updates > updates; }));
  CHECK(at.reader.ticker("BTCUSDT").live());
  CHECK(at.reader.ticker("SOLUSDT").freshness == Freshness::missing);

  // A good file is taken after that.
  at.reload("SOLUSDT");
  CHECK(at.becomes_live("SOLUSDT"));
  CHECK(at.becomes_unsubscribed("BTCUSDT"));
  CHECK(at.exchange.counts().connections_total == 1);
}

TEST_CASE("SIGHUP: what takes effect only at the next start is named") {
  Reloading at("BTCUSDT");
  INFO("tickcached: ", at.daemon->err());
  REQUIRE(at.becomes_live("BTCUSDT"));
  at.reload("BTCUSDT", "tape = 1024\n");
  CHECK(at.logs("tape has changed, which takes effect when tickcached is restarted"));
  CHECK(at.logs("the configuration was read again"));
  CHECK(at.reader.ticker("BTCUSDT").live());
}

TEST_CASE("SIGHUP with another key in its file: the feed stays live; a restart takes the key") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  TemporaryDirectory directory;
  const std::string key_file = directory.write("key", std::string(kTestKey) + "\n");
  Installation here;
  Reader reader = here.reader();
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--api-key-file", key_file});
  auto daemon = here.start(arguments, {});
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  REQUIRE(reader.key_matches(kTestKey));
  const std::uint64_t instance = status_of(reader)->instance;

  constexpr std::string_view kNext = "ak_test_the_next_key";
  REQUIRE(directory.write("key", std::string(kNext) + "\n") == key_file);
  daemon->signal(SIGHUP);
  CHECK(soon([&] { return has(daemon->err(), "api key has changed, which takes effect when"); }));
  CHECK(soon([&] { return has(daemon->err(), "the configuration was read again"); }));
  CHECK(exchange.counts().connections_total == 1);
  CHECK(status_of(reader)->feed == Freshness::live);
  CHECK(reader.key_matches(kTestKey));

  daemon->signal(SIGTERM);
  REQUIRE(daemon->wait() == 0);
  CHECK(reader.ticker("BTCUSDT").reason == Reason::stopped);
  daemon = here.start(arguments, {});
  CHECK(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  CHECK(status_of(reader)->instance != instance);
  CHECK(reader.key_matches(kNext));
  CHECK_FALSE(has(daemon->err(), std::string(kNext)));
}

}  // namespace
}  // namespace tickcache::test
