// Where options come from, which of them wins, and what is said when they are wrong.
#include <set>
#include <sstream>

#include "daemon/config/option_table.hpp"
#include "tests/daemon/config/config_fixture.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

TEST_CASE("what is not configured has the documented default") {
  Fixture f;
  const Config config = f.config();
  CHECK(config.url.text() == "ws://localhost:8000/ws/v1");
  CHECK(config.symbols == Symbols{true, {}});
  CHECK(config.orders);
  CHECK(config.portfolio);
  CHECK(config.candles.empty());
  CHECK(config.segment == "tickcache");
  CHECK(config.segment_mode == 0640);
  CHECK(config.max_symbols == 4096);
  CHECK(config.tape == 65536);
  CHECK(config.idle_timeout == 40s);
  CHECK(config.backoff_min == 1s);
  CHECK(config.backoff_max == 60s);
  CHECK(config.jitter == 0);
  CHECK(config.stable_after == 10s);
  CHECK(config.auth_grace == 300s);
  CHECK(config.silence_after == 30s);
  CHECK(config.ca_file.empty());
  CHECK_FALSE(config.allow_insecure);
  CHECK(config.log_level == LogLevel::info);
  CHECK_FALSE(config.metrics_listen.has_value());
  CHECK(config.config_file.empty());
  CHECK_FALSE(config.check_config);
  CHECK(config.max_lag == 2s);
  CHECK(config.audit == 3s);
  CHECK(config.rest);
  CHECK_FALSE(config.busy_poll);
  CHECK_FALSE(config.cpu_affinity);
  CHECK_FALSE(config.rest_url);
  CHECK(kLivenessTimeout == 1s);
}

TEST_CASE("every default of the table is valid and shown as it is written") {
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    Config config;
    CHECK(option.parse(option.initial, config).empty());
    if (option.name == "url" || option.name == "api-key-file") continue;
    CHECK(option.show(config) == option.initial);
  }
}

TEST_CASE("what is shown is read back as the same") {
  Fixture f;
  f.arguments = {"--url=wss://[2001:DB8::1]:9000/api/", "--symbols=btcusdt, ethusdt",
                 "--candles=btcusdt:1m,ETHUSDT:12h",    "--segment-mode=600",
                 "--idle-timeout=40.000000001",         "--jitter=0.125",
                 "--metrics-listen=[::1]:9464",         "--log-level=TRACE"};
  const Config config = f.config();
  for (const Option& option : option_table()) {
    if (option.name == "api-key-file") continue;
    CAPTURE(option.name);
    Config again = default_config();
    CHECK(option.parse(option.show(config), again).empty());
    CHECK(option.show(again) == option.show(config));
  }
}

TEST_CASE("command line over environment over file over default") {
  Fixture f;
  const auto segment = [&] { return f.config().segment; };
  CHECK(segment() == "tickcache");
  f.write_file("segment = from-file\n");
  CHECK(segment() == "from-file");
  f.environment["TICKCACHE_SEGMENT"] = "from-environment";
  CHECK(segment() == "from-environment");
  f.arguments = {"--segment=from-command-line"};
  CHECK(segment() == "from-command-line");
}

TEST_CASE("the URL comes from its variable, unless that is empty") {
  Fixture f;
  f.write_file("url = wss://from-file.example\n");
  f.environment["AGENTEXCHANGE_WS_URL"] = "";
  CHECK(f.config().url.host == "from-file.example");
  f.environment["AGENTEXCHANGE_WS_URL"] = "wss://from-variable.example";
  CHECK(f.config().url.host == "from-variable.example");
}

TEST_CASE("a list replaces the one below it") {
  Fixture f;
  f.write_file("symbols = BTCUSDT, ETHUSDT\ncandles = BTCUSDT:1m\n");
  f.arguments = {"--symbols=SOLUSDT", "--candles="};
  const Config config = f.config();
  CHECK(config.symbols == Symbols{false, {"SOLUSDT"}});
  CHECK(config.candles.empty());
}

TEST_CASE("a wrong value that a higher input replaces does not matter") {
  Fixture f;
  f.write_file("tape = 3\n");
  f.arguments = {"--tape=1024"};
  CHECK(f.config().tape == 1024);
}

