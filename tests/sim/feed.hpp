#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/account.hpp"
#include "sim/candles.hpp"
#include "sim/capture.hpp"
#include "sim/clock.hpp"
#include "sim/ledger.hpp"
#include "sim/market.hpp"
#include "sim/options.hpp"
#include "sim/orders.hpp"
#include "sim/pacer.hpp"
#include "sim/routes.hpp"
#include "sim/trades.hpp"
#include "sim/wire.hpp"

namespace tickcache::sim {

// The generated data: makes what is due, gives it to whoever is subscribed, and enters it into the
// ledger. Every tick is entered into the trades when it is made; the wire decides when it leaves.
// Without a receiver the market still moves, but no message is written.
class Feed {
 public:
  // All but the options outlive the feed.
  Feed(const Options& options, const Clock& clock, Market& market, Trades& trades, Orders& orders,
       Ledger& ledger);

  Wire& wire() noexcept { return wire_; }
  void stamp_ticks(bool on) noexcept { has_timestamps_ = on; }

  void reroute(const Sessions& sessions);

  // Nothing is due before now.
  void restart(Pacer::Time now);
  // Makes what is due by now, at most a few ten thousand ticks, so that connections are served in
  // between; the rest is made by the next call.
  void advance(Pacer::Time now);
  // Sends the ticks that the wire held back until now.
  void send_waiting(Pacer::Time now);

  // Each returns how many messages were queued; a tick that the wire holds or loses counts as none.
  std::size_t send_tick(std::string_view symbol, std::string_view price, std::string_view quantity);
  std::size_t send_order(const OrderUpdate& update);
  void send_replayed(Session& session, const ReplayFrame& frame);

 private:
  void make_ticks(Pacer::Time now);
  void make_events(Pacer::Time now);
  void trade(const Tick& tick, std::int64_t now_ms);
  void send(const Tick& tick, const Stamp& stamp);
  std::size_t send_now(std::string_view symbol, std::uint64_t sequence, std::string_view price,
                       std::string_view text);
  std::size_t send_channel(const std::string& channel, std::string_view text, std::uint64_t& total);
  static std::size_t deliver(const Receivers& receivers, std::string_view text);

  const Dialect dialect_;
  const std::uint64_t most_ticks_;
  const Clock& clock_;
  Market& market_;
  Trades& trades_;
  Orders& orders_of_account_;
  Ledger& ledger_;
  Wire wire_;
  bool has_timestamps_;
  bool only_tickers_;
  Account account_;
  CandleBook candles_;
  Routes routes_;
  Pacer ticks_;
  Pacer orders_;
  Pacer portfolio_;
  Pacer closing_candles_;
  Pacer open_candles_;
  std::uint64_t owed_ = 0;  // ticks due and not yet made
  // Of the tick that is being made; kept for their memory.
  std::string price_;
  std::string text_;
};

}  // namespace tickcache::sim
