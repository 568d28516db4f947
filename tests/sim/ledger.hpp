#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tickcache::sim {

// What an Exchange has done since it started. A message to two clients, or to one client over two
// subscriptions, counts twice: these are messages put into a client's queue, by kind.
struct Counts {
  std::uint64_t ticker = 0;
  std::uint64_t orders = 0;
  std::uint64_t candles = 0;
  std::uint64_t portfolio = 0;
  std::uint64_t pings = 0;
  std::uint64_t acks = 0;
  std::uint64_t errors = 0;
  std::uint64_t raw = 0;
  std::map<std::string, std::uint64_t> channels;  // data by subscription, "ticker:all", "orders", …

  std::uint64_t ticks_generated = 0;  // moves of the market, whether or not anybody listened
  std::uint64_t ticks_sent = 0;       // ticks that at least one client was sent
  std::uint64_t ticks_lost = 0;       // traded, and lost on the way to the WebSocket

  // Requests by path, such as "/api/v1/market/price/{symbol}"; "other" is what the platform does
  // not have. Answers by status.
  std::map<std::string, std::uint64_t> rest;
  std::map<unsigned, std::uint64_t> rest_answers;

  std::uint64_t pongs = 0;     // in the dialect's form
  std::uint64_t requests = 0;  // other messages of clients

  std::size_t connections = 0;          // open now
  std::uint64_t connections_total = 0;  // ever accepted
  std::uint64_t upgrades_rejected = 0;  // answered with an HTTP error
  std::uint64_t dropped_without_pong = 0;
  std::uint64_t dropped_slow = 0;  // over the queue limit
};

// What was sent last for one symbol.
struct SymbolSent {
  std::string price;           // its text; empty: nothing yet
  std::uint64_t sequence = 0;  // of a generated tick, else 0
  std::uint64_t ticks = 0;     // distinct ones
  std::uint64_t messages = 0;  // over all clients and subscriptions
};

// Keeps the books of an Exchange. Belongs to one thread at a time.
class Ledger {
 public:
  Ledger(std::size_t keep_orders, std::vector<std::string> symbols);

  Counts totals;  // `channels` is filled by counts() only

  // One tick of the index-th symbol went to `all` subscriptions of ticker:all and `direct` ones of
  // the symbol's own channel.
  void on_tick(std::size_t index, std::uint64_t all, std::uint64_t direct);
  void on_data(const std::string& channel, std::uint64_t messages) {
    channels_[channel] += messages;
  }
  void on_order(std::string data);

  // The record of a symbol; it is made if there is none.
  SymbolSent& symbol(std::string_view name) { return symbols_[index_of(name)].sent; }
  SymbolSent& symbol(std::size_t index) { return symbols_[index].sent; }
  std::size_t index_of(std::string_view name);

  SymbolSent last_sent(std::string_view name) const;
  std::vector<std::string> recent_orders(std::size_t most) const;
  Counts counts() const;

  // One line:
  // {"counts":{…},"channels":{…},"rest":{…},"symbols":{"BTCUSDT":{"price":…,"ticks":…,…}}}.
  std::string summary() const;

 private:
  struct Symbol {
    std::string name;
    std::uint64_t direct = 0;
    SymbolSent sent;
  };

  std::size_t keep_orders_;
  std::uint64_t all_ = 0;
  std::vector<Symbol> symbols_;
  std::unordered_map<std::string, std::size_t> index_;
  std::map<std::string, std::uint64_t> channels_;
  std::deque<std::string> orders_;
};

}  // namespace tickcache::sim
