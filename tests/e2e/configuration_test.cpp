// What tickcached says to its command line, and to a segment that is taken.
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

const std::vector<std::string> kWithKey{"AGENTEXCHANGE_API_KEY=" + std::string(kTestKey)};
const std::vector<std::string> kWithoutKey;

/// A run that ends by itself.
Outcome run(Installation& here, const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment = kWithKey) {
  const auto daemon = here.start(arguments, environment);
  const auto code = daemon->wait();
  REQUIRE(code.has_value());
  return {*code, daemon->out(), daemon->err()};
}

void check_fails_with(const Outcome& ended, const std::vector<std::string>& parts) {
  INFO(ended.err);
  CHECK(ended.code == kDaemonConfiguration);
  CHECK(ended.out.empty());
  for (const std::string& part : parts) {
    INFO(part);
    CHECK(has(ended.err, part));
  }
}

TEST_CASE("bad configuration: every error at once, with option and reason, exit code 78") {
  Installation here;
  const Outcome ended =
      run(here, {"--url", "http://127.0.0.1:1", "--tape", "1000", "--candles", "BTCUSDT",
                 "--idle-timeout", "never", "--segment-mode", "0666", "--orders=perhaps"});
  check_fails_with(ended,
                   {"url: 'http://127.0.0.1:1': ", "tape: '1000': ", "candles: 'BTCUSDT' is not ",
                    "idle-timeout: 'never': ", "segment-mode: '0666': ", "orders: 'perhaps': "});
  CHECK(here.reader().error() == OpenError::missing);  // nothing was published
}

TEST_CASE("an unknown option is an error, on the command line and in the file") {
  Installation here;
  check_fails_with(run(here, {"--symbol", "BTCUSDT"}),
                   {"unknown option '--symbol'", "'--symbols'"});
  const TemporaryDirectory directory;
  const std::string file = directory.write("tickcached.conf", "tap = 1024\n[feed]\n");
  check_fails_with(run(here, {"--config", file}),
                   {file + ":1: ", "tap", file + ":2: ", "sections are not used"});
}

TEST_CASE("no key, and a key file that cannot be read") {
  Installation here;
  check_fails_with(run(here, {}, kWithoutKey),
                   {"no API key", "api-key-file", "AGENTEXCHANGE_API_KEY"});
  check_fails_with(run(here, {"--api-key-file", "/nonexistent/key", "--tape", "1"}, kWithoutKey),
                   {"api-key-file: '/nonexistent/key': ", "tape: '1': "});
  check_fails_with(run(here, {"--api-key-file", "/dev/shm"}), {"api-key-file: '/dev/shm': "});
}

TEST_CASE("--check-config, --version and --help print and exit with 0") {
  Installation here;
  const Outcome checked = run(here, {"--check-config", "--symbols", "btcusdt", "--tape", "2048"});
  CHECK(checked.code == 0);
  CHECK(has(checked.out, "symbols = BTCUSDT\n"));
  CHECK(has(checked.out, "tape = 2048\n"));
  CHECK_FALSE(has(checked.out, std::string(kTestKey)));
  const Outcome version = run(here, {"--version"}, kWithoutKey);
  CHECK(version.code == 0);
  CHECK(has(version.out, "tickcached " TICKCACHE_VERSION));
  const Outcome help = run(here, {"--help"}, kWithoutKey);
  CHECK(help.code == 0);
  CHECK(has(help.out, "--symbols"));
  CHECK(here.reader().error() == OpenError::missing);
}

TEST_CASE("fault 36: a second tickcached on one segment: exit code 1, and the first one's pid") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto first = here.start(everything_from(exchange));
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  const std::uint64_t instance = status_of(reader)->instance;

  const Outcome second = run(here, everything_from(exchange));
  INFO(second.err);
  CHECK(second.code == kDaemonFailure);
  CHECK(has(second.err, std::to_string(first->pid())));
  CHECK(has(second.err, here.segment()));

  CHECK_FALSE(first->ended());
  CHECK(exchange.counts().connections_total == 1);
  CHECK(status_of(reader)->instance == instance);
  const std::uint64_t ticks = counter_of(reader, Counter::ticks);
  CHECK(soon([&] { return counter_of(reader, Counter::ticks) > ticks; }));
  CHECK(reader.ticker("BTCUSDT").live());
}

}  // namespace
}  // namespace tickcache::test
