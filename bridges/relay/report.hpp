// Says when the feed's state changes, and why the segment cannot be read.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

namespace tickcache::relay {

class Hub;

/// Looks once a second, so that a state which flaps makes few lines. Belongs to the loop.
class Report {
 public:
  using Say = std::function<void(const std::string& line)>;

  /// `hub` must outlive it.
  Report(boost::asio::io_context& io, Hub& hub) : hub_(hub), second_(io) {}

  /// From now on, calls `say` on the loop, which must not block.
  void start(Say say);
  void stop() { second_.cancel(); }

 private:
  void wait();
  [[nodiscard]] std::string state();

  Hub& hub_;
  boost::asio::steady_timer second_;
  Say say_;
  std::string said_;
};

}  // namespace tickcache::relay
