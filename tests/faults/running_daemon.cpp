#include "tests/faults/running_daemon.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <stdexcept>
#include <utility>

#include "daemon/core/signals.hpp"
#include "tests/faults/arguments.hpp"

namespace tickcache::faults {

namespace {

class Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Sink(LogBook& book) : book_(book) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    book_.add(std::string(message.payload.begin(), message.payload.end()));
  }
  void flush_() override {}

  LogBook& book_;
};

daemon::Inputs inputs_for(const DaemonOptions& options, const std::string& segment) {
  daemon::Inputs inputs;
  inputs.default_file = "";
  inputs.arguments = arguments_with(options.arguments);
  inputs.arguments.push_back("--segment=" + segment);
  inputs.arguments.push_back("--url=" + (options.url.empty()
                                             ? "ws://127.0.0.1:" + std::to_string(options.port)
                                             : options.url));
  inputs.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "AGENTEXCHANGE_API_KEY") return "ak_live_hostile";
    return std::nullopt;
  };
  return inputs;
}

daemon::Config config_from(const daemon::Inputs& inputs) {
  const daemon::Loaded loaded = daemon::load(inputs);
  if (loaded.config) return *loaded.config;
  std::string problems;
  for (const std::string& error : loaded.errors) problems += error + "\n";
  throw std::runtime_error(problems);
}

}  // namespace

void LogBook::add(const std::string& line) {
  const std::lock_guard lock(mutex_);
  text_ += line + "\n";
}

bool LogBook::has(const std::string& text) const { return this->text().find(text) != text_.npos; }

std::string LogBook::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

RunningDaemon::RunningDaemon(const DaemonOptions& options) {
  auto logger = std::make_shared<spdlog::logger>("faults", std::make_shared<Sink>(log_));
  logger->set_level(spdlog::level::debug);
  spdlog::set_default_logger(logger);
  const daemon::Inputs inputs = inputs_for(options, segment_.str());
  daemon_ = std::make_unique<daemon::Daemon>(config_from(inputs), inputs);
  daemon_->session_settings().close_timeout = milliseconds(100);
  if (options.adjust) options.adjust(daemon_->session_settings());
  reader_ = std::make_unique<Reader>(segment_.str());
  std::promise<int> promise;
  exit_code_ = promise.get_future();
  daemon::block_signals();  // for the daemon's thread, which inherits it
  thread_ = std::thread(
      [this, promise = std::move(promise)]() mutable { promise.set_value(daemon_->run()); });
  const sigset_t handled = daemon::handled_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &handled, nullptr);
}

RunningDaemon::~RunningDaemon() {
  stop();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("none"));
}

Status RunningDaemon::status() {
  Status status;
  reader_->status(status);
  return status;
}

Result<Ticker> RunningDaemon::ticker(std::string_view symbol) { return reader_->ticker(symbol); }

std::optional<int> RunningDaemon::ended(milliseconds limit) {
  if (exit_code_.wait_for(limit) != std::future_status::ready) return std::nullopt;
  const int code = exit_code_.get();
  std::promise<int> again;
  again.set_value(code);
  exit_code_ = again.get_future();
  return code;
}

bool RunningDaemon::stop() {
  if (!thread_.joinable()) return true;
  // To its own thread alone, which keeps it pending; harmless if that has ended.
  ::pthread_kill(thread_.native_handle(), SIGTERM);
  const bool in_time = ended().has_value();
  thread_.join();
  return in_time;
}

bool recovers(RunningDaemon& daemon, std::string_view symbol) {
  return soon([&] { return daemon.ticker(symbol).live(); });
}

daemon::Resolve fixed_resolver(daemon::Resolve system, std::vector<Address> addresses) {
  return [system = std::move(system), addresses = std::move(addresses)](
             const std::string&, std::uint16_t, daemon::Resolved resolved) {
    daemon::Endpoints endpoints;
    for (const auto& [address, port] : addresses) {
      endpoints.emplace_back(boost::asio::ip::make_address(address), port);
    }
    // By way of the system's, which answers on the loop and not from within the call.
    system("127.0.0.1", 1,
           [endpoints = std::move(endpoints), resolved = std::move(resolved)](
               boost::system::error_code error, const daemon::Endpoints&) {
             resolved(error, endpoints);
           });
  };
}

}  // namespace tickcache::faults
