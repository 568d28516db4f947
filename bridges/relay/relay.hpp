// tickcache-relay: the hub, its clients and the answers, on one loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <functional>
#include <optional>
#include <string>

#include "bridges/relay/api.hpp"
#include "bridges/relay/config.hpp"
#include "bridges/relay/gate.hpp"
#include "bridges/relay/hub.hpp"
#include "web/server.hpp"

namespace tickcache::relay {

class Relay {
 public:
  /// Listens. Throws std::runtime_error if it cannot, SegmentError if the segment exists and cannot
  /// be used.
  explicit Relay(Config config);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Serves until SIGTERM or SIGINT. Calls `say`, if there is one, with each change of the feed's
  /// state; it must not block.
  void run(const std::function<void(const std::string& line)>& say = {});

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }

 private:
  [[nodiscard]] web::Site site();
  [[nodiscard]] std::optional<web::Response> answer(const web::Request& request);
  [[nodiscard]] std::optional<web::Response> respond(const web::Request& request);
  void take(web::Request&& request, web::Socket&& socket, web::Seat seat);
  void report(const std::function<void(const std::string& line)>& say);
  void stop();

  const Config config_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT};
  boost::asio::steady_timer second_{io_};
  boost::asio::steady_timer last_words_{io_};
  Gate gate_{config_};
  Hub hub_;
  web::Server server_;
  std::string said_;  ///< of the feed's state
};

}  // namespace tickcache::relay
