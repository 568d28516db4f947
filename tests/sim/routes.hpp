#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/client.hpp"
#include "sim/market.hpp"
#include "sim/protocol.hpp"

namespace tickcache::sim {

// One open connection, as the exchange sees it.
struct Session {
  Session(std::shared_ptr<Client> the_client, Dialect dialect, boost::asio::io_context& io)
      : client(std::move(the_client)), state(dialect), heartbeat(io), replay(io) {}

  std::shared_ptr<Client> client;
  ClientState state;
  bool awaits_pong = false;
  std::size_t next_replayed = 0;
  std::chrono::steady_clock::time_point opened = std::chrono::steady_clock::now();
  boost::asio::steady_timer heartbeat;
  boost::asio::steady_timer replay;
};

using Sessions = std::map<std::uint64_t, std::unique_ptr<Session>>;
using Receivers = std::vector<Session*>;

// Who receives what, worked out once per change of a subscription, not once per tick.
class Routes {
 public:
  explicit Routes(std::size_t symbols) : direct_(symbols) {}

  void rebuild(const Sessions& sessions, const Market& market);

  const Receivers& all() const noexcept { return all_; }
  const Receivers& direct(std::uint32_t symbol) const { return direct_[symbol]; }
  // Of "orders", "portfolio" or a candle channel.
  const Receivers& of(const std::string& channel) const;
  const std::vector<std::string>& candle_channels() const noexcept { return candle_channels_; }

 private:
  Receivers all_;
  std::vector<Receivers> direct_;
  std::map<std::string, Receivers> others_;
  std::vector<std::string> candle_channels_;
};

}  // namespace tickcache::sim
