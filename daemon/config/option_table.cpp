#include "daemon/config/option_table.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/config/config_values.hpp"

namespace tickcache::daemon {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Text = std::string_view;

constexpr std::chrono::nanoseconds kShortest = milliseconds(1);
constexpr std::chrono::nanoseconds kNever{0};
constexpr std::chrono::nanoseconds kDay = hours(24);

/// Of a regular file: what a pipe holds can be read only once, by OpenSSL.
bool has_certificate(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("-----BEGIN ") && line.find("CERTIFICATE-----") != line.npos) return true;
  }
  return false;
}

std::string parse_ca_file(Text text, Config& config) {
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
  config.ca_file = std::move(path);
  return {};
}

std::string parse_metrics_listen(Text text, Config& config) {
  if (text.empty()) {
    config.metrics_listen.reset();
    return {};
  }
  Endpoint endpoint;
  std::string problem = parse_endpoint(text, endpoint);
  if (problem.empty() && !is_loopback(endpoint.host)) {
    problem = "is not an address of this machine alone; use 127.0.0.1, [::1] or localhost";
  }
  if (problem.empty()) config.metrics_listen = std::move(endpoint);
  return problem;
}

std::string show_api_key(const Config& config) {
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

// clang-format off
constexpr Option kOptions[] = {
    {"url", "URL", "AGENTEXCHANGE_WS_URL", "ws://localhost:8000", OptionGroup::upstream, true,
     Reload::needs_restart,
     "The exchange: ws:// or wss://, host and perhaps a port. /ws/v1 is appended unless it is "
     "there. The API key does not belong here.",
     [](Text text, Config& c) { return parse_url(text, c.url); },
     [](const Config& c) { return c.url.text(); }},
    {"api-key-file", "FILE", "", "", OptionGroup::upstream, true, Reload::ignored,
     "File that holds the API key and nothing else. Without it the key is the systemd credential "
     "api_key, else what AGENTEXCHANGE_API_KEY holds in the environment.",
     [](Text text, Config& c) { c.api_key_file = text; return std::string(); },
     show_api_key},
    {"ca-file", "FILE", "", "", OptionGroup::upstream, true, Reload::needs_restart,
     "PEM file of the certificates to trust in place of the system's.",
     parse_ca_file,
     [](const Config& c) { return c.ca_file; }},
    {"allow-insecure", "[=BOOL]", "", "false", OptionGroup::upstream, true, Reload::applies,
     "Send the key over ws:// to another machine, where everyone on the way can read it.",
     [](Text text, Config& c) { return parse_bool(text, c.allow_insecure); },
     [](const Config& c) { return show(c.allow_insecure); }},

    {"symbols", "LIST", "", "all", OptionGroup::subscriptions, true, Reload::applies,
     "Symbols whose ticks are kept: all, none or a list such as BTCUSDT,ETHUSDT.",
     [](Text text, Config& c) { return parse_symbols(text, c.symbols); },
     [](const Config& c) { return show(c.symbols); }},
    {"orders", "[=BOOL]", "", "true", OptionGroup::subscriptions, true, Reload::applies,
     "Keep the latest updates of the account's orders.",
     [](Text text, Config& c) { return parse_bool(text, c.orders); },
     [](const Config& c) { return show(c.orders); }},
    {"portfolio", "[=BOOL]", "", "true", OptionGroup::subscriptions, true, Reload::applies,
     "Keep the account's portfolio.",
     [](Text text, Config& c) { return parse_bool(text, c.portfolio); },
     [](const Config& c) { return show(c.portfolio); }},
    {"candles", "LIST", "", "none", OptionGroup::subscriptions, true, Reload::applies,
     "Candles to keep: none or a list such as BTCUSDT:1m,ETHUSDT:1h; 64 series at most.",
     [](Text text, Config& c) { return parse_candles(text, c.candles); },
     [](const Config& c) { return show(c.candles); }},

    {"segment", "NAME", "TICKCACHE_SEGMENT", "tickcache", OptionGroup::segment, true,
     Reload::needs_restart,
     "Name of the shared memory, the same for the daemon and its readers.",
     [](Text text, Config& c) { return parse_segment_name(text, c.segment); },
     [](const Config& c) { return c.segment; }},
    {"segment-mode", "MODE", "", "0640", OptionGroup::segment, true, Reload::needs_restart,
     "Octal permissions of the shared memory: who may read it. Only the owner may write.",
     [](Text text, Config& c) { return parse_mode(text, c.segment_mode); },
     [](const Config& c) { return show_mode(c.segment_mode); }},
    {"max-symbols", "COUNT", "", "4096", OptionGroup::segment, true, Reload::needs_restart,
     "Symbols that the segment has room for; those that come later are counted and dropped.",
     [](Text text, Config& c) { return parse_count(text, 1, 65536, c.max_symbols); },
     [](const Config& c) { return std::to_string(c.max_symbols); }},
    {"tape", "TICKS", "", "65536", OptionGroup::segment, true, Reload::needs_restart,
     "Ticks, of all symbols together, that a reader may lag behind; a power of two.",
     [](Text text, Config& c) { return parse_power_of_two(text, 1024, 1U << 24U, c.tape); },
     [](const Config& c) { return std::to_string(c.tape); }},

    {"idle-timeout", "SECONDS", "", "40", OptionGroup::timing, true, Reload::applies,
     "Reconnect when nothing at all has come for so long. The exchange pings every 30 s.",
     [](Text text, Config& c) { return parse_seconds(text, kShortest, kDay, c.idle_timeout); },
     [](const Config& c) { return show(c.idle_timeout); }},
    {"backoff-min", "SECONDS", "", "1", OptionGroup::timing, true, Reload::applies,
     "Delay before the first attempt to reconnect; it doubles with each further one.",
     [](Text text, Config& c) { return parse_seconds(text, kShortest, kDay, c.backoff_min); },
     [](const Config& c) { return show(c.backoff_min); }},
    {"backoff-max", "SECONDS", "", "60", OptionGroup::timing, true, Reload::applies,
     "Longest delay between two attempts.",
     [](Text text, Config& c) { return parse_seconds(text, kShortest, kDay, c.backoff_max); },
     [](const Config& c) { return show(c.backoff_max); }},
    {"jitter", "FRACTION", "", "0", OptionGroup::timing, true, Reload::applies,
     "Lengthen each delay by up to this part of itself, 0 to 1, at random, so that many machines "
     "do not return at once.",
     [](Text text, Config& c) { return parse_fraction(text, c.jitter); },
     [](const Config& c) { return show_fraction(c.jitter); }},
    {"stable-after", "SECONDS", "", "10", OptionGroup::timing, true, Reload::applies,
     "A connection that lasted so long resets the delay to backoff-min.",
     [](Text text, Config& c) { return parse_seconds(text, kNever, kDay, c.stable_after); },
     [](const Config& c) { return show(c.stable_after); }},
    {"auth-grace", "SECONDS", "", "300", OptionGroup::timing, true, Reload::applies,
     "How long to retry when a key is rejected that was accepted before.",
     [](Text text, Config& c) { return parse_seconds(text, kNever, kDay, c.auth_grace); },
     [](const Config& c) { return show(c.auth_grace); }},
    {"silence-after", "SECONDS", "", "30", OptionGroup::timing, true, Reload::needs_restart,
     "Prices are stale when no tick of any symbol has come for so long; 0: never.",
     [](Text text, Config& c) { return parse_seconds(text, kNever, kDay, c.silence_after); },
     [](const Config& c) { return show(c.silence_after); }},

    {"log-level", "LEVEL", "", "info", OptionGroup::logging_and_metrics, true, Reload::applies,
     "trace, debug, info, warning or error. The log goes to standard error.",
     [](Text text, Config& c) { return parse_log_level(text, c.log_level); },
     [](const Config& c) { return show(c.log_level); }},
    {"log-format", "FORMAT", "", "text", OptionGroup::logging_and_metrics, true, Reload::applies,
     "text, or json for one object a line with time, level and message.",
     [](Text text, Config& c) { return parse_log_format(text, c.log_format); },
     [](const Config& c) { return show(c.log_format); }},
    {"metrics-listen", "HOST:PORT", "", "", OptionGroup::logging_and_metrics, true,
     Reload::needs_restart,
     "Where to serve /metrics (for Prometheus), /healthz and /readyz by HTTP, on this machine only, "
     "as in 127.0.0.1:9464. Off if empty.",
     parse_metrics_listen,
     [](const Config& c) { return c.metrics_listen ? c.metrics_listen->text() : std::string(); }},

    {"config", "FILE", "", "", OptionGroup::general, false, Reload::ignored,
     "Read this file in place of /etc/tickcache/tickcached.conf.",
     [](Text text, Config& c) { c.config_file = text; return std::string(); },
     [](const Config& c) { return c.config_file; }},
    {"check-config", "[=BOOL]", "", "false", OptionGroup::general, false, Reload::ignored,
     "Print the configuration that would be in force, and exit.",
     [](Text text, Config& c) { return parse_bool(text, c.check_config); },
     [](const Config& c) { return show(c.check_config); }},
    {"version", "[=BOOL]", "", "false", OptionGroup::general, false, Reload::ignored,
     "Print the version, and exit.",
     [](Text text, Config& c) { return parse_bool(text, c.version); },
     [](const Config& c) { return show(c.version); }},
    {"help", "[=BOOL]", "", "false", OptionGroup::general, false, Reload::ignored,
     "Print this, and exit.",
     [](Text text, Config& c) { return parse_bool(text, c.help); },
     [](const Config& c) { return show(c.help); }},
};
// clang-format on

// Levenshtein's distance: insertions, deletions and substitutions.
std::size_t edit_distance(Text a, Text b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substitution, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const Option> option_table() { return kOptions; }

const Option* find_option(std::string_view name) {
  for (const Option& option : kOptions) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::string suggestion_for(std::string_view unknown_name) {
  std::string name = lower_case(unknown_name);
  std::replace(name.begin(), name.end(), '_', '-');
  const Option* best = nullptr;
  std::size_t best_distance = 3;  // the first that is too far
  for (const Option& option : kOptions) {
    // "api-key", "log": the beginning of a name counts as near.
    const bool begins_it = name.size() >= 3 && option.name.starts_with(name);
    const std::size_t distance = begins_it ? 1 : edit_distance(name, option.name);
    if (distance < best_distance && distance < name.size()) {
      best = &option;
      best_distance = distance;
    }
  }
  return best ? "; did you mean '" + std::string(best->name) + "'?" : std::string();
}

std::string_view heading(OptionGroup group) {
  switch (group) {
    case OptionGroup::upstream:
      return "Upstream";
    case OptionGroup::subscriptions:
      return "Subscriptions";
    case OptionGroup::segment:
      return "Segment";
    case OptionGroup::timing:
      return "Timing";
    case OptionGroup::logging_and_metrics:
      return "Logging and metrics";
    case OptionGroup::general:
      break;
  }
  return "General";
}

}  // namespace tickcache::daemon
