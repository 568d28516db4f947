#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/account.hpp"
#include "sim/ledger.hpp"
#include "sim/options.hpp"
#include "sim/orders.hpp"
#include "sim/trades.hpp"

namespace tickcache::sim {

// The simulated platform: a WebSocket server, and the REST interface on the same port, on a
// loopback address, on a thread of its own.
//
//   Options options;
//   options.rate = 0;                        // nothing but what the test sends
//   Exchange exchange(options);
//   exchange.start();
//   … connect to exchange.url() + "/ws/v1?api_key=ak_test", subscribe …
//   exchange.wait_for([](const Counts& counts) { return counts.acks == 1; }, 5s);
//   exchange.send_tick("BTCUSDT", "64521.30000000", "0.01200000");
//
// Every function may be called from any thread, except from within a predicate of wait_for() or the
// log function. What a function does is done when it returns. Once stopped, the counts remain, and
// the others find no client.
class Exchange {
 public:
  // Throws std::invalid_argument with all that problems() finds, or std::runtime_error if the
  // capture to replay is unusable. Nothing listens yet.
  explicit Exchange(Options options);
  ~Exchange();  // stops
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Listens, and serves until stop(). Throws std::runtime_error if the port cannot be had,
  // std::logic_error if it was started before.
  void start();
  // Cuts every connection, ends the thread. Again, or without start(): nothing happens.
  void stop();

  std::uint16_t port() const;  // 0 before start()
  std::string url() const;     // "ws://127.0.0.1:PORT"

  // The listed symbols; the list never changes.
  const std::vector<std::string>& symbols() const;

  // Cuts every client's TCP connection, without a close frame; reset: with RST. Returns how many.
  std::size_t drop_all(bool reset = false);
  // Sends every client a close frame with this code. Returns how many.
  std::size_t close_all(std::uint16_t code);
  // While paused, pings go on and generated or replayed data stops; what falls due is never traded.
  void pause_data(bool paused);
  // Closes the listener: a connection is refused. Those that are open stay.
  void stop_accepting();
  // Listens again, on the same port. Throws std::runtime_error if somebody took it.
  void accept_again();
  // Answers every further upgrade with this HTTP status (401, 403, 503, …); 0: as usual again.
  void reject_key(unsigned status);

  // Sends a message to whoever is subscribed, in the dialect's form; returns how many were queued.
  // A symbol that is not listed goes to the subscribers of all symbols only. A tick is traded, and
  // visible by REST, at once; if one of the faults below holds or loses it, the result is 0.
  std::size_t send_tick(std::string_view symbol, std::string_view price,
                        std::string_view quantity = "0.01000000");
  // REST does not know of this order.
  std::size_t send_order(const OrderUpdate& update);
  // Sends this text, whatever it is, to every client with at least one subscription.
  std::size_t send_raw(std::string_view text);

  // Faults of the feed. They concern ticks that are generated or sent by send_tick().
  // Every tick from now on arrives this much later. 0: those that wait arrive now, and the others
  // at once again.
  void delay_feed(std::chrono::milliseconds by);
  // Holds all ticks back; when that ends, those that were held are sent within 2.5 s, with the
  // timestamps of their trades.
  void retain(bool on);
  // Ticks are traded, but lost on their way to the WebSocket: all of them, or those of one symbol.
  void lose(bool on);
  void lose_symbol(std::string_view symbol, bool on);
  // From now on the exchange's timestamps are this far from the machine's clock.
  void step_clock(std::chrono::milliseconds by);
  // Steps it to the sixth second of a minute, from which its limits count: even if the machine's
  // clock is being adjusted, they do not end within the next half minute.
  void begin_minute();
  // Whether ticks carry a timestamp.
  void timestamps(bool on);

  // The REST interface, on the same port. A tick shows there when it is traded.
  void rest(RestMode mode);
  // Every answer from now on comes this much later.
  void delay_rest(std::chrono::milliseconds by);

  // What becomes of keys, by WebSocket and by REST.
  void account(AccountState state);
  // Takes requests under /trade/ from this minute's, as an agent's other program would.
  void spend_trade_requests(std::uint64_t count);

  // The agent's orders. A new one is pending; returns its id. The others change an open order, and
  // return false if there is none. A fill that leaves something of it is a partial one; an empty
  // quantity leaves nothing.
  std::string place_order(const NewOrder& order, Tell tell = Tell::everywhere);
  bool fill_order(std::string_view id, std::string_view price, std::string_view quantity = {},
                  Tell tell = Tell::everywhere);
  bool cancel_order(std::string_view id, Tell tell = Tell::everywhere);
  bool reject_order(std::string_view id, std::string_view reason, Tell tell = Tell::everywhere);
  bool expire_order(std::string_view id, Tell tell = Tell::everywhere);

  // The truth, for an observer: the last `most` trades of a symbol, kKeptTrades at most, the newest
  // last; and the last trade of every symbol that has one.
  std::vector<Trade> trades(std::string_view symbol, std::size_t most = kKeptTrades) const;
  std::vector<LastTrade> last_trades() const;

  Counts counts() const;
  SymbolSent last_sent(std::string_view symbol) const;
  // The data objects of the last order updates that were sent, the newest last.
  std::vector<std::string> recent_orders(std::size_t most) const;
  // All counts, and every symbol's last price, as one line of JSON.
  std::string summary_json() const;

  // Blocks until the predicate holds, for `limit` at most; says whether it did. It is called on the
  // exchange's thread, whenever a count has changed.
  bool wait_for(const std::function<bool(const Counts&)>& predicate,
                std::chrono::milliseconds limit) const;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace tickcache::sim
