// An exchange, its WebSocket, its REST interface and the daemon's rules of trust, on a clock that
// the test turns; and an observer who knows what was traded when.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "daemon/core/audit.hpp"
#include "daemon/core/publisher.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::test {

using daemon::Time;

constexpr Time seconds(double count) { return Time(static_cast<std::int64_t>(count * 1e9)); }

/// What the exchange is like. The rates are those of the symbols together; symbol i trades 1/(i+1)
/// as often as symbol 0, or all alike.
struct Market {
  std::size_t symbols = 620;
  double rate = 2000;  ///< trades a second
  bool alike = false;
  /// The WebSocket sends what was traded once a second and this much later at most; 0: at once.
  Time lead = seconds(0.5);
  std::function<double(Time since_start)> scale = [](Time) { return 1.0; };
  Time late{};  ///< Faults::delay before the daemon starts, and then
  bool has_times = true;
  Time grain{1};  ///< of the exchange's times
};

/// What is wrong at a moment.
struct Faults {
  bool path_dead = false;  ///< the open connection swallows everything; a new one works
  bool all_dead = false;   ///< no connection works, nor does REST
  Time delay{};            ///< ticks come this much later
  bool retained = false;   ///< ticks are kept, and come when this ends
  bool lost = false;       ///< ticks never come
  std::optional<std::uint32_t> lost_symbol;
  Time clock{};  ///< the exchange's clock is ahead by this
  bool rest_fails = false;
  bool rest_empty = false;
  std::optional<bool> rest_doubts;  ///< answers are marked stale; whether its health is good
  Time rest_cached{};               ///< answers are kept for this long
  Time rest_takes = seconds(0.08);
};

/// What the observer saw while it looked, which is always but when the daemon starts.
struct Observed {
  Time longest_wrong{};      ///< a price was called live this long after the next trade
  std::uint64_t alarms = 0;  ///< a right price ceased to be live
  std::uint64_t steps_back = 0;
  Time last_not_live{};  ///< of any symbol, from the start
  std::uint64_t looks = 0;
};

class World {
 public:
  World(const Market& market, unsigned seed, Time audit = seconds(3));

  /// Lets time pass.
  void run(Time span);
  Faults faults;

  /// Since the start.
  [[nodiscard]] Time now() const { return now_ - kStart; }
  /// Forgets what it saw.
  void observe() { observed_ = {}; }
  [[nodiscard]] const Observed& observed() const { return observed_; }
  /// Expects alarms to be false ones from now on.
  [[nodiscard]] std::uint64_t count(Counter counter);
  [[nodiscard]] std::uint64_t replacements() const { return replacements_; }
  Result<Ticker> look(std::uint32_t symbol);
  [[nodiscard]] bool all_live();
  [[nodiscard]] Reason feed();

 private:
  static constexpr Time kStart = seconds(100'000);
  static constexpr Time kStep = seconds(0.05);
  static constexpr std::int64_t kUnix = 1'790'000'000'000'000'000;

  struct Trade {
    std::uint32_t symbol = 0;
    std::uint64_t number = 0;  ///< of the symbol; it is the price too
    Time time{};
    Time exchange_time{};
  };
  struct OnTheWay {
    Time at{};
    std::uint64_t session = 0;
    Trade trade;
  };
  struct Symbol {
    SymbolText name;
    Time next_trade{};
    double share = 0;
    std::uint64_t number = 1;
    Time traded_at{};
    Time exchange_time{};
    std::deque<Time> trades;  ///< times of the last ones, the newest last
    std::uint64_t seen = 0;   ///< the number that a reader saw last
    bool was_live = false;
  };
  struct Answer {
    Time read_at{};
    Time at{};
    daemon::Question question;
    daemon::Prices prices = {};
    std::int64_t trade_time = 0;
    bool fails = false;
    bool read = false;
  };

  void connect();
  void disconnect();
  void trade();
  void send();
  void deliver();
  void ask();
  void observe_all();
  [[nodiscard]] Time exchange_clock() const;
  [[nodiscard]] Time next_after(Symbol& symbol, Time from);
  [[nodiscard]] bool path_works() const;

  SegmentName name_;
  Market market_;
  std::mt19937_64 random_;
  Time now_ = kStart;
  std::optional<CacheWriter> writer_;
  std::optional<daemon::Publisher> publisher_;
  std::optional<daemon::Audit> audit_;
  std::optional<Reader> reader_;
  std::vector<Symbol> symbols_;
  std::vector<Trade> unsent_;
  std::deque<OnTheWay> way_;
  std::vector<Trade> kept_;
  Time next_flush_{};
  std::uint64_t session_ = 0;
  bool up_ = false;
  bool path_was_dead_ = false;
  Time connect_at_{};
  std::optional<Answer> answer_;
  std::optional<daemon::Prices> cached_;
  Time cached_at_{};
  std::uint64_t replacements_ = 0;
  Observed observed_;
};

}  // namespace tickcache::test
