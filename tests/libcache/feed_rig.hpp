// A writer, and a Feed that keeps what its handlers get.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/payload.hpp"
#include "tickcache/feed.hpp"

namespace tickcache::test {

/// A daemon that can be killed, and started again under the same name.
class Daemon {
 public:
  explicit Daemon(std::uint32_t tape = 1024) : tape_(tape) { start(); }

  void start() {
    WriterOptions with = options(name);
    with.capacities.tape = tape_;
    with.liveness_timeout_ns = 3600 * kSecond;
    with.url = url;
    with.key = key;
    writer.emplace(with, boot_now());
    connect();
  }
  void connect() { writer->begin_epoch(0, boot_now(), unix_now()); }
  /// As the system would after SIGKILL: nothing is said to anybody.
  void kill() { writer.reset(); }
  void stop(RunState state = RunState::stopped) { writer->stop(state, boot_now()); }
  void restart() {
    kill();
    start();
  }
  void reconnect() {
    writer->set_connection(0, ConnectionState::waiting, boot_now());
    connect();
  }

  /// `updates` is what the symbol's counter will say: the payload follows from it.
  void tick(std::string_view text, std::uint64_t updates) {
    writer->ticker(0, symbol(text), make_ticker(updates), boot_now());
  }
  void order(std::uint64_t n) { writer->order(0, make_order(n), boot_now()); }
  void portfolio(std::uint64_t n) { writer->portfolio(0, make_portfolio(n), boot_now()); }
  void candle(std::string_view text, std::uint64_t n, bool closed = true) {
    writer->candle(0, symbol(text), interval("1m"), make_candle(n, closed), boot_now());
  }
  void flush() { writer->flush(); }

  const SegmentName name;
  std::string url = "wss://exchange.test/ws/v1";
  std::string key = "key-of-the-tests";
  std::optional<CacheWriter> writer;

 private:
  std::uint32_t tape_;
};

inline bool is_whole(const Tick& tick) { return is_whole(tick.ticker); }

/// "BTCUSDT 5", "BTCUSDT 5 missed 3", "order 7", "candle BTCUSDT 1m 3", "portfolio 2",
/// "gap orders restarted", "gap all_tickers lapped 7", "status live none": one word of the log for
/// each event.
struct FeedLog {
  std::vector<std::string> lines;
  bool whole = true;  ///< no record was torn

  static std::string missed(std::uint64_t count) {
    return count == 0 ? std::string() : " missed " + std::to_string(count);
  }

  void add(const Tick& tick) {
    whole = whole && is_whole(tick);
    lines.push_back(std::string(tick.symbol.view()) + " " + std::to_string(tick.ticker.updates) +
                    missed(tick.missed));
  }
  void add(const OrderUpdate& update) {
    whole = whole && is_whole(update.order);
    lines.push_back("order " + std::to_string(update.order.filled_at_ns) + " at " +
                    std::to_string(update.position) + missed(update.missed));
  }
  void add(const PortfolioUpdate& update) {
    whole = whole && is_whole(update.portfolio);
    lines.push_back("portfolio " + std::to_string(update.portfolio.exchange_time_ns) + " at " +
                    std::to_string(update.position) + missed(update.missed));
  }
  void add(const ClosedCandle& candle) {
    lines.push_back("candle " + std::string(candle.symbol.view()) + " " +
                    std::string(candle.interval.view()) + " " +
                    std::to_string(number_of(candle.candle)) + missed(candle.missed));
  }
  void add(const FeedStatus& status) {
    lines.push_back(std::string("status ") + to_string(status.freshness) + " " +
                    to_string(status.reason));
  }
  void add(const FeedGap& gap) {
    static const char* const kCauses[] = {"", "lapped", "reconnected", "restarted", "not_stored"};
    std::string line = std::string("gap ") + to_string(gap.channel) + " ";
    line += kCauses[static_cast<int>(gap.cause)];
    if (!gap.symbol.empty()) line += " " + std::string(gap.symbol.view());
    if (!gap.interval.empty()) line += " " + std::string(gap.interval.view());
    if (gap.missed > 0) line += " " + std::to_string(gap.missed);
    lines.push_back(line);
  }

  /// A handler that writes here.
  auto writes() {
    return [this](const auto& event) { add(event); };
  }

  /// What came since the last call.
  std::vector<std::string> take() { return std::exchange(lines, {}); }
};

using Lines = std::vector<std::string>;

}  // namespace tickcache::test

template <>
struct doctest::StringMaker<tickcache::test::Lines> {
  static String convert(const tickcache::test::Lines& lines) {
    std::string text = std::to_string(lines.size()) + " lines";
    for (const std::string& line : lines) text += "\n    " + line;
    return text.c_str();
  }
};

namespace tickcache::test {

/// Everything that is there now.
inline std::size_t drain(Feed& feed) {
  std::size_t count = 0;
  while (const std::size_t now = feed.poll()) count += now;
  return count;
}

/// Polls until the log has `line`; the feed looks for a successor every 100 ms only.
inline bool comes(Feed& feed, FeedLog& log, std::string_view line) {
  return soon([&] {
    feed.poll();
    return std::find(log.lines.begin(), log.lines.end(), line) != log.lines.end();
  });
}

}  // namespace tickcache::test
