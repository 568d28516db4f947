// The exchange's REST interface as a source: prices and candles that no tick has brought.
// HttpClient does the I/O; Audit and CandleHistory decide.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>
#include <string_view>

#include "daemon/candles/candle_history.hpp"
#include "daemon/core/audit.hpp"
#include "daemon/core/publisher.hpp"
#include "daemon/sources/rest/http_client.hpp"
#include "daemon/sources/source.hpp"

namespace tickcache::daemon {

class RestSource final : public Source {
 public:
  /// `io`, `tls` and `host` must outlive it. The publisher need not exist before start() or after
  /// stop(). `tls` may be null if the URL needs none.
  RestSource(boost::asio::io_context& io, const Config& config, boost::asio::ssl::context* tls,
             Publisher& publisher, SourceHost& host);

  void stop(Time now) override;
  void reconfigure(const Config& config, Time now) override;
  void on_time(Time now) override;
  void on_late(Time now) override;
  [[nodiscard]] Time deadline() const override;

 private:
  void ask(Time now);
  void on_answer(const Question& question, const HttpResult& result);
  [[nodiscard]] bool take(const Question& question, const HttpAnswer& answer, Time now);
  void fail(std::string_view why, Time wait, Time now);
  void settle(Time now);
  void ask_candles(Time now);
  void on_candles(const HttpResult& result);
  void fail_candles(std::string_view why, Time now);

  Publisher& publisher_;
  SourceHost& host_;
  DialSettings settings_;
  HttpClient client_;
  Audit audit_;
  /// Candles have a connection of their own: the exchange may take long to answer.
  HttpClient candle_client_;
  CandleHistory history_;
  bool asks_candles_;
  std::string why_failed_;      ///< the last one logged; empty: it answers
  std::string why_no_candles_;  ///< likewise
};

}  // namespace tickcache::daemon
