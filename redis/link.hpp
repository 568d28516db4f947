// The way to the Redis server that takes writes, through Sentinels if there are any.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "redis/address.hpp"
#include "redis/connection.hpp"

namespace tickcache::redis {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
/// Looks up a host and calls back once, on the loop and never from inside the call.
using Resolve = std::function<void(const std::string& host, std::uint16_t port,
                                   std::function<void(boost::system::error_code, Endpoints)>)>;

struct LinkSettings {
  Address address;
  std::string user;      ///< empty: Redis' default user
  std::string password;  ///< empty: none
  Resolve resolve;
  std::chrono::milliseconds patience{2000};  ///< for each step
};

/// Opens two connections to one server: one for commands, and one that is subscribed to a channel.
/// Belongs to the loop's thread.
class Link {
 public:
  struct Listener {
    std::function<void()> open;  ///< both are open, the second is subscribed
    std::function<void(const std::string& why)> lost;
    Message message;
  };

  Link(boost::asio::io_context& io, LinkSettings settings);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Tries once. `listener.lost` is called once if it fails, or when either connection is gone. It
  /// may be called again at any time, also by a listener.
  void open(std::string channel, Listener listener);
  /// Calls nothing more.
  void close();

  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  /// The connection for commands; only while open.
  [[nodiscard]] Connection& commands() noexcept { return *commands_; }

 private:
  void ask_sentinel(std::size_t number, const std::string& problems);
  /// Calls `next` with why the Sentinel cannot say.
  void ask_master(const std::function<void(const std::string& why)>& next);
  void connect(const std::string& host, std::uint16_t port);
  void on_server(const boost::asio::ip::tcp::endpoint& server);
  void introduce(Connection& connection, std::function<void()> ready);
  void check_role();
  void subscribe();
  /// Calls `then` with the address of `host`, or `failed` with why there is none.
  void resolve(const std::string& host, std::uint16_t port,
               std::function<void(const boost::asio::ip::tcp::endpoint&)> then,
               std::function<void(const std::string&)> failed);
  /// Gives up when this step takes too long.
  void limit(std::function<void()> late);
  void fail(const std::string& why);
  /// `function`, if this attempt is still the present one when it is called.
  template <class Function>
  auto while_trying(Function function);

  boost::asio::io_context& io_;
  LinkSettings settings_;
  boost::asio::steady_timer timer_;
  std::string channel_;
  std::shared_ptr<const Listener> listener_;  ///< one that runs may be replaced
  std::shared_ptr<int> attempt_;              ///< a new one for each
  boost::asio::ip::tcp::endpoint server_;
  std::shared_ptr<Connection> sentinel_;
  std::shared_ptr<Connection> commands_;
  std::shared_ptr<Connection> subscription_;
  bool is_open_ = false;
};

}  // namespace tickcache::redis
