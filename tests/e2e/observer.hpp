// Judges what readers are told by what the exchange really traded, and when.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sim/exchange.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::test {

/// What the observer has seen since it was last told to forget.
struct Observed {
  /// The longest time that a price was called live after the exchange had left it, and which.
  std::chrono::nanoseconds longest_wrong{};
  std::string wrongest;
  std::uint64_t alarms = 0;  ///< a price ceased to be live that was right, or had just been
  Reason first_alarm = Reason::none;
  std::uint64_t steps_back = 0;  ///< a cell went back to an earlier trade
  std::uint64_t untraded = 0;    ///< a cell showed what the exchange had not traded
  std::uint64_t looks = 0;       ///< at all symbols
  std::uint64_t discarded = 0;   ///< looks during which this process did not run for a while
  BootTime last_not_live{};      ///< boot clock: some symbol was not; 0: never
};

/// Looks at every symbol's price each 10 ms, on a thread of its own, from its construction on.
class Observer {
 public:
  /// The exchange sends ticks as in sim/checksum.hpp; it has been started, and outlives this.
  Observer(const sim::Exchange& exchange, const std::string& segment);
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  [[nodiscard]] Observed seen() const;
  void forget();
  /// Whether all prices have been live for so long.
  [[nodiscard]] bool all_live_for(std::chrono::nanoseconds span) const;

 private:
  struct Symbol {
    std::string name;
    std::uint64_t hash = 0;
    SymbolHandle handle;
    // The trades that are remembered: their times, the last one's number, and the price that the
    // last look found.
    std::deque<std::int64_t> times;
    std::uint64_t newest = 0;
    std::int64_t mantissa = 0;
    std::uint64_t number = 0;  ///< of the trade with that price; 0: none
    std::uint64_t highest = 0;
    bool was_live = false;
    Result<Ticker> result;
  };

  void run();
  void look();
  void learn();
  void learn(Symbol& symbol, const sim::Trade& last);
  void judge(Symbol& symbol, BootTime now, bool counts);
  static void identify(Symbol& symbol);
  static std::int64_t left_at(const Symbol& symbol);

  const sim::Exchange& exchange_;
  Reader reader_;
  std::vector<Symbol> symbols_;  ///< in the order of the exchange's list
  BootTime looked_{};
  mutable std::mutex mutex_;
  Observed observed_;
  BootTime last_not_live_{};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace tickcache::test
