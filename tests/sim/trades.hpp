#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tickcache::sim {

// One trade of a symbol, at the moment the exchange made it, whether or not it was sent.
struct Trade {
  std::string price;             // as the WebSocket writes it
  std::int64_t boottime_ns = 0;  // CLOCK_BOOTTIME when it was traded
  std::int64_t time_ms = 0;      // the exchange's clock, since 1970
  std::uint64_t number = 0;      // of this symbol's trades, from 1; 0: there was none
};

struct LastTrade {
  std::string symbol;
  Trade trade;
};

// How many trades of a symbol are remembered.
inline constexpr std::size_t kKeptTrades = 64;

// A candle, or a day: mantissas at kBookDigits.
struct Span {
  std::int64_t time_ms = 0;  // when it began
  std::int64_t open = 0;
  std::int64_t high = 0;
  std::int64_t low = 0;
  std::int64_t close = 0;
  std::int64_t volume = 0;
  std::uint64_t trades = 0;

  void add(std::int64_t price, std::int64_t quantity);
  void join(const Span& later);
};

// What the exchange traded: its truth, which REST shows. Belongs to one thread at a time.
class Trades {
 public:
  explicit Trades(std::vector<std::string> symbols);

  // A symbol that is not listed is, from its first trade on. A price that is no decimal shows as it
  // is, but enters no candle.
  void add(std::string_view symbol, std::string_view price, std::string_view quantity,
           std::int64_t time_ms);
  // The same for a listed symbol whose mantissas at kBookDigits are known.
  void add(std::size_t symbol, std::string_view price, std::int64_t mantissa, std::int64_t quantity,
           std::int64_t time_ms);

  // The listed symbols first.
  std::size_t size() const noexcept { return books_.size(); }
  const std::string& name(std::size_t symbol) const { return books_[symbol].name; }
  // size() if there is no such symbol.
  std::size_t find(std::string_view symbol) const;
  // Its number is 0 if nothing was traded yet.
  const Trade& last(std::size_t symbol) const;
  // The last `most` of the remembered ones, the newest last.
  std::vector<Trade> recent(std::string_view symbol, std::size_t most) const;
  std::vector<LastTrade> all_last() const;

  // Everything that was traded since the start.
  const Span& day(std::size_t symbol) const { return books_[symbol].day; }
  // Candles of that many minutes, of what was traded in the last day, ascending.
  std::vector<Span> candles(std::size_t symbol, std::int64_t minutes) const;

 private:
  struct Book {
    std::string name;
    std::uint64_t count = 0;
    std::vector<Trade> trades;  // a ring: trade n is at (n - 1) % kKeptTrades
    Span day;
    std::deque<Span> minutes;
  };

  std::vector<Book> books_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace tickcache::sim
