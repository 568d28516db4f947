#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/access.hpp"
#include "sim/capture.hpp"
#include "sim/client.hpp"
#include "sim/clock.hpp"
#include "sim/feed.hpp"
#include "sim/ledger.hpp"
#include "sim/market.hpp"
#include "sim/options.hpp"
#include "sim/orders.hpp"
#include "sim/rest.hpp"
#include "sim/routes.hpp"
#include "sim/trades.hpp"

namespace tickcache::sim {

// The exchange without its thread: listener, connections, heartbeats, replay. Everything runs on
// the io_context's thread; Exchange sees to that.
class Engine final : private ClientHost {
 public:
  // Throws std::runtime_error if the capture to replay cannot be used.
  Engine(boost::asio::io_context& io, Options options);

  void open();      // binds and listens; throws std::runtime_error
  void shutdown();  // leaves nothing on the io_context
  std::uint16_t port() const noexcept { return port_; }

  // As in Exchange, which documents them.
  std::size_t drop_all(bool reset);
  std::size_t close_all(std::uint16_t code);
  void pause_data(bool paused);
  void stop_accepting();
  void accept_again();
  void reject_key(unsigned status) noexcept { reject_status_ = status; }
  void delay_feed(std::chrono::milliseconds by);
  void retain(bool on);
  void lose(bool on) noexcept { feed_.wire().lose(on); }
  void lose_symbol(std::string_view symbol, bool on) { feed_.wire().lose(symbol, on); }
  void step_clock(std::chrono::milliseconds by) noexcept { clock_.step(by); }
  void timestamps(bool on) noexcept { feed_.stamp_ticks(on); }
  void rest(RestMode mode) { rest_.mode(mode); }
  void delay_rest(std::chrono::milliseconds by) noexcept { rest_.delay(by); }
  void account(AccountState state) noexcept { access_.state(state); }
  Orders& orders() noexcept { return orders_; }
  AccountRest& account_rest() noexcept { return rest_.account(); }
  std::size_t send_tick(std::string_view symbol, std::string_view price, std::string_view quantity);
  std::size_t send_order(const OrderUpdate& update);
  std::size_t send_raw(std::string_view text);

  const Ledger& ledger() const noexcept { return ledger_; }
  const Market& market() const noexcept { return market_; }
  const Trades& trades() const noexcept { return trades_; }
  const std::string& address() const noexcept { return options_.address; }

  // Called after anything that the ledger's counts show.
  std::function<void()> on_change = [] {};

 private:
  unsigned admit(std::string_view target, bool is_upgrade) override;
  void on_request(Client& client, const HttpRequest& request) override;
  void on_open(Client& client) override;
  void on_text(Client& client, std::string_view text) override;
  void on_ended(Client& client, Ended how) override;

  void listen();
  void accept();
  void schedule_ping(Session& session);
  void ping(Session& session);
  void on_pong(Session& session);
  void replay(Session& session);
  void schedule_advance();
  void advance();
  void send_waiting();
  void flush_all();
  // Runs `then` with the session when the timer fires, unless one of them is gone by then.
  void after(boost::asio::steady_timer& timer, const Session& session,
             void (Engine::*then)(Session&));
  void log(std::string_view line) const;
  void log(const Client& client, std::string_view event) const;

  boost::asio::io_context& io_;
  const Options options_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer accept_retry_;
  boost::asio::steady_timer pace_;
  std::uint16_t port_ = 0;
  bool running_ = false;
  bool paused_ = false;
  unsigned reject_status_ = 0;
  std::uint64_t next_id_ = 1;
  std::vector<ReplayFrame> replay_;
  Clock clock_;
  Market market_;
  Trades trades_;
  Access access_;
  Orders orders_;
  Ledger ledger_;
  Feed feed_;
  Rest rest_;
  std::map<std::uint64_t, std::shared_ptr<Client>> asking_;  // by HTTP; not upgraded
  Sessions sessions_;
};

}  // namespace tickcache::sim
