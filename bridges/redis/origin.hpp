// Publishes a segment in Redis while this process is the feed's origin.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/redis/batch.hpp"
#include "bridges/redis/config.hpp"
#include "bridges/redis/scripts.hpp"
#include "bridges/redis/tenure.hpp"
#include "bridges/waker.hpp"
#include "redis/keys.hpp"
#include "redis/link.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::redis {

/// Everything runs on one thread, in run(). It only reads the segment.
class Origin {
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
  /// What followers were told last of a symbol.
  struct Symbol {
    Freshness freshness = Freshness::missing;
    Reason reason = Reason::never_seen;
    bool has_changed = false;  ///< since it was written into the hash
  };
  struct Series {
    std::string symbol;
    std::string interval;
    Candle open;  ///< as followers were told
  };

  // Redis
  void open();
  void on_open();
  void load(std::size_t number);
  void on_lost(const std::string& why);
  void on_hello(std::string_view nonce);
  void act();
  void wait();
  void take();
  /// Sends a write; `renews`: it renews the lease, `done` is called if it was carried out.
  void write(const Write& write, bool renews, std::function<void()> done = {});
  void on_written(const redisReply* answer, std::uint64_t epoch, bool renews, Time sent,
                  const std::function<void()>& done);
  void stop();

  // The segment
  void follow_feed();
  void round();
  void flush();
  void rewrite(Time now);
  void rewrite_series(const Series& series);
  void beat(Time now);
  void look_at_trust();
  void look_at_candles();
  void look_at_series();
  void note_told(std::uint32_t cell, Freshness freshness, Reason reason);
  void read_status();
  [[nodiscard]] std::string record_of_symbol(const SymbolTicker& symbol) const;
  [[nodiscard]] MessageHead head() const;
  [[nodiscard]] std::string channels_text() const;
  void renew(Write& write) const;
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

  Reader reader_;
  std::unique_ptr<Feed> feed_;
  bridges::Waker waker_;
  std::unique_ptr<Status> status_;
  std::uint64_t segment_ = 0;  ///< the instance that was written
  std::string channels_;       ///< as they were written
  encode::Clocks clocks_;      ///< of the present round
  Query query_;                ///< likewise
  Batch batch_;
  std::vector<Symbol> symbols_;  ///< by cell
  std::map<std::string, Series> series_;
  std::vector<Echo> echoes_;
  Time candles_looked_{};
  Time beat_sent_{};
};

}  // namespace tickcache::redis
