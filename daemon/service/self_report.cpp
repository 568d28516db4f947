#include "daemon/service/self_report.hpp"

#include "daemon/service/status_line.hpp"
#include "encode/prometheus.hpp"

namespace tickcache::daemon {

SelfReport::SelfReport(boost::asio::io_context& io, const Config& config) : config_(config) {
  if (!config.metrics_listen) return;
  MetricsPages pages;
  pages.metrics = [this] { return encode::prometheus_text(status(), config_.segment); };
  pages.not_ready = [this] {
    const Status& now = status();
    if (now.feed == Freshness::live) return std::string();
    return std::string(to_string(now.feed)) + ": " + to_string(now.reason);
  };
  listener_ = std::make_unique<MetricsListener>(io, *config.metrics_listen, std::move(pages));
}

void SelfReport::stopping(std::string_view why) {
  notifier_.stopping(without_key(why, config_.api_key));
  listener_.reset();
}

void SelfReport::beat(const Source& source, Time now) {
  notifier_.beat(now);
  if (!notifier_.wants_status(now)) return;
  notifier_.status(without_key(status_line(status(), source.outlook()), config_.api_key), now);
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

}  // namespace tickcache::daemon
