#include "daemon/service/self_report.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "encode/prometheus.hpp"

namespace tickcache::daemon {

namespace {

std::string counted(std::uint64_t count, std::string_view noun) {
  std::string text = std::to_string(count);
  text.append(" ").append(noun);
  return count == 1 ? text : text + "s";
}

std::string seconds_text(Time span) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(std::max(span, Time(0))).count()) +
         " s";
}

std::string contents(const Status& status) {
  std::uint64_t channels = 0;
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < status.channel_count; ++i) {
    const ChannelState state = status.channels[i].state;
    if (state == ChannelState::acknowledged) ++channels;
    if (state == ChannelState::refused) ++refused;
  }
  std::uint64_t connections = 0;
  for (std::size_t i = 0; i < status.connection_count; ++i) {
    if (status.connections[i].state == ConnectionState::up) ++connections;
  }
  std::string text = counted(status.symbols, "symbol") + ", " + counted(channels, "channel") +
                     ", " + counted(connections, "connection");
  if (refused > 0) text += "; " + counted(refused, "channel") + " refused";
  return text;
}

std::string reconnecting(const Status& status, const Outlook& outlook) {
  std::string text;
  if (status.connection_count > 1) text = "connection " + std::to_string(outlook.connection) + ": ";
  if (outlook.state == ConnectionState::waiting) {
    text += "reconnecting in " + seconds_text(outlook.retry_at - Time(status.now_ns));
  } else {
    text.append("connecting to ").append(status.upstream.view());
  }
  return outlook.why.empty() ? text : text + ": " + outlook.why;
}

std::string silent(const Status& status) {
  std::int64_t last = 0;
  for (std::size_t i = 0; i < status.connection_count; ++i) {
    last = std::max(last, status.connections[i].last_tick_ns);
  }
  if (last == 0) return "connected, but no tick has come";
  return "connected, but no tick for " + seconds_text(Time(status.now_ns - last));
}

}  // namespace

SelfReport::SelfReport(boost::asio::io_context& io, const Config& config) : config_(config) {
  if (!config.metrics_listen) return;
  MetricsPages pages;
  pages.metrics = [this] { return encode::prometheus_text(status(), config_.segment); };
  pages.not_ready = [this] {
    const Status& now = status();
    if (now.feed == Freshness::live) return std::string();
    return std::string(to_string(now.feed)) + ": " + to_string(now.reason);
  };
  metrics_ = serve_metrics(io, *config.metrics_listen, std::move(pages));
}

void SelfReport::stopping(std::string_view why) {
  notifier_.stopping(without_key(why, config_.api_key));
  metrics_.reset();
}

void SelfReport::beat(std::span<const std::unique_ptr<Source>> sources, Time now) {
  notifier_.beat(now);
  if (!notifier_.wants_status(now)) return;
  Outlook outlook;  // of the first source that is not connected
  for (const auto& source : sources) {
    outlook = source->outlook();
    if (outlook.state != ConnectionState::up) break;
  }
  notifier_.status(without_key(status_line(status(), outlook), config_.api_key), now);
}

/// Uses a Reader, so that all reports agree with what readers see.
const Status& SelfReport::status() {
  if (!status_) status_ = std::make_unique<Status>();
  try {
    if (!reader_) reader_.emplace(config_.segment);
    reader_->status(*status_);
  } catch (const SegmentError&) {
    *status_ = {};  // out of descriptors or memory: may be temporary
  }
  return *status_;
}

std::string status_line(const Status& status, const Outlook& outlook) {
  if (outlook.state != ConnectionState::up) return reconnecting(status, outlook);
  if (status.feed == Freshness::live) return "live: " + contents(status);
  if (status.reason == Reason::silent) return silent(status);
  return std::string(to_string(status.feed)) + ": " + to_string(status.reason);
}

}  // namespace tickcache::daemon
