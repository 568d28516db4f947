#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::sim {

// How the server talks: like the platform's own server, or like its published specification.
enum class Dialect { real, spec };

enum class ReplayPace { at_once, recorded };

// How the REST interface answers.
enum class RestMode {
  ok,
  absent,    // 404 to everything
  refused,   // the connection is closed without an answer
  error,     // 500 to everything
  hangs,     // no answer
  redirect,  // 302 to everything
  huge,      // 10 MB
  bad_json,  // the answer breaks off in its middle
  empty,     // no prices, as if the platform's Redis were down
  stale,     // as usual, but called stale
  cached,    // an answer stays the same, timestamp and all, for 10 s
  html,      // 200, and a web page
};

// What becomes of a key that would be accepted. Of every state but the first, the upgrade says 403;
// only an authenticated request tells them apart.
enum class AccountState {
  active,
  unknown,        // 401 INVALID_API_KEY
  suspended,      // 403 ACCOUNT_SUSPENDED
  database_down,  // 500 INTERNAL_ERROR, whatever the key
};

// How long before its tick a trade shows by REST: each tick leaves with the next flush, `least` to
// `most` after its trade.
struct Lead {
  std::chrono::milliseconds least{0};
  std::chrono::milliseconds most{0};
};

inline constexpr std::size_t kMaxSymbols = 20'000;
inline constexpr std::uint32_t kMaxRate = 100'000;
inline constexpr std::chrono::milliseconds kMaxLead{1500};

// What an Exchange does. The defaults are those of the program tickcache-sim; in a test, set `rate`
// to 0 and send what the test is about.
struct Options {
  std::string address = "127.0.0.1";  // 127.0.0.0/8 or ::1, nothing else
  std::uint16_t port = 0;             // 0: a free one; ask Exchange::port()

  std::size_t symbols = 620;
  std::uint32_t rate = 1000;  // ticks per second over all symbols; 0: none
  bool burst = false;         // each second's ticks at once, instead of spread over the second
  std::uint64_t count = 0;    // stop after that many ticks were sent to somebody; 0: never
  bool checksum = false;      // ticks as in checksum.hpp
  std::uint64_t seed = 1;

  double orders_per_second = 0;
  double portfolio_per_second = 0;
  std::chrono::milliseconds candle_every{60'000};  // between closing candles of a channel; 0: none
  std::chrono::milliseconds open_candle_every{0};  // between updates of the open one; 0: none

  // Orders, portfolio and candles are acknowledged, but never sent: so does the platform today.
  // REST has them.
  bool only_tickers = false;

  std::chrono::milliseconds ping_every{30'000};
  std::chrono::milliseconds pong_timeout{10'000};

  // Requests per minute, of the whole account: under /trade/, and under /account/.
  std::uint64_t trade_limit = 100;
  std::uint64_t account_limit = 600;

  std::string key;  // the only key accepted; empty: every key that begins with "ak_"
  Dialect dialect = Dialect::real;

  std::string replay;  // an NDJSON capture to send instead of generated data
  ReplayPace replay_pace = ReplayPace::at_once;

  RestMode rest = RestMode::ok;
  std::chrono::milliseconds rest_delay{0};  // before each answer

  // Faults of the feed, which Exchange can change while it runs. They concern ticks that are
  // generated or sent one by one, not replayed ones.
  Lead rest_lead;
  std::chrono::milliseconds feed_delay{0};
  std::chrono::milliseconds clock_step{0};  // the exchange's clock against the machine's
  bool timestamps = true;
  std::vector<std::string> lost_symbols;

  // A client that has not read this many bytes is dropped.
  std::size_t queue_limit = std::size_t{64} << 20;
  std::size_t keep_orders = 1000;  // how many order updates Exchange::recent_orders remembers

  // Called with one line per connection event, on the exchange's thread. Never holds a key.
  std::function<void(std::string_view)> log;
};

// What is wrong with the options: which option, why, and what to do. Empty if nothing is.
std::vector<std::string> problems(const Options& options);

}  // namespace tickcache::sim