TEST_CASE("the forms of the command line") {
  Fixture f;
  f.arguments = {"--segment",        "apart",         "--orders=off", "--portfolio", "false",
                 "--allow-insecure", "--check-config"};
  const Config config = f.config();
  CHECK(config.segment == "apart");
  CHECK_FALSE(config.orders);
  CHECK_FALSE(config.portfolio);
  CHECK(config.allow_insecure);
  CHECK(config.check_config);
}

TEST_CASE("the forms of the file") {
  Fixture f;
  f.write_file(
      "# comment\n\n  segment=tight   # comment after it\r\n\torders =  off\r\nca-file =\n"
      "symbols = btcusdt , ethusdt");
  const Config config = f.config();
  CHECK(config.segment == "tight");
  CHECK_FALSE(config.orders);
  CHECK(config.ca_file.empty());
  CHECK(config.symbols == Symbols{false, {"BTCUSDT", "ETHUSDT"}});
  CHECK(config.config_file == f.file);
}

TEST_CASE("--config replaces the default file and must be readable") {
  Fixture f;
  f.write_file("segment = default-file\ntape = 2048\n");
  const std::string other = f.directory.write("other.conf", "segment = other-file\n");
  f.arguments = {"--config", other};
  const Config config = f.config();
  CHECK(config.segment == "other-file");
  CHECK(config.tape == 65536);
  CHECK(config.config_file == other);

  const std::string missing = f.directory.path("missing.conf");
  f.arguments = {"--config", missing};
  CHECK(f.error() ==
        "command line: config: '" + missing + "': cannot be read: No such file or directory");

  f.arguments = {"--config=" + f.directory.path("")};
  CHECK(has(f.error(), "it must be a file that this user may read"));

  f.arguments = {"--config="};
  CHECK(f.error() == "command line: config: is empty; give the name of a file");
}

TEST_CASE("a default file that is there but not a file is an error") {
  Fixture f;
  f.file = f.directory.path("");
  CHECK(has(f.error(), "cannot be read"));
}

TEST_CASE("--config may be a pipe, which is read at the start only") {
  Fixture f;
  const FilledPipe pipe("symbols = ETHUSDT\ntape = 2048\n");
  f.arguments = {"--config=" + pipe.path()};
  const Config running = f.config();
  CHECK(running.symbols.names == std::vector<std::string>{"ETHUSDT"});
  CHECK(running.tape == 2048);
  // It is empty now, which must not be taken for a configuration of defaults.
  const Loaded again = reload(f.inputs(), running);
  CHECK_FALSE(again.config.has_value());
  REQUIRE(again.errors.size() == 1);
  CHECK(has(again.errors[0], "is a pipe, which can be read only when tickcached starts"));
}

TEST_CASE("a FIFO that nobody writes to, an endless file: not waited for") {
  Fixture f;
  const std::string fifo = f.directory.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  f.arguments = {"--config=" + fifo};
  CHECK(has(f.error(), "is a pipe that nobody has written to"));
  f.arguments = {"--config=/dev/zero"};
  CHECK(has(f.error(), "is too long for a configuration"));
  f.arguments = {"--config=" + f.directory.write("long", std::string(2 << 20, '#'))};
  CHECK(has(f.error(), "is too long for a configuration"));
  f.arguments = {"--config=/dev/null"};
  CHECK(f.config().tape == 65536);
}

