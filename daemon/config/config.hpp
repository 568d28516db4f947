// The configuration of tickcached. options.hpp creates it; everything else reads it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/api_key.hpp"
#include "daemon/config/url.hpp"
#include "redis/address.hpp"

namespace tickcache::daemon {

/// Readers consider the feed down when the heartbeat is older than this. Not an option: readers and
/// daemon must agree on "down".
inline constexpr std::chrono::nanoseconds kLivenessTimeout = std::chrono::seconds(1);

/// Number of candle series that can be named one by one.
inline constexpr std::size_t kMaxCandleSeries = 64;
/// As the symbol of a CandleSeries: those of every symbol.
inline constexpr std::string_view kAllSymbols = "ALL";

enum class LogLevel : std::uint8_t { trace, debug, info, warning, error };
/// Where candles come from.
enum class CandlesFrom : std::uint8_t {
  best,      ///< "auto": the exchange, or else ticks and REST
  exchange,  ///< the exchange alone
  ticks,     ///< ticks alone
};
enum class LogFormat : std::uint8_t { text, json };

/// Where the API key came from.
enum class ApiKeySource : std::uint8_t {
  none,
  file,
  credential,
  service,  ///< the file that the service unit passes as a credential; for check_config only
  environment,
};

/// The symbols whose ticks are stored: all, or `names` (which may be empty).
struct Symbols {
  bool all = false;
  std::vector<std::string> names;  ///< upper case, each once; empty if `all`

  bool operator==(const Symbols&) const = default;
};

struct CandleSeries {
  std::string symbol;    ///< upper case, or kAllSymbols
  std::string interval;  ///< such as "1m": a number from 1 to 999, then m, h, d or w

  bool operator==(const CandleSeries&) const = default;
};

/// Plain values, each named like its option. The defaults are in the option table
/// (option_table.hpp), so get a Config from load(), reload() or default_config().
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in --help's order; there is only one
struct Config {
  // Upstream
  Url url;  ///< without a meaning if `redis` is set
  /// The option url names a Redis, out of which another machine's feed comes.
  std::optional<redis::Address> redis;
  std::string feed;  ///< its name there
  std::string redis_user;
  std::string redis_password_file;  ///< the option, or the file of the credential; else empty
  std::string redis_password;       ///< the content
  ApiKey api_key;
  ApiKeySource api_key_source = ApiKeySource::none;
  std::string api_key_file;  ///< the option, or the file of the credential; else empty
  bool rest = false;
  std::optional<Url> rest_url;  ///< absent: rest_url_of(url)
  std::string ca_file;          ///< empty: the system's certificates
  bool allow_insecure = false;

  // Subscriptions
  Symbols symbols;
  bool orders = false;
  bool portfolio = false;
  std::vector<CandleSeries> candles;
  CandlesFrom candles_from = CandlesFrom::best;

  // Segment
  std::string segment;
  std::uint32_t segment_mode = 0;
  std::uint32_t max_symbols = 0;
  std::uint32_t tape = 0;
  std::uint32_t candle_series = 0;  ///< 0: as many as `candles` needs

  // Timing
  std::chrono::nanoseconds idle_timeout{};
  std::chrono::nanoseconds backoff_min{};
  std::chrono::nanoseconds backoff_max{};
  double jitter = 0;  ///< 0 to 1: extends a delay by up to this fraction
  std::chrono::nanoseconds stable_after{};
  std::chrono::nanoseconds auth_grace{};
  std::chrono::nanoseconds silence_after{};   ///< 0: never silent
  std::chrono::nanoseconds max_lag{};         ///< 0: never late
  std::chrono::nanoseconds audit{};           ///< 0: prices are not compared
  std::chrono::nanoseconds orders_poll{};     ///< 0: only after connecting
  std::chrono::nanoseconds portfolio_poll{};  ///< 0: never

  // Processor
  bool busy_poll = false;
  std::optional<std::uint32_t> cpu_affinity;  ///< number of a processor; absent: any

  // Logging and metrics
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  std::optional<Endpoint> metrics_listen;

  // General
  std::string config_file;  ///< the configuration file in use; empty: none
  bool check_config = false;
  bool version = false;
  bool help = false;
};

/// What the option url says, and the feed in a Redis: for logs, and to tell one upstream from
/// another.
[[nodiscard]] std::string upstream_text(const Config& config);

/// The defaults, without a key.
[[nodiscard]] Config default_config();

/// "name = value" for every option, one per line. For the key it shows the source, never the value.
[[nodiscard]] std::string describe(const Config& config);

/// The changed options that take effect only at the next start; "api key" if the key changed,
/// whatever its source. The others apply to a running daemon.
[[nodiscard]] std::vector<std::string> changed_restart_only(const Config& old, const Config& now);

/// Copies the options that apply to a running daemon.
void take_live_options(const Config& from, Config& to);

}  // namespace tickcache::daemon
