#include "daemon/daemon.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <random>
#include <stdexcept>
#include <utility>
#include <variant>

#include "daemon/from_config.hpp"
#include "daemon/logging.hpp"
#include "daemon/publisher.hpp"
#include "daemon/signals.hpp"
#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kBeatEvery = std::chrono::milliseconds(100);
constexpr Time kCheckNameEvery = std::chrono::seconds(1);

Time boot_time() { return Time(boot_now()); }

/// Nothing if the URL needs none.
std::optional<asio::ssl::context> tls_of(const Config& config) {
  if (!config.url.tls()) return std::nullopt;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
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

spdlog::level::level_enum level_of(Log::Level level) {
  switch (level) {
    case Log::Level::debug:
      return spdlog::level::debug;
    case Log::Level::info:
      return spdlog::level::info;
    case Log::Level::warning:
      return spdlog::level::warn;
    case Log::Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

Daemon::Daemon(const Config& config, Inputs inputs)
    : config_(config),
      inputs_(std::move(inputs)),
      tls_(tls_of(config_)),
      report_(io_, config_),
      writer_(writer_options_of(config), boot_now()),
      upstream_(wanted_of(config), timing_of(config), std::random_device()(),
                writer_.key_accepted()),
      wake_up_(writer_),
      capacity_(writer_),
      beat_timer_(io_),
      deadline_timer_(io_) {
  if (tls_) session_settings_.tls = &*tls_;
  session_settings_.url = config_.url;
  session_settings_.api_key = config_.api_key;
  session_settings_.resolve = system_resolver(io_);
  session_settings_.user_agent = "tickcached/" TICKCACHE_VERSION;
}

Daemon::~Daemon() = default;

int Daemon::run() {
  spdlog::info("segment \"{}\" is published, connecting to {}", config_.segment,
               config_.url.text());
  if (config_.metrics_listen) {
    spdlog::info("metrics are served at http://{}/metrics", config_.metrics_listen->text());
  }
  report_.ready();
  const Time now = boot_time();
  last_beat_ = now;
  upstream_.start(now);
  carry_out(now);
  beat();
  io_.run();
  return exit_code_;
}

void Daemon::on_open(SessionId id) {
  const Time now = boot_time();
  if (is_late(now)) return end_late_sessions(now);
  upstream_.on_open(id, now);
  carry_out(now);
}

void Daemon::on_failed(SessionId id, const Failure& failure) {
  const Time now = boot_time();
  if (is_late(now)) end_late_sessions(now);
  upstream_.on_failed(id, failure, now);
  carry_out(now);
}

void Daemon::on_text(SessionId id, std::string_view message, Time now) {
  if (is_late(now)) return end_late_sessions(now);
  writer_.message(id.connection, message.size(), now.count());
  const Event& event = decoder_.decode(message);
  if (upstream_.on_message(id, event, now)) {
    publish(event, upstream_.filter(), id.connection, now.count(), writer_);
    if (capacity_.rejected()) warn_of(capacity_.advice(event));
  }
  carry_out(now);
}

void Daemon::on_binary(SessionId id, std::size_t size, Time now) {
  if (is_late(now)) return end_late_sessions(now);
  writer_.message(id.connection, size, now.count());
  writer_.count(Counter::rejected_binary);
  upstream_.on_message(id, NothingEvent{Counter::rejected_binary}, now);
  carry_out(now);
}

void Daemon::on_drained() { wake_up_.drained(); }

void Daemon::on_closed(SessionId id, int code) {
  const Time now = boot_time();
  if (is_late(now)) end_late_sessions(now);
  upstream_.on_closed(id, code, now);
  carry_out(now);
}

void Daemon::carry_out(Time now) {
  bool any = false;
  upstream_.drain([&](const Action& action) {
    any = true;
    std::visit([&](const auto& what) { act(what, now); }, action);
  });
  if (upstream_.key_accepted() && !writer_.key_accepted()) writer_.set_key_accepted();
  if (any) {
    arm_deadline();
    wake_up_.drained();
  } else {  // a message alone, which only moves deadlines further away
    wake_up_.stored(now);
  }
}

void Daemon::act(const Connect& action, Time) {
  std::shared_ptr<Session>& session = sessions_[action.session.connection];
  if (session) session->close(1000, true);
  session = start_session(io_, session_settings_, action.session, *this);
}

void Daemon::act(const SendText& action, Time) {
  const auto& session = sessions_[action.session.connection];
  if (session && session->id() == action.session) session->send_text(action.text);
}

void Daemon::act(const SendPong& action, Time) {
  const auto& session = sessions_[action.session.connection];
  if (!session || !(session->id() == action.session)) return;
  session->send_pong();
  writer_.count(Counter::pongs);
}

void Daemon::act(const Close& action, Time) {
  const auto& session = sessions_[action.session.connection];
  if (session && session->id() == action.session) session->close(action.code, action.abort);
}

void Daemon::act(const SetState& action, Time now) {
  ConnectionState& state = states_[action.connection];
  if (action.state == ConnectionState::waiting) {
    if (state == ConnectionState::up) writer_.count(Counter::drops);
    if (state == ConnectionState::connecting) writer_.count(Counter::failures);
  }
  state = action.state;
  writer_.set_connection(action.connection, action.state, now.count());
}

void Daemon::act(const SetError& action, Time now) {
  writer_.set_error(action.connection, without_key(action.why), action.failures, now.count());
}

void Daemon::act(const BeginEpoch& action, Time now) {
  writer_.count(Counter::connects);
  writer_.begin_epoch(action.connection, now.count(), unix_now());
}

void Daemon::act(const SetChannel& action, Time now) {
  const Channel& channel = action.channel;
  writer_.set_channel(channel.kind, channel.symbol, channel.interval, action.connection,
                      action.state, without_key(action.reason.view()), now.count());
  // A refused channel delivers nothing any more; its last price may have come by another.
  if (action.state == ChannelState::refused) {
    if (channel.kind == ChannelKind::ticker) writer_.end_ticks(channel.symbol);
    if (channel.kind == ChannelKind::ticker_all) writer_.end_ticks();
  }
}

void Daemon::act(const DropChannel& action, Time now) {
  const Channel& channel = action.channel;
  writer_.drop_channel(channel.kind, channel.symbol, channel.interval, now.count());
}

void Daemon::act(const StopForGood& action, Time) {  // why, a Log action says too
  stop(RunState::auth_failed, kExitAuthentication, action.reason);
}

void Daemon::act(const Log& action, Time now) {
  const spdlog::level::level_enum level = level_of(action.level);
  if (!spdlog::should_log(level)) return;
  const std::string text = without_key(action.text);
  if (level <= spdlog::level::debug || repeats_.is_first(level, text, now)) {
    spdlog::log(level, "{}", text);
  }
}

void Daemon::tell_repeats(Time now, bool all) {
  for (const auto& [level, text] : repeats_.expire(now, all)) {
    spdlog::log(static_cast<spdlog::level::level_enum>(level), "{}", text);
  }
}

void Daemon::warn_of(const std::string& what) {
  if (!what.empty()) spdlog::warn("{}", what);
}

std::string Daemon::without_key(std::string_view text) const {
  return tickcache::daemon::without_key(text, config_.api_key);
}

bool Daemon::is_late(Time now) const { return now - last_beat_ > kLivenessTimeout; }

/// The machine slept, or the process was stopped: what is buffered is as old as that, and must not
/// be stamped as new. Before the next beat, so that no reader takes it for live.
void Daemon::end_late_sessions(Time now) {
  last_beat_ = now;
  // Its timer stood still while the clock of deadlines went on: whatever was armed is void.
  armed_deadline_ = Time::max();
  upstream_.on_late(now);
  carry_out(now);
}

void Daemon::beat() {
  const Time now = boot_time();
  if (is_late(now)) end_late_sessions(now);
  last_beat_ = now;
  writer_.beat(now.count());
  if (now - name_checked_ >= kCheckNameEvery) {
    name_checked_ = now;
    if (!keep_name(now)) return stop(RunState::stopped, kExitFailure, name_error_);
  }
  report_.beat(upstream_, now);
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
    // No room, no descriptor: that may pass. Said once.
    if (!told) spdlog::error("{}; trying again", error.what());
  }
  return true;
}

void Daemon::arm_deadline() {
  const Time deadline = upstream_.deadline();
  if (deadline >= armed_deadline_ || stopping_) return;
  armed_deadline_ = deadline;
  const Time now = boot_time();
  deadline_timer_.expires_after(deadline > now ? deadline - now : Time(0));
  deadline_timer_.async_wait([this](error_code error) {
    if (!error && !stopping_) on_deadline();
  });
}

void Daemon::on_deadline() {
  armed_deadline_ = Time::max();
  const Time now = boot_time();
  if (is_late(now)) end_late_sessions(now);
  upstream_.on_time(now);
  carry_out(now);
  arm_deadline();
}

void Daemon::take_signals() {
  for (int signal = 0; !stopping_ && (signal = next_signal()) > 0;) {
    if (signal == SIGHUP) {
      report_.reloading();
      reload(boot_time());
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
  const Filter before = upstream_.filter();
  const Wanted wanted = wanted_of(config_);
  warn_of(capacity_.advice(wanted));
  upstream_.reconfigure(wanted, timing_of(config_), now);
  unsubscribe_unwanted(before);
  carry_out(now);
  spdlog::info("SIGHUP: the configuration was read again");
}

/// Under ticker_all a symbol is no channel of its own: what the new filter leaves out is told to
/// the segment here.
void Daemon::unsubscribe_unwanted(const Filter& before) {
  const WritableSegmentView& view = writer_.view();
  for (std::uint32_t i = 0; i < view.symbol_count(); ++i) {
    const SymbolText symbol = view.symbol(i);
    if (before.wants(symbol) && !upstream_.filter().wants(symbol)) writer_.unsubscribe(symbol);
  }
}

void Daemon::stop(RunState state, int exit_code, std::string_view why) {
  if (std::exchange(stopping_, true)) return;
  exit_code_ = exit_code;
  const Time now = boot_time();
  upstream_.stop(now);
  carry_out(now);
  writer_.stop(state, now.count());
  report_.stopping("stopping: " + std::string(why));
  tell_repeats(now, true);
  beat_timer_.cancel();
  deadline_timer_.cancel();
  // The loop ends when the sessions have said goodbye, which each of them does in time.
}

}  // namespace tickcache::daemon
