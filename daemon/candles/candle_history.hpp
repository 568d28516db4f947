// Decides which candles to ask the exchange for by REST, and when: the newest hundred of each
// series at the start, then each candle once the exchange has all of it. It has no I/O, no clock
// and no thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/candles/candle_maker.hpp"
#include "daemon/core/publisher.hpp"
#include "daemon/core/question.hpp"
#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// Ask next() when deadline() is reached, send the question, and report its one answer. Times never
/// go backwards.
///
/// Of series that are kept because those of all symbols are, only the candles that are incomplete
/// are asked for: there may be thousands.
class CandleHistory {
 public:
  /// Closed candles of each series at the start.
  static constexpr unsigned kKept = 100;
  /// After an exchange that does not answer, or does not know the series.
  static constexpr Time kTryAgain = std::chrono::seconds(60);
  static constexpr Time kRefusedFor = std::chrono::hours(1);

  explicit CandleHistory(Publisher& publisher) : publisher_(publisher) {}

  /// When to ask next(); Time::max() while a question is open.
  [[nodiscard]] Time deadline() const;
  std::optional<Question> next(Time now);

  void on_candles(const std::vector<AnsweredCandle>& candles, Time now);
  /// The exchange has no such candles.
  void on_refused(Time now);
  /// There was no answer, or none that can be used.
  void on_failure(Time now);

 private:
  /// How often it is looked whether a candle has to be asked for.
  static constexpr Time kLook = std::chrono::seconds(1);

  struct State {
    /// Candles that ended before this, by the exchange's clock, were asked for; nothing: none.
    std::optional<std::int64_t> asked_until;
    Time not_before{};
  };

  [[nodiscard]] std::optional<std::int64_t> due_end(std::size_t series, Time now) const;
  [[nodiscard]] std::int64_t known_until(Time now) const;

  Publisher& publisher_;
  std::vector<State> states_;  ///< by the maker's numbers
  std::optional<std::size_t> open_;
  std::int64_t open_until_ = 0;
  std::size_t turn_ = 0;  ///< the series to look at first
  Time next_look_{};
};

}  // namespace tickcache::daemon
