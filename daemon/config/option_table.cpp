#include "daemon/config/option_table.hpp"

#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "daemon/config/config_values.hpp"

namespace tickcache::daemon {
namespace {

using options::setting;
using Text = std::string_view;

/// Of a regular file: what a pipe holds can be read only once, by OpenSSL.
bool has_certificate(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("-----BEGIN ") && line.find("CERTIFICATE-----") != line.npos) return true;
  }
  return false;
}

/// An empty text is no value.
template <auto kParse, class T>
std::string parse_if_any(Text text, std::optional<T>& out) {
  std::optional<T> value;
  std::string problem = text.empty() ? "" : kParse(text, value.emplace());
  if (problem.empty()) out = std::move(value);
  return problem;
}

template <class T>
std::string show_if_any(const std::optional<T>& value) {
  return value ? value->text() : std::string();
}

constexpr options::Range kProcessors = {0, CPU_SETSIZE - 1};

std::string parse_ca_file(Text text, std::string& out) {
  constexpr const char* kWanted = "; give a PEM file of certificates, or nothing for the system's";
  std::string path(text);
  std::error_code none;
  if (!path.empty() && ::access(path.c_str(), R_OK) != 0) {
    return std::string("cannot be read") + kWanted;
  }
  if (std::filesystem::is_directory(path, none) ||
      (std::filesystem::is_regular_file(path, none) && !has_certificate(path))) {
    return std::string("holds no certificate") + kWanted;
  }
  out = std::move(path);
  return {};
}

std::string parse_metrics_listen(Text text, Endpoint& out) {
  std::string problem = parse_endpoint(text, out);
  if (problem.empty() && !is_loopback(out.host)) {
    problem = "is not an address of this machine alone; use 127.0.0.1, [::1] or localhost";
  }
  return problem;
}

std::string parse_processor(Text text, std::uint32_t& out) {
  return options::parse_value({.range = kProcessors}, text, out);
}

std::string parse_upstream(const options::Option&, Text text, Config& config) {
  if (!redis::is_redis_url(text)) {
    std::string problem = parse_url(text, config.url);
    if (problem.empty()) config.redis.reset();
    return problem;
  }
  redis::Address address;
  std::string problem = redis::parse_address(text, address);
  if (problem.empty()) config.redis = std::move(address);
  return problem;
}

std::string show_upstream(const options::Option&, const Config& config) {
  return config.redis ? config.redis->text() : config.url.text();
}

std::string parse_feed(Text text, std::string& out) {
  if (!text.empty()) return redis::parse_feed_name(text, out);
  out.clear();
  return {};
}

std::string parse_api_key_file(const options::Option&, Text text, Config& config) {
  config.api_key_file = text;
  return {};
}

std::string show_api_key(const options::Option&, const Config& config) {
  switch (config.api_key_source) {
    case ApiKeySource::file:
      return "(from file " + config.api_key_file + ", set)";
    case ApiKeySource::credential:
      return "(from systemd credential api_key, set)";
    case ApiKeySource::service:
      return "(from systemd credential api_key, for which the service takes " +
             config.api_key_file + ", set)";
    case ApiKeySource::environment:
      return "(from environment AGENTEXCHANGE_API_KEY, set)";
    case ApiKeySource::none:
      break;
  }
  return "(not set)";
}

constexpr std::int64_t kMillisecond = options::kSecond / 1000;
constexpr options::Range kDelay = {kMillisecond, 24 * 3600 * options::kSecond};
constexpr options::Range kDelayOrNone = {0, kDelay.most};

constexpr Text kUpstream = "Upstream";
constexpr Text kSubscriptions = "Subscriptions";
constexpr Text kSegment = "Segment";
constexpr Text kTiming = "Timing";
constexpr Text kProcessor = "Processor";
constexpr Text kLogging = "Logging and metrics";
constexpr Text kGeneral = "General";

