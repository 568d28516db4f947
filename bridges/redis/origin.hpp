// Holds the lease of a feed, and publishes the segment in Redis while this process is its origin.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/redis/config.hpp"
#include "bridges/redis/publication.hpp"
#include "bridges/redis/tenure.hpp"
#include "bridges/waker.hpp"
#include "redis/keys.hpp"
#include "redis/link.hpp"

namespace tickcache::redis {

/// Everything runs on one thread, in run(). It only reads the segment.
class Origin final : private Outlet {
 public:
  using Say = std::function<void(const std::string& line)>;

  /// `say` gets a line whenever the state changes, and must not block. Throws SegmentError if the
  /// segment exists and cannot be used.
  Origin(Config config, Say say);
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  /// Until SIGTERM or SIGINT; then it gives the lease up.
  void run();

 private:
  void open();
  void on_open();
  void load(std::size_t number);
  void on_lost(const std::string& why);
  void on_hello(std::string_view nonce);
  void act();
  void wait();
  void take();
  void on_rewritten();
  [[nodiscard]] bool is_open() const override { return link_.is_open(); }
  void write(const Write& write, bool renews, std::function<void()> done) override;
  void flush() override;
  void on_written(const redisReply* answer, std::uint64_t epoch, bool renews, Time sent,
                  const std::function<void()>& done);
  void stop();
  void report(const std::string& state);

  boost::asio::io_context io_{1};
  Config config_;
  Say say_;
  std::string said_;
  Keys keys_;
  std::string instance_;
  std::string token_;                 ///< EPOCH:INSTANCE
  std::vector<std::string> scripts_;  ///< their digests: take, write, give
  Link link_;
  Tenure tenure_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer retry_;
  boost::asio::signal_set signals_;
  bool stopping_ = false;

  Publication publication_;
  bridges::Waker waker_;
};

}  // namespace tickcache::redis
