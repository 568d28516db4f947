// tickcache-relay: the hub, its clients and the answers, on one loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>
#include <utility>

#include "bridges/relay/api.hpp"
#include "bridges/relay/config.hpp"
#include "bridges/relay/gate.hpp"
#include "bridges/relay/hub.hpp"
#include "bridges/relay/report.hpp"
#include "web/server.hpp"

namespace tickcache::relay {

class Relay {
 public:
  /// Listens. Throws std::runtime_error if it cannot, SegmentError if the segment exists and cannot
  /// be used.
  explicit Relay(Config config);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Serves until SIGTERM or SIGINT.
  void run();

  /// While it runs, calls `say` with each change of the feed's state.
  void report_to(Report::Say say) { report_.start(std::move(say)); }

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }

 private:
  [[nodiscard]] web::Site site();
  [[nodiscard]] std::optional<web::Response> answer(const web::Request& request);
  [[nodiscard]] std::optional<web::Response> respond(const web::Request& request);
  void take(web::Request&& request, web::Socket&& socket, web::Seat seat);
  void stop();

  const Config config_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT};
  boost::asio::steady_timer last_words_{io_};
  Gate gate_{config_};
  Hub hub_;
  Report report_{io_, hub_};
  web::Server server_;
};

}  // namespace tickcache::relay