TEST_CASE("all errors at once, each with its input, option, value and remedy") {
  Fixture f;
  f.write_file(
      "symbol = BTCUSDT\n"
      "tape = 1000\n"
      "[segment]\n"
      "orders = false\n"
      "orders = true\n"
      "just words\n"
      "config = other.conf\n"
      "stable-after = 10s\n"
      "colour = blue\n");
  f.environment["TICKCACHE_SEGMENT"] = ".hidden";
  f.arguments = {
      "--jitter=2", "--bogus", "value", "--log-lvel=debug",  "--segment-mode", "--candles",
      "BTCUSDT",    "stray",   "-x",    "--portfolio=maybe", "--symbols==",    "--symbols=a",
      "--tap"};
  const std::string in_file = f.file;
  CHECK(f.errors() ==
        Lines{
            "command line: unknown option '--bogus'",
            "command line: unknown option '--log-lvel'; did you mean '--log-level'?",
            "command line: --segment-mode needs a value, as in --segment-mode=MODE",
            "command line: unknown option '-x'",
            "command line: unknown option '--tap'; did you mean '--tape'?",
            "command line: argument 8 is not an option; they begin with '--', as in "
            "--symbols=BTCUSDT",
            "command line: symbols: is given twice; keep one",
            in_file + ":1: unknown option 'symbol'; did you mean 'symbols'?",
            in_file + ":3: sections are not used; remove the line",
            in_file + ":5: orders: is given twice, first in " + in_file + ":4; keep one",
            in_file + ":6: must be 'name = value', or a comment that begins with '#'",
            in_file + ":7: config: is for the command line only; remove the line",
            in_file + ":9: unknown option 'colour'",
            "command line: symbols: '=' is not a symbol: it has '='; give symbols such as "
            "BTCUSDT, separated by commas",
            "command line: portfolio: 'maybe': must be true or false",
            "command line: candles: 'BTCUSDT' is not SYMBOL:INTERVAL with an interval "
            "of 1 to 999 m, h, d or w, as in BTCUSDT:1m; separate series by commas",
            "environment variable TICKCACHE_SEGMENT: segment: '.hidden': must be 1 to 200 "
            "letters, digits, '.', '_' or '-', not beginning with '.' or '-' and not "
            "ending in .next or .lock, which the daemon uses beside it",
            in_file + ":2: tape: '1000': must be a power of two from 1024 to 16777216",
            "command line: jitter: '2': must be a number from 0 to 1, as in 0.2",
            in_file + ":8: stable-after: '10s': not a valid number of seconds; give one from 0 to "
                      "86400, without a unit and with at most 9 decimals",
        });
}

TEST_CASE("arguments after an empty value are not swallowed") {
  Fixture f;
  f.arguments = {"--candles=", "BTCUSDT:1m"};
  CHECK(has(f.error(), "argument 2 is not an option"));
}

TEST_CASE("options are checked together") {
  Fixture f;
  f.arguments = {"--backoff-min=61"};
  CHECK(f.error() ==
        "command line: backoff-min: backoff-min 61 is longer than backoff-max 60; it must not be");

  f.arguments = {"--backoff-max=0.5"};
  CHECK(has(f.error(), "command line: backoff-max: backoff-min 1 is longer"));

  f.arguments = {"--backoff-min=61", "--backoff-max=x"};  // what is wrong alone is said alone
  CHECK(has(f.error(), "command line: backoff-max: 'x': not a valid number of seconds"));

  f.arguments = {"--max-symbols=2", "--symbols=A,B,C"};
  CHECK(has(f.error(), "max-symbols: 3 symbols do not fit into max-symbols 2"));
}

TEST_CASE("a configuration that keeps nothing is suspicious") {
  Fixture f;
  f.arguments = {"--symbols=none", "--orders=false", "--portfolio=false"};
  const Loaded loaded = f.load_all();
  CHECK(loaded.config.has_value());
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(has(loaded.warnings.front(), "nothing is subscribed to"));
}

TEST_CASE("candles that nothing can bring are suspicious") {
  const auto warning = [](std::vector<std::string> arguments) {
    Fixture f;
    f.arguments = std::move(arguments);
    const Loaded loaded = f.load_all();
    CHECK(loaded.config.has_value());
    return loaded.warnings.empty() ? std::string() : loaded.warnings.front();
  };
  const std::string symbols = "--symbols=BTCUSDT";
  CHECK(has(warning({symbols, "--candles=ETHUSDT:1m", "--candles-from=ticks"}),
            "the candles ETHUSDT:1m cannot be made of ticks: symbols has no ETHUSDT"));
  CHECK(has(warning({symbols, "--candles=ETHUSDT:1m"}), "symbols has no ETHUSDT"));
  CHECK(has(warning({symbols, "--candles=BTCUSDT:3m", "--candles-from=ticks"}),
            "the candles BTCUSDT:3m cannot be made of ticks: they are only of 1m, "));
  CHECK(has(warning({symbols, "--candles=all:1m", "--candles-from=exchange"}),
            "the candles all:1m cannot be made of ticks: candles-from is exchange"));
  CHECK(warning({symbols, "--candles=BTCUSDT:1m,all:1h", "--candles-from=ticks"}).empty());
  CHECK(warning({symbols, "--candles=BTCUSDT:3m"}).empty());
  CHECK(warning({symbols, "--candles=ETHUSDT:3m", "--candles-from=exchange"}).empty());
}

