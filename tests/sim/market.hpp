#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/options.hpp"
#include "sim/random.hpp"

namespace tickcache::sim {

// One trade. Which symbol it is, and how to write it, the Market knows.
struct Tick {
  std::uint32_t symbol = 0;    // index into Market::symbols()
  std::uint64_t sequence = 0;  // of this symbol, from 1
  std::int64_t price = 0;      // mantissa at Market::digits(symbol)
  std::int64_t quantity = 0;   // mantissa at 8 fraction digits
  bool is_buyer_maker = false;
};

// The time that ticks are stamped with, written once for all ticks of one wake-up. Without texts
// there is none: the message has no timestamp.
struct Stamp {
  std::string iso;
  std::string epoch_ms;

  static Stamp at(std::int64_t milliseconds);
  bool is_empty() const noexcept { return iso.empty(); }
};

// Every symbol's price, walking at random. The same options give the same ticks, whoever listens.
// Belongs to one thread at a time.
class Market {
 public:
  explicit Market(const Options& options);

  const std::vector<std::string>& symbols() const noexcept { return names_; }
  std::optional<std::uint32_t> find(std::string_view symbol) const;

  // The next tick. Every second one goes round all symbols, so each of n symbols has one in any 2n
  // ticks; the others fall mostly on the symbols listed first, as trades do.
  Tick next();

  // The present price's mantissa, and its number of fraction digits, which never changes.
  std::int64_t price(std::uint32_t symbol) const { return instruments_[symbol].price; }
  int digits(std::uint32_t symbol) const { return instruments_[symbol].digits; }

  // Appends the tick's message in the options' dialect.
  void append_message(const Tick& tick, const Stamp& stamp, std::string& out) const;
  // Appends the tick's price as the message has it.
  void append_price(const Tick& tick, std::string& out) const;

 private:
  struct Instrument {
    std::uint64_t hash;
    std::uint64_t sequence;
    std::int64_t price;
    std::int64_t step;
    std::int64_t lowest;
    std::int64_t highest;
    int digits;
    std::string prefix;  // the message up to the price
  };

  std::uint32_t choose();
  void walk(Instrument& instrument);
  void append_real(const Tick& tick, const Stamp& stamp, std::string& out) const;
  void append_spec(const Tick& tick, const Stamp& stamp, std::string& out) const;

  Dialect dialect_;
  bool checksum_;
  Random random_;
  std::uint64_t turn_ = 0;
  std::vector<std::string> names_;
  std::vector<Instrument> instruments_;
  std::unordered_map<std::string, std::uint32_t> index_;
};

// The message of one tick whose texts the caller chose, in the dialect; an empty timestamp is left
// out.
std::string ticker_message(Dialect dialect, std::string_view symbol, std::string_view price,
                           std::string_view quantity, std::string_view iso_timestamp);

}  // namespace tickcache::sim
