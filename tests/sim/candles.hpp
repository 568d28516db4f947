#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/market.hpp"
#include "sim/options.hpp"

namespace tickcache::sim {

// The candle series that somebody subscribed to, made of the market's own ticks. A series is kept
// when its last subscriber has gone, so that time does not run backwards for the next one.
// Belongs to one thread at a time.
class CandleBook {
 public:
  explicit CandleBook(const Options& options);

  // Begins the series of a channel such as "candles:BTCUSDT:1m" if there is none yet. A symbol that
  // the market does not list never gets one: the channel stays silent.
  //
  // Candles close every `candle_every`, each with the next open time of its interval. If that is
  // faster than the interval itself, the series begins a thousand intervals ago.
  void watch(const std::string& channel, const Market& market, std::int64_t now_ms);

  void on_tick(const Tick& tick);

  // The message of the channel's candle as it stands, or empty if there is none.
  std::string open_candle(const std::string& channel) const;
  // The same, closed; the next candle begins.
  std::string close_candle(const std::string& channel);

 private:
  struct Series {
    std::string symbol;
    std::string interval;
    std::int64_t interval_ms;
    std::int64_t time_ms;
    int digits;
    std::int64_t open;
    std::int64_t high;
    std::int64_t low;
    std::int64_t close;
    std::int64_t volume;  // mantissa at 8 fraction digits
  };

  std::string message(const Series& series, bool is_closed) const;

  Dialect dialect_;
  std::int64_t close_every_ms_;
  std::map<std::string, Series> series_;
  std::vector<std::vector<Series*>> by_symbol_;  // map nodes do not move
};

}  // namespace tickcache::sim