TEST_CASE("--help and --version need neither key nor file") {
  for (const char* flag : {"--help", "--version", "-h", "-V"}) {
    Fixture f;
    f.environment.clear();
    f.write_file("nonsense\n");
    f.arguments = {flag};
    const Config config = f.config();
    CHECK(config.help == (std::tolower(flag[1] == '-' ? flag[2] : flag[1]) == 'h'));
    CHECK(config.help != config.version);
  }
}

TEST_CASE("the version is the project's") {
  CHECK(options::version_text(texts()) == "tickcached 0.1.0\n");
}

TEST_CASE("the help has every option, in 100 columns") {
  const std::string help = options::help_text(texts(), options::options_of(option_table()));
  std::size_t position = 0;
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    const std::size_t at = help.find("--" + std::string(option.name), position);
    REQUIRE(at != std::string::npos);
    position = at;
  }
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 100);
    CHECK_FALSE(line.ends_with(' '));
  }
  CHECK(help.find("Exit codes:") > position);
  CHECK(help.find("Examples:") > help.find("Exit codes:"));
}

struct Documented {
  std::string name;
  std::string value;
};

// The lines "#name = value": comments in prose have a blank after the '#'.
std::vector<Documented> documented_options(std::string* uncommented) {
  std::ifstream file(TICKCACHED_CONF);
  REQUIRE(file);
  std::vector<Documented> result;
  for (std::string line; std::getline(file, line);) {
    CHECK(line.size() <= 100);
    if (line.empty() || line.starts_with("# ")) continue;
    if (line == "#") continue;
    CAPTURE(line);
    REQUIRE(line.starts_with('#'));
    const std::size_t separator = line.find(" =");
    REQUIRE(separator != std::string::npos);
    const std::string value = line.substr(separator + 2);
    CHECK((value.empty() || value.front() == ' '));
    result.push_back({line.substr(1, separator - 1), value.empty() ? value : value.substr(1)});
    *uncommented += line.substr(1) + "\n";
  }
  return result;
}

TEST_CASE("the installed file documents every option with its default, and no other") {
  std::string uncommented;
  std::map<std::string, std::string> documented;
  for (const Documented& line : documented_options(&uncommented)) {
    CHECK(documented.emplace(line.name, line.value).second);
  }
  for (const auto& line : documented) {
    CAPTURE(line.first);
    const Option* option = options::find_named(option_table(), line.first);
    REQUIRE(option != nullptr);
    CHECK(option->in_file);
    CHECK(line.second == option->initial);
  }
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    CHECK(documented.contains(std::string(option.name)) == option.in_file);
  }

  Fixture without;
  Fixture with;
  with.write_file(uncommented);
  Config config = with.config();
  config.config_file.clear();
  CHECK(describe(config) == describe(without.config()));
}

TEST_CASE("the installed file says of the same options that they need a restart") {
  std::ifstream file(TICKCACHED_CONF);
  std::set<std::string> marked;
  std::string comment;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("# ")) {
      comment += line;
    } else {
      if (line.starts_with('#') && has(comment, "(restart")) {
        marked.insert(line.substr(1, line.find(' ') - 1));
      }
      if (line.empty()) comment.clear();
    }
  }
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    if (option.name == "api-key-file") continue;  // it depends on the key
    CHECK(marked.contains(std::string(option.name)) == (option.reload == Reload::needs_restart));
  }
}

}  // namespace
}  // namespace tickcache::daemon
