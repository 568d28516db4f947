// What happens in a segment while a program reads it.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/test_segment.hpp"

namespace tickcache::test {

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A segment whose daemon subscribes to everything, and a script: each step is taken when the
/// program has printed what the one before it was to bring.
class Script {
 public:
  Script() {
    segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
    segment.channel(ChannelKind::orders, ChannelState::acknowledged);
    segment.channel(ChannelKind::portfolio, ChannelState::acknowledged);
    segment.channel(ChannelKind::candles, ChannelState::acknowledged, "BTCUSDT", "1m");
    segment.channel(ChannelKind::candles, ChannelState::refused, "ETHUSDT", "4h", "INVALID");
    segment.connect();
    segment.tick("BTCUSDT", "64521.20");
    segment.tick("ETHUSDT", "3500");
  }

  /// Does `what` once `shown` is there (at once, if empty), and then waits for the next.
  Script& when(std::string shown, std::function<void()> what) {
    steps_.push_back({std::move(shown), std::move(what)});
    return *this;
  }

  Finished run(std::vector<std::string> arguments) {
    Run what;
    what.arguments = std::move(arguments);
    what.reading = [this](const std::string& out) {
      if (next_ == steps_.size() || !contains(out, steps_[next_].shown)) return;
      steps_[next_++].what();
      segment.writer().flush();
    };
    const Finished result = segment.run(std::move(what));
    CHECK(next_ == steps_.size());
    return result;
  }

  void order(const char* id) {
    Order order;
    order.id.assign(id);
    order.status.assign("pending");
    order.data.assign("{\"order_id\": \"x\"}");
    segment.writer().order(0, order, boot_now());
  }
  void candle(std::int64_t minute) {
    Candle candle;
    candle.open_time_ns = minute * 60 * kSecond;
    candle.open = candle.high = candle.low = candle.close = *Decimal::parse("64500.10");
    candle.volume.assign("12.5");
    candle.closed = 1;
    SymbolText symbol;
    symbol.assign("BTCUSDT");
    IntervalText interval;
    interval.assign("1m");
    segment.writer().candle(0, symbol, interval, candle, boot_now());
  }
  void portfolio() {
    Portfolio portfolio;
    portfolio.total_equity.assign("10000.25");
    segment.writer().portfolio(0, portfolio, boot_now());
  }

  TestSegment segment;

 private:
  struct Step {
    std::string shown;
    std::function<void()> what;
  };
  std::vector<Step> steps_;
  std::size_t next_ = 0;
};

}  // namespace tickcache::test