// clang-format off
constexpr Option kOptions[] = {
    {{.name = "url", .value = "URL", .initial = "ws://localhost:8000",
      .environment = "AGENTEXCHANGE_WS_URL", .group = kUpstream, .reload = Reload::needs_restart,
      .help = "URL of the exchange: ws:// or wss://, a host and optionally a port. The path "
              "of the exchange's WebSocket is appended unless it is there. Do not put the API key here. "
              "Or where another machine's tickcache-redis publishes: redis://HOST:PORT/DATABASE or "
              "redis-sentinel://HOST,HOST,HOST/MASTER, with feed."},
     parse_upstream, show_upstream},
    setting<&Config::feed, parse_feed>(
        {.name = "feed", .value = "NAME", .group = kUpstream, .reload = Reload::needs_restart,
         .help = "Name of the feed in the Redis that url names. What the feed has is kept; rest, "
                 "audit, candles and the polls have no meaning then, and no API key is needed."}),
    setting<&Config::redis_user>(
        {.name = "redis-user", .value = "NAME", .group = kUpstream,
         .reload = Reload::needs_restart,
         .help = "User to log in to Redis as; without it, Redis' default user."}),
    setting<&Config::redis_password_file>(
        {.name = "redis-password-file", .value = "FILE", .group = kUpstream,
         .reload = Reload::needs_restart,
         .help = "File with the password for Redis and nothing else. Without it, the systemd "
                 "credential redis_password, if there is one."}),
    {{.name = "api-key-file", .value = "FILE", .group = kUpstream, .reload = Reload::ignored,
      .help = "File with the API key and nothing else. Without it, the key comes from the systemd "
              "credential api_key, or from AGENTEXCHANGE_API_KEY in the environment."},
     parse_api_key_file, show_api_key},
    setting<&Config::rest>(
        {.name = "rest", .value = "[=BOOL]", .initial = "true", .group = kUpstream,
         .reload = Reload::needs_restart,
         .help = "Also ask the exchange by REST: for the prices of symbols that have not ticked "
                 "yet, and whether the stored ones are right. An exchange without REST is asked "
                 "once a minute."}),
    setting<&Config::rest_url, parse_if_any<parse_rest_url, Url>, show_if_any<Url>>(
        {.name = "rest-url", .value = "URL", .group = kUpstream, .reload = Reload::needs_restart,
         .help = "Where the exchange answers REST requests, http:// or https://, if it is not the "
                 "host and port of url."}),
    setting<&Config::ca_file, parse_ca_file>(
        {.name = "ca-file", .value = "FILE", .group = kUpstream, .reload = Reload::needs_restart,
         .help = "PEM file of the certificates to trust instead of the system's."}),
    setting<&Config::allow_insecure>(
        {.name = "allow-insecure", .value = "[=BOOL]", .initial = "false", .group = kUpstream,
         .help = "Send the key over ws:// to another machine. Anyone on the way can read it."}),

    setting<&Config::symbols, parse_symbols, show_symbols>(
        {.name = "symbols", .value = "LIST", .initial = "all", .group = kSubscriptions,
         .help = "Symbols whose ticks are kept: all, none or a list such as BTCUSDT,ETHUSDT."}),
    setting<&Config::orders>(
        {.name = "orders", .value = "[=BOOL]", .initial = "true", .group = kSubscriptions,
         .help = "Keep the latest updates of the account's orders."}),
    setting<&Config::portfolio>(
        {.name = "portfolio", .value = "[=BOOL]", .initial = "true", .group = kSubscriptions,
         .help = "Keep the account's portfolio."}),
    setting<&Config::candles, parse_candles, show_candles>(
        {.name = "candles", .value = "LIST", .initial = "none", .group = kSubscriptions,
         .help = "Candles to keep: none or a list such as BTCUSDT:1m,ETHUSDT:1h, at most 64; "
                 "all:1m for those of every symbol."}),
    setting<&Config::candles_from>(
        {.name = "candles-from", .value = "SOURCE", .choices = "auto exchange ticks",
         .initial = "auto", .group = kSubscriptions, .reload = Reload::needs_restart,
         .help = "auto: the exchange's candles, or else made of ticks and corrected by REST; "
                 "exchange: its own alone; ticks: made of ticks alone."}),

    setting<&Config::segment, parse_segment_name>(
        {.name = "segment", .value = "NAME", .initial = "tickcache",
         .environment = "TICKCACHE_SEGMENT", .group = kSegment, .reload = Reload::needs_restart,
         .help = "Name of the shared memory segment, the same for the daemon and its readers."}),
    setting<&Config::segment_mode, parse_mode, show_mode>(
        {.name = "segment-mode", .value = "MODE", .choices = "0600 0640 0644", .initial = "0640",
         .group = kSegment, .reload = Reload::needs_restart,
         .help = "Octal permissions of the segment: who may read it. Only the owner may write."}),
    setting<&Config::max_symbols>(
        {.name = "max-symbols", .value = "COUNT", .range = {1, 1048576}, .initial = "4096",
         .group = kSegment, .reload = Reload::needs_restart,
         .help = "Room for symbols in the segment. Further symbols are counted and dropped."}),
    setting<&Config::tape, parse_tape>(
        {.name = "tape", .value = "TICKS", .initial = "65536", .group = kSegment,
         .reload = Reload::needs_restart,
         .help = "Ticks, of all symbols together, that a reader may lag behind; a power of two."}),
    setting<&Config::candle_series>(
        {.name = "candle-series", .value = "COUNT", .range = {0, 65536}, .initial = "0",
         .group = kSegment, .reload = Reload::needs_restart,
         .help = "Room for series of candles, 33 kB each; 0: 64, and 1024 for each interval of "
                 "all symbols, if there are so many."}),

    setting<&Config::idle_timeout>(
        {.name = "idle-timeout", .value = "SECONDS", .range = kDelay, .initial = "40",
         .group = kTiming,
         .help = "Reconnect when nothing arrives for this long. The exchange pings every 30 s."}),
    setting<&Config::backoff_min>(
        {.name = "backoff-min", .value = "SECONDS", .range = kDelay, .initial = "1",
         .group = kTiming,
         .help = "Delay before the first attempt to reconnect. It doubles with each attempt."}),
    setting<&Config::backoff_max>(
        {.name = "backoff-max", .value = "SECONDS", .range = kDelay, .initial = "60",
         .group = kTiming,
         .help = "Longest delay between two attempts."}),
    setting<&Config::jitter>(
        {.name = "jitter", .value = "FRACTION", .initial = "0", .group = kTiming,
         .help = "Lengthen each delay at random by up to this fraction of it, 0 to 1, so that many "
                 "machines do not reconnect at once."}),
    setting<&Config::stable_after>(
        {.name = "stable-after", .value = "SECONDS", .range = kDelayOrNone, .initial = "10",
         .group = kTiming,
         .help = "A connection that stays up this long resets the backoff."}),
    setting<&Config::auth_grace>(
        {.name = "auth-grace", .value = "SECONDS", .range = kDelayOrNone, .initial = "300",
         .group = kTiming,
         .help = "How long to retry when a key is rejected that was accepted before."}),
    setting<&Config::silence_after>(
        {.name = "silence-after", .value = "SECONDS", .range = kDelayOrNone, .initial = "30",
         .group = kTiming, .reload = Reload::needs_restart,
         .help = "Prices are stale when no tick at all has arrived for this long, or for twice "
                 "the longest pause of late, and the exchange does not confirm them; 0: never."}),
    setting<&Config::max_lag>(
        {.name = "max-lag", .value = "SECONDS", .range = kDelayOrNone, .initial = "2",
         .group = kTiming,
         .help = "Prices are stale when their ticks come later than this after the exchange's own "
                 "time, compared with the fastest ones; 0: never."}),
    setting<&Config::audit>(
        {.name = "audit", .value = "SECONDS", .range = kDelayOrNone, .initial = "3",
         .group = kTiming,
         .help = "Compare the prices with the exchange's this often, and every second while ticks "
                 "pause; 0: never. It needs rest."}),
    setting<&Config::orders_poll>(
        {.name = "orders-poll", .value = "SECONDS", .range = kDelayOrNone, .initial = "5",
         .group = kTiming,
         .help = "Ask for the account's orders this often while the exchange pushes no updates; "
                 "0: only after connecting. It needs rest."}),
    setting<&Config::portfolio_poll>(
        {.name = "portfolio-poll", .value = "SECONDS", .range = kDelayOrNone, .initial = "10",
         .group = kTiming,
         .help = "Ask for the account's portfolio this often, and after each update of an order, "
                 "while the exchange pushes none; 0: never. It needs rest."}),

    setting<&Config::busy_poll>(
        {.name = "busy-poll", .value = "[=BOOL]", .initial = "false", .group = kProcessor,
         .reload = Reload::needs_restart,
         .help = "Never sleep, but look for data all the time. Ticks are visible sooner, for all of "
                 "a processor."}),
    setting<&Config::cpu_affinity, parse_if_any<parse_processor, std::uint32_t>>(
        {.name = "cpu-affinity", .value = "NUMBER", .range = kProcessors, .group = kProcessor,
         .reload = Reload::needs_restart,
         .help = "Run the event loop on this processor alone, counted from 0; any if empty. Keep "
                 "other programs away from it."}),

    setting<&Config::log_level>(
        {.name = "log-level", .value = "LEVEL", .choices = "trace debug info warning error",
         .initial = "info", .group = kLogging,
         .help = "trace, debug, info, warning or error. The log goes to standard error."}),
    setting<&Config::log_format>(
        {.name = "log-format", .value = "FORMAT", .choices = "text json", .initial = "text",
         .group = kLogging,
         .help = "text, or json for one object per line with time, level and message."}),
    setting<&Config::metrics_listen, parse_if_any<parse_metrics_listen, Endpoint>,
            show_if_any<Endpoint>>(
        {.name = "metrics-listen", .value = "HOST:PORT", .group = kLogging,
         .reload = Reload::needs_restart,
         .help = "Address to serve /metrics (for Prometheus), /healthz and /readyz on by HTTP, "
                 "such as 127.0.0.1:9464. It must be an address of this machine. Off if empty."}),

    setting<&Config::config_file>(
        {.name = "config", .value = "FILE", .group = kGeneral, .in_file = false,
         .reload = Reload::ignored,
         .help = "Read this file instead of /etc/tickcache/tickcached.conf."}),
    setting<&Config::check_config>(
        {.name = "check-config", .initial = "false", .group = kGeneral, .in_file = false,
         .reload = Reload::ignored,
         .help = "Print the configuration that would be in force, and exit."}),
    setting<&Config::version>(
        {.name = "version", .letter = 'V', .initial = "false", .group = kGeneral, .in_file = false,
         .reload = Reload::ignored, .help = "Print the version, and exit."}),
    setting<&Config::help>(
        {.name = "help", .letter = 'h', .initial = "false", .group = kGeneral, .in_file = false,
         .reload = Reload::ignored, .help = "Print this help, and exit."}),
};
// clang-format on

}  // namespace

