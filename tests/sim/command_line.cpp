#include "sim/command_line.hpp"

#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

namespace tickcache::sim {
namespace {

namespace po = boost::program_options;

constexpr const char* kAbout =
    "tickcache-sim plays the trading platform's server, WebSocket and REST, on a loopback "
    "address.\n\n"
    "  tickcache-sim                                 620 symbols, 1000 ticks a second\n"
    "  tickcache-sim --port 8000 --rate 5000 --burst --orders-per-second 2\n"
    "  tickcache-sim --checksum --rate 100000        every value verifiable by a test\n"
    "  tickcache-sim --replay platform-frames.ndjson --replay-pace recorded\n\n"
    "The first line on stdout is 'listening on ws://ADDRESS:PORT'. Connect to\n"
    "/ws/v1?api_key=ak_test, ask by HTTP for /api/v1/market/prices.\n"
    "SIGTERM or SIGINT ends it with exit code 0; a bad option is 2, any other failure 1.\n";

// Options whose values Program_options would read too leniently ("-1" as a huge unsigned number)
// are taken as text, and read here.
class Reader {
 public:
  Reader(const po::variables_map& given, std::vector<std::string>& errors)
      : given_(given), errors_(errors) {}

  template <typename Integer>
  void whole(const char* name, Integer& target, Integer least = 0,
             Integer most = std::numeric_limits<Integer>::max()) {
    const std::optional<std::string> text = value(name);
    if (!text) return;
    Integer read{};
    const char* const end = text->data() + text->size();
    const auto result = std::from_chars(text->data(), end, read);
    if (result.ec != std::errc() || result.ptr != end || read < least || read > most) {
      return bad(name, *text,
                 "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    target = read;
  }

  void rate(const char* name, double& target) {
    if (const auto text = value(name)) {
      if (const auto read = number(*text)) {
        target = *read;
      } else {
        bad(name, *text, "a number per second, such as 2 or 0.5");
      }
    }
  }

  void seconds(const char* name, std::chrono::milliseconds& target) {
    constexpr double kYear = 366.0 * 86400;
    const auto text = value(name);
    if (!text) return;
    const auto read = number(*text);
    if (!read || *read > kYear) return bad(name, *text, "seconds, such as 30 or 0.5");
    target = std::chrono::milliseconds(std::llround(*read * 1000));
  }

  void milliseconds(const char* name, std::chrono::milliseconds& target, std::int64_t least,
                    std::int64_t most) {
    std::int64_t count = target.count();
    whole(name, count, least, most);
    target = std::chrono::milliseconds(count);
  }

  template <typename Choice>
  void choice(const char* name, Choice& target,
              const std::vector<std::pair<std::string, Choice>>& choices) {
    const auto text = value(name);
    if (!text) return;
    std::string known;
    for (const auto& [word, meaning] : choices) {
      if (word == *text) {
        target = meaning;
        return;
      }
      known += (known.empty() ? "" : " or ") + word;
    }
    bad(name, *text, known);
  }

  void text(const char* name, std::string& target) {
    if (auto given = value(name)) target = *std::move(given);
  }

 private:
  std::optional<std::string> value(const char* name) const {
    if (given_.count(name) == 0) return std::nullopt;
    return given_[name].as<std::string>();
  }

  static std::optional<double> number(const std::string& text) {
    double read = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, read);
    const bool good = result.ec == std::errc() && result.ptr == end && read >= 0;
    return good && std::isfinite(read) ? std::optional(read) : std::nullopt;
  }

  void bad(const char* name, const std::string& text, const std::string& expected) {
    errors_.push_back("--" + std::string(name) + " '" + text + "' is not understood: give " +
                      expected);
  }

  const po::variables_map& given_;
  std::vector<std::string>& errors_;
};

po::options_description described() {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description where("Where it listens, and whom it lets in");
  where.add_options()("port", text("PORT"), "0, the default: a free one")(
      "address", text("IP"), "127.0.0.1 (default), or another loopback address")(
      "key", text("KEY"), "the only API key accepted; default: any that begins with ak_")(
      "dialect", text("NAME"),
      "real (default): as the platform's server talks; spec: as its specification reads");
  po::options_description what("What it sends");
  what.add_options()("symbols", text("N"), "how many symbols are listed (620)")(
      "rate", text("N"), "ticks per second over all symbols, 1 to 100000 (1000)")(
      "burst", "each second's ticks at once, instead of spread over the second")(
      "count", text("N"), "stop the ticks after N were sent to somebody; connections stay")(
      "checksum", "make price and quantity verifiable by a test")(
      "orders-per-second", text("X"), "order updates (0)")("portfolio-per-second", text("X"),
                                                           "portfolio snapshots (0)")(
      "candle-every", text("SECONDS"), "between closing candles of a channel (60; 0: none)")(
      "open-candle-every", text("SECONDS"), "between updates of the open candle (0: none)")(
      "only-tickers", "nothing else is sent: REST has orders, portfolio and candles")(
      "ping-every", text("SECONDS"), "(30)")("pong-timeout", text("SECONDS"),
                                             "a client without a pong by then is dropped (10)")(
      "replay", text("FILE"), "send the server's frames of an NDJSON capture instead")(
      "replay-pace", text("PACE"), "once (default) or recorded")(
      "seed", text("N"), "of all randomness (1): the same seed, the same market");
  po::options_description faults("What goes wrong on the way");
  faults.add_options()("rest", text("MODE"),
                       "REST: ok (default), absent, refused, error, hangs, redirect, huge, "
                       "bad_json, empty, stale, cached or html")("rest-delay", text("SECONDS"),
                                                                 "before each answer by REST (0)")(
      "rest-lead", text("MS"), "ticks leave up to this long after REST shows them, 0 to 1500 (0)")(
      "rest-lead-least", text("MS"), "and no sooner than this (0)")(
      "feed-delay", text("SECONDS"), "ticks arrive this much later (0)")(
      "clock-step", text("MS"), "the exchange's clock is ahead by this; may be negative (0)")(
      "no-timestamps", "ticks tell no time")("lose-symbol", text("SYMBOL"),
                                             "its ticks are traded but never sent");
  po::options_description said("What it tells");
  said.add_options()("quiet", "no line per connection on stderr")(
      "summary-json", "at the end, print all counts and last prices as one line of JSON")(
      "help", "this text");
  po::options_description all;
  all.add(where).add(what).add(faults).add(said);
  return all;
}

void read_faults(const po::variables_map& given, Reader& reader, Options& options) {
  constexpr std::int64_t kYear = 366LL * 86'400'000;
  reader.choice<RestMode>("rest", options.rest,
                          {{"ok", RestMode::ok},
                           {"absent", RestMode::absent},
                           {"refused", RestMode::refused},
                           {"error", RestMode::error},
                           {"hangs", RestMode::hangs},
                           {"redirect", RestMode::redirect},
                           {"huge", RestMode::huge},
                           {"bad_json", RestMode::bad_json},
                           {"empty", RestMode::empty},
                           {"stale", RestMode::stale},
                           {"cached", RestMode::cached},
                           {"html", RestMode::html}});
  reader.seconds("rest-delay", options.rest_delay);
  reader.milliseconds("rest-lead", options.rest_lead.most, 0, kMaxLead.count());
  reader.milliseconds("rest-lead-least", options.rest_lead.least, 0, kMaxLead.count());
  reader.seconds("feed-delay", options.feed_delay);
  reader.milliseconds("clock-step", options.clock_step, -kYear, kYear);
  options.timestamps = given.count("no-timestamps") == 0;
  std::string lost;
  reader.text("lose-symbol", lost);
  if (!lost.empty()) options.lost_symbols.push_back(lost);
}

void read_options(const po::variables_map& given, CommandLine& line) {
  Options& options = line.options;
  Reader reader(given, line.errors);
  reader.whole("port", options.port);
  reader.text("address", options.address);
  reader.text("key", options.key);
  reader.choice<Dialect>("dialect", options.dialect,
                         {{"real", Dialect::real}, {"spec", Dialect::spec}});
  reader.whole<std::size_t>("symbols", options.symbols, 1, kMaxSymbols);
  reader.whole<std::uint32_t>("rate", options.rate, 1, kMaxRate);
  reader.whole("count", options.count);
  reader.rate("orders-per-second", options.orders_per_second);
  reader.rate("portfolio-per-second", options.portfolio_per_second);
  reader.seconds("candle-every", options.candle_every);
  reader.seconds("open-candle-every", options.open_candle_every);
  reader.seconds("ping-every", options.ping_every);
  reader.seconds("pong-timeout", options.pong_timeout);
  reader.text("replay", options.replay);
  reader.choice<ReplayPace>("replay-pace", options.replay_pace,
                            {{"once", ReplayPace::at_once}, {"recorded", ReplayPace::recorded}});
  reader.whole("seed", options.seed);
  read_faults(given, reader, options);
  options.burst = given.count("burst") > 0;
  options.only_tickers = given.count("only-tickers") > 0;
  options.checksum = given.count("checksum") > 0;
  line.quiet = given.count("quiet") > 0;
  line.summary_json = given.count("summary-json") > 0;
  for (std::string& problem : problems(options)) line.errors.push_back(std::move(problem));
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const argv[]) {
  CommandLine line;
  const po::options_description options = described();
  try {
    po::variables_map given;
    // Without guessing: an abbreviation would change its meaning with the next option that is
    // added.
    constexpr int kStyle =
        po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const po::positional_options_description none;
    po::store(
        po::command_line_parser(argc, argv).options(options).positional(none).style(kStyle).run(),
        given);
    if (given.count("help") > 0) {
      std::ostringstream text;
      text << kAbout << options;
      line.help = text.str();
      return line;
    }
    read_options(given, line);
  } catch (const po::error& error) {
    line.errors.push_back(std::string(error.what()) + ": see --help for the options there are");
  }
  return line;
}

}  // namespace tickcache::sim
