// A daemon's publisher that gets ticks on a clock which the test turns, and what it stores of
// candles.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/publisher.hpp"
#include "support/segment_name.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::daemon {

using namespace std::chrono_literals;

Channel candles_of(std::string_view symbol, std::string_view interval);
/// All six intervals.
std::vector<Channel> all_intervals(std::string_view symbol);

class CandleRig {
 public:
  /// `made` are not requested from the exchange, unless `requested` says so.
  explicit CandleRig(const std::vector<Channel>& made, bool requested = false);

  /// The connection opens, and all tickers are acknowledged.
  void connect();
  void disconnect();
  /// Lets time pass, with a beat after each step.
  void pass(Time span, Time step = 100ms);
  /// Until that long after midnight by the exchange's clock.
  void pass_until(Time since_midnight, Time step = 1s);

  /// A tick that was traded `age` ago.
  void tick(std::string_view price, std::string_view quantity = "1", Time age = Time(0),
            std::string_view symbol = "BTCUSDT");
  /// The same, of a moment since midnight, by the exchange's clock; -1: without a time.
  void tick_of(Time since_midnight, std::string_view price, std::string_view quantity = "1",
               std::string_view symbol = "BTCUSDT");
  /// The exchange's own candle.
  void exchange_candle(std::string_view interval, Time open_time, std::string_view price,
                       bool closed = true);
  /// An answer to a request for the series that the maker has under this number.
  void answer(std::size_t series, Time open_time, std::string_view price, std::uint64_t trades,
              std::string_view volume = "1");

  /// Those that are stored, by the time since midnight at which they begin: of several with the
  /// same time, the last.
  std::map<Time, Candle> closed(std::string_view interval, std::string_view symbol = "BTCUSDT");
  /// How many closed ones were stored, corrections among them.
  std::uint64_t stored(std::string_view interval, std::string_view symbol = "BTCUSDT");
  std::optional<Candle> open(std::string_view interval, std::string_view symbol = "BTCUSDT");
  std::optional<ChannelStatus> channel(std::string_view symbol, std::string_view interval);

  /// A reload, with these as in the constructor.
  void want(const std::vector<Channel>& made, bool requested = false);
  /// Everything that is stored goes on in another run.
  void restart();

  [[nodiscard]] Time since_midnight() const { return now - kStart; }
  [[nodiscard]] static std::int64_t unix_time(Time since_midnight) {
    return kMidnight + since_midnight.count();
  }

  static constexpr Time kStart = 100'000s;
  static constexpr std::int64_t kMidnight = 20'718LL * 86'400 * 1'000'000'000;
  Time now = kStart + 5s;

 private:
  std::optional<std::uint32_t> slot(std::string_view interval, std::string_view symbol);

  test::SegmentName name_;
  Wanted wanted_;

 public:
  std::optional<CacheWriter> writer;
  std::optional<Publisher> publisher;
};

/// "open high low close volume", and "incomplete" where it is, and "rest" or "exchange".
std::string text_of(const Candle& candle);

}  // namespace tickcache::daemon