std::span<const Option> option_table() { return kOptions; }

Config default_config() {
  Config config;
  for (const Option& option : option_table()) {
    // Defaults are valid: a test parses them all.
    static_cast<void>(option.parse(option.initial, config));
  }
  return config;
}

std::string upstream_text(const Config& config) {
  if (!config.redis) return config.url.text();
  return config.redis->text() + ", feed " + config.feed;
}

std::string describe(const Config& config) {
  std::string text;
  for (const Option& option : option_table()) {
    const std::string value = option.show(config);
    text.append(option.name).append(value.empty() ? " =" : " = ").append(value).append("\n");
  }
  return text;
}

std::vector<std::string> changed_restart_only(const Config& old, const Config& now) {
  std::vector<std::string> names;
  for (const Option& option : option_table()) {
    if (option.reload == Reload::needs_restart && option.show(old) != option.show(now)) {
      names.emplace_back(option.name);
    }
  }
  if (!(old.api_key == now.api_key)) names.emplace_back("api key");
  return names;
}

void take_live_options(const Config& from, Config& to) {
  for (const Option& option : option_table()) {
    // What one Config shows, another can parse: the text of a valid value is valid.
    if (option.reload == Reload::applies) static_cast<void>(option.parse(option.show(from), to));
  }
}

}  // namespace tickcache::daemon
