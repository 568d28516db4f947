// The account's orders and portfolio by REST. HttpClient does the I/O; Reconciliation decides.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>
#include <string_view>

#include "daemon/core/publisher.hpp"
#include "daemon/core/reconciliation.hpp"
#include "daemon/platform/account.hpp"
#include "daemon/sources/rest/http_client.hpp"
#include "daemon/sources/source.hpp"

namespace tickcache::daemon {

class AccountSource final : public Source {
 public:
  /// As RestSource.
  AccountSource(boost::asio::io_context& io, const Config& config, boost::asio::ssl::context* tls,
                Publisher& publisher, SourceHost& host);

  void stop(Time now) override;
  void reconfigure(const Config& config, Time now) override;
  void on_time(Time now) override;
  void on_late(Time now) override;
  void on_refused(Time now) override;
  [[nodiscard]] Time deadline() const override;

 private:
  void ask(Time now);
  void on_answer(const AccountQuestion& question, const HttpResult& result);
  void on_why(const HttpResult& result);
  void take(const AccountQuestion& question, const HttpAnswer& answer, Time now);
  [[nodiscard]] bool read(const AccountQuestion& question, const std::string& body, Time now);
  void fail_order(std::string_view why, Time now);
  void fail(const AccountQuestion& question, std::string_view why, bool absent, Time now);

  Publisher& publisher_;
  SourceHost& host_;
  DialSettings settings_;
  HttpClient client_;
  AccountReader reader_;
  Reconciliation reconciliation_;
  bool was_short_ = false;
  bool asks_why_ = false;
  std::string why_failed_;  ///< the last one logged; empty: it answers
};

}  // namespace tickcache::daemon
