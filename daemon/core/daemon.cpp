#include "daemon/core/daemon.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "daemon/core/from_config.hpp"
#include "daemon/core/processors.hpp"
#include "daemon/core/signals.hpp"
#include "daemon/service/logging.hpp"
#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr auto kBeatEvery = std::chrono::milliseconds(100);
constexpr Time kCheckNameEvery = std::chrono::seconds(1);

/// Nothing if no URL needs it.
std::optional<ssl::context> tls_of(const Config& config) {
  if (config.redis) return std::nullopt;
  if (!config.url.tls() && !(config.rest_url && config.rest_url->tls())) return std::nullopt;
  ssl::context tls(ssl::context::tls_client);
  tls.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  error_code error;
  if (config.ca_file.empty()) {
    tls.set_default_verify_paths(error);
  } else {
    tls.load_verify_file(config.ca_file, error);
  }
  if (error) {
    throw std::runtime_error("ca-file: the certificates cannot be read (" + error.message() + ")");
  }
  return tls;
}

}  // namespace

Daemon::Daemon(const Config& config, Inputs inputs)
    : config_(config),
      inputs_(std::move(inputs)),
      report_(io_, config_),
      tls_(tls_of(config)),
      sources_(make_sources()),
      writer_(writer_options_of(config), boot_now()),
      publisher_(writer_, wanted_of(config), trust_of(config)),
      beat_timer_(io_),
      deadline_timer_(io_) {}

std::vector<std::unique_ptr<Source>> Daemon::make_sources() {
  std::vector<std::unique_ptr<Source>> sources;
  SourceHost& host = *this;
  if (config_.redis) {
    sources.push_back(std::make_unique<RedisSource>(io_, config_, publisher_, host));
    return sources;
  }
  boost::asio::ssl::context* const tls = tls_ ? &*tls_ : nullptr;
  auto websocket = std::make_unique<WebSocketSource>(io_, config_, tls, publisher_, host);
  session_settings_ = &websocket->session_settings();
  sources.push_back(std::move(websocket));
  if (config_.rest) {
    sources.push_back(std::make_unique<RestSource>(io_, config_, tls, publisher_, host));
    sources.push_back(std::make_unique<AccountSource>(io_, config_, tls, publisher_, host));
  }
  return sources;
}

int Daemon::run() {
  spdlog::info("segment \"{}\" is published, connecting to {}", config_.segment,
               upstream_text(config_));
  if (config_.metrics_listen) {
    spdlog::info("metrics are served at http://{}/metrics", config_.metrics_listen->text());
  }
  confine();
  report_.ready();
  const Time now(boot_now());
  last_beat_ = now;
  for (const auto& source : sources_) source->start(now);
  beat();
  if (config_.busy_poll) {
    // Also asks whether timers have expired. Stops when there is no more work, as run() returns.
    while (!io_.stopped()) io_.poll();
  } else {
    io_.run();
  }
  return exit_code_;
}

/// Confines the loop's thread to its processor. The others that the daemon has by now stay free.
void Daemon::confine() {
  if (config_.busy_poll && Processors::online() == 1) {
    spdlog::warn("busy-poll takes the only processor that there is: everything else has to wait");
  }
  if (!config_.cpu_affinity) return;
  if (const int error = Processors::only(*config_.cpu_affinity).confine()) {
    spdlog::warn("cpu-affinity: processor {} cannot be used ({}); running on any",
                 *config_.cpu_affinity,
                 error_code(error, boost::system::system_category()).message());
  }
}

/// The machine slept, or the process was stopped: buffered data is too old and must not be stamped
/// as new. Checked before the next heartbeat, so that no reader considers it live.
bool Daemon::was_late(Time now) {
  if (now - last_beat_ <= kLivenessTimeout) return false;
  last_beat_ = now;
  // Its timer stood still while the clock of deadlines went on: whatever was armed is void.
  armed_deadline_ = Time::max();
  for (const auto& source : sources_) source->on_late(now);
  return true;
}

void Daemon::log(LogLevel level, std::string_view text, Time now) {
  const spdlog::level::level_enum logged = spdlog_level(level);
  if (!spdlog::should_log(logged)) return;
  if (level == LogLevel::debug || repeats_.is_first(logged, text, now)) {
    spdlog::log(logged, "{}", text);
  }
}

void Daemon::key_rejected(std::string_view why) {
  stop(RunState::auth_failed, kExitAuthentication, why);
}

