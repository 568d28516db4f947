// Another machine's feed, out of Redis, as a source. The link does the I/O; Follower decides.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/publisher.hpp"
#include "daemon/sources/redis/follower.hpp"
#include "daemon/sources/redis/message.hpp"
#include "daemon/sources/source.hpp"
#include "redis/keys.hpp"
#include "redis/link.hpp"

namespace tickcache::daemon {

/// Everything is on connection 0. It is up while the feed can be trusted; a new epoch begins
/// whenever all keys were read anew.
class RedisSource final : public Source {
 public:
  /// `io` and `host` must outlive it. The publisher need not exist before start() or after stop().
  /// `config` is one with a Redis URL.
  RedisSource(boost::asio::io_context& io, const Config& config, Publisher& publisher,
              SourceHost& host);

  void start(Time now) override;
  void stop(Time now) override;
  void reconfigure(const Config& config, Time now) override;
  void on_time(Time now) override;
  void on_late(Time now) override;
  [[nodiscard]] Time deadline() const override { return deadline_; }
  [[nodiscard]] Outlook outlook() const override;

 private:
  /// Of a symbol's ticks. An origin that takes over counts them differently.
  struct Count {
    std::uint64_t there = 0;
    std::uint64_t here = 0;
  };

  void open(Time now);
  void on_open();
  void on_lost(const std::string& why, Time now);
  void on_message(std::string_view text);
  void ask_echo(Time now);
  void read_keys();
  void on_keys(const redisReply* answer);
  void read_series();

  // What is applied.
  void apply_keys(const redisReply& keys, Time now);
  void apply_channels(std::string_view list, Time now);
  void apply_hash(const redisReply& hash, Time now);
  void apply_orders(const redisReply& stream, Time now);
  /// How late a stream's entry is, by the origin's clock when it was written.
  [[nodiscard]] Time lateness_of(const redisReply* entry, Time now) const;
  void apply_batch(const RedisMessage& message, Time now);
  void apply_beat(const RedisMessage& message, Time now);
  void apply_tick(const MirroredTicker& record, Time late, Time now);
  void apply_trust(const MirroredTicker& record, Time late, Time now);
  void apply_stored(const MirroredTicker& record, Time now);
  void apply_kept(Time now);
  /// The last beat has confirmed what is stored.
  void confirm();
  Count* count_of(const SymbolText& symbol);
  /// Says whether what is stored can be trusted, if that has changed.
  void tell(Time now);
  void reject(std::size_t count);
  void set_state(ConnectionState state, Time now);

  Publisher& publisher_;
  SourceHost& host_;
  redis::Keys keys_;
  redis::Link link_;
  Follower follower_;
  bool wants_orders_ = false;
  bool wants_portfolio_ = false;
  bool stopped_ = false;
  ConnectionState state_ = ConnectionState::unused;
  std::string why_;  ///< it is not up
  Time deadline_ = Time::max();
  Time retry_at_{};
  Time opened_{};
  std::uint32_t failures_ = 0;

  std::vector<std::string> kept_;  ///< messages since the subscription that wait for the keys
  std::size_t kept_size_ = 0;
  std::vector<std::string> series_;
  std::map<std::string, Channel> channels_;  ///< by name, as declared
  std::vector<Count> counts_;                ///< by cell
  Time last_received_{};                     ///< of the ticks, which must not go back
  std::uint64_t orders_upto_ = 0;            ///< message whose orders were read from the stream
  std::uint64_t portfolio_upto_ = 0;
  bool orders_whole_ = false;  ///< no update is missing here that the origin has
  bool orders_live_ = false;
  bool portfolio_live_ = false;
};

}  // namespace tickcache::daemon