void Daemon::tell_repeats(Time now, bool all) {
  for (const auto& [level, text] : repeats_.expire(now, all)) {
    spdlog::log(static_cast<spdlog::level::level_enum>(level), "{}", text);
  }
}

void Daemon::beat() {
  const Time now(boot_now());
  was_late(now);
  last_beat_ = now;
  publisher_.on_beat(now);
  writer_.beat(now.count());
  if (now - name_checked_ >= kCheckNameEvery) {
    name_checked_ = now;
    if (!keep_name(now)) return stop(RunState::stopped, kExitFailure, name_error_);
  }
  report_.beat(sources_, now);
  tell_repeats(now, false);
  take_signals();
  if (stopping_) return;
  beat_timer_.expires_after(kBeatEvery);
  beat_timer_.async_wait([this](error_code error) {
    // Without an error too, if it had expired before stop() cancelled it.
    if (!error && !stopping_) beat();
  });
}

/// False if the segment's name is lost for good.
bool Daemon::keep_name(Time now) {
  try {
    writer_.keep_name(now.count());
    name_error_.clear();
  } catch (const WriterError& error) {
    const bool told = name_error_ == error.what();
    name_error_ = error.what();
    if (error.code() == WriterError::Code::taken) {
      spdlog::error("{}", error.what());
      return false;
    }
    // No space or no descriptor: this may be temporary. Logged once.
    if (!told) spdlog::error("{}; trying again", error.what());
  }
  return true;
}

void Daemon::deadline_changed() {
  Time deadline = Time::max();
  for (const auto& source : sources_) deadline = std::min(deadline, source->deadline());
  if (deadline >= armed_deadline_ || stopping_) return;
  armed_deadline_ = deadline;
  const Time now(boot_now());
  deadline_timer_.expires_after(deadline > now ? deadline - now : Time(0));
  deadline_timer_.async_wait([this](error_code error) {
    if (!error && !stopping_) on_deadline();
  });
}

void Daemon::on_deadline() {
  armed_deadline_ = Time::max();
  const Time now(boot_now());
  was_late(now);
  for (const auto& source : sources_) {
    if (!stopping_) source->on_time(now);
  }
  deadline_changed();
}

void Daemon::take_signals() {
  for (int signal = 0; !stopping_ && (signal = next_signal()) > 0;) {
    if (signal == SIGHUP) {
      report_.reloading();
      reload(Time(boot_now()));
      report_.ready();
    } else {
      const char* const name = signal == SIGTERM ? "SIGTERM" : "SIGINT";
      spdlog::info("{}: stopping", name);
      stop(RunState::stopped, kExitOk, name);
    }
  }
}

void Daemon::reload(Time now) {
  Loaded loaded = tickcache::daemon::reload(inputs_, config_);
  for (const std::string& warning : loaded.warnings) spdlog::warn("{}", warning);
  for (const std::string& error : loaded.errors) spdlog::error("{}", error);
  if (!loaded.config) {
    spdlog::error("SIGHUP: the configuration has errors, the old one stays in force");
    return;
  }
  for (const std::string& option : changed_restart_only(config_, *loaded.config)) {
    spdlog::warn("SIGHUP: {} has changed, which takes effect when tickcached is restarted", option);
  }
  take_live_options(*loaded.config, config_);
  set_logging(config_.log_level, config_.log_format);
  publisher_.want(wanted_of(config_));
  publisher_.set_trust(trust_of(config_));
  for (const auto& source : sources_) source->reconfigure(config_, now);
  spdlog::info("SIGHUP: the configuration was read again");
}

void Daemon::stop(RunState state, int exit_code, std::string_view why) {
  if (std::exchange(stopping_, true)) return;
  exit_code_ = exit_code;
  const Time now(boot_now());
  for (const auto& source : sources_) source->stop(now);
  writer_.stop(state, now.count());
  report_.stopping("stopping: " + std::string(why));
  tell_repeats(now, true);
  beat_timer_.cancel();
  deadline_timer_.cancel();
  // The loop ends when the sources have left it, which each of them does in time.
}

EventLoop::EventLoop() : io_context(1) {
  boost::asio::steady_timer timer(*this, std::chrono::seconds(0));
  timer.async_wait([](const boost::system::error_code&) {});
  const bool fired = run_one_for(std::chrono::seconds(5)) == 1;  // at once, unless it never does
  restart();
  if (fired) return;
  throw std::runtime_error(
      "the event loop has no timers: the system is out of memory, or of fs.epoll.max_user_watches");
}

}  // namespace tickcache::daemon
