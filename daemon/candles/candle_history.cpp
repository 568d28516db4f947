#include "daemon/candles/candle_history.hpp"

#include <algorithm>
#include <utility>

namespace tickcache::daemon {
namespace {

/// An answer may lack the newest candles, and its oldest may be part of a longer one.
constexpr unsigned kSpare = 3;
constexpr unsigned kMostAsked = 1000;

/// Joins candles, in order of time, to those of the interval of which each is a part. One that
/// began before the first of them is left out, and the last one unless its last part is there: the
/// exchange may not have it yet.
std::vector<AnsweredCandle> joined(const std::vector<AnsweredCandle>& parts,
                                   const MadeInterval& interval) {
  const Time length = interval.length;
  std::vector<AnsweredCandle> result;
  ExactSum volume;
  std::int64_t last = -1;
  for (const AnsweredCandle& part : parts) {
    if (part.candle.open_time_ns == last) continue;
    last = part.candle.open_time_ns;
    const std::int64_t begin = open_time(last, length);
    const bool begins = result.empty() || result.back().candle.open_time_ns < begin;
    if (begins) {
      if (result.empty() && last != begin) continue;
      result.push_back(part);
      volume = ExactSum(part.candle.volume);
      continue;
    }
    Candle& whole = result.back().candle;
    if (whole.high < part.candle.high) whole.high = part.candle.high;
    if (part.candle.low < whole.low) whole.low = part.candle.low;
    whole.close = part.candle.close;
    volume.add(ExactSum(part.candle.volume));
    whole.volume = volume.text();
    result.back().trades += part.trades;
  }
  const Time into{last - open_time(last, length)};
  if (!result.empty() && into + length / interval.ratio < length) result.pop_back();
  return result;
}

}  // namespace

Time CandleHistory::deadline() const { return open_ ? Time::max() : next_look_; }

/// Candles that ended before this are known to the exchange by now.
std::int64_t CandleHistory::known_until(Time now) const {
  return publisher_.candles().exchange_time(now) - CandleMaker::kAggregatesLag.count();
}

/// The end of the newest candle to be asked for; nothing if there is none.
std::optional<std::int64_t> CandleHistory::due_end(std::size_t index, Time now) const {
  const CandleMaker& maker = publisher_.candles();
  const CandleMaker::SeriesView series = maker.series(index);
  const State& state = states_[index];
  if (!series.wanted || now < series.ours_from || now < state.not_before) return std::nullopt;
  const std::int64_t known = known_until(now);
  const std::int64_t end = known - known % series.interval->length.count();
  if (end <= 0) return std::nullopt;
  if (!state.asked_until) return end;
  if (!series.of_all) return end > *state.asked_until ? std::optional(end) : std::nullopt;
  const auto incomplete = maker.incomplete_end(index);
  if (!incomplete || *incomplete > end || end <= *state.asked_until) return std::nullopt;
  return end;
}

std::optional<Question> CandleHistory::next(Time now) {
  if (now < deadline()) return std::nullopt;
  next_look_ = now + kLook;
  const CandleMaker& maker = publisher_.candles();
  states_.resize(maker.size());
  for (std::size_t i = 0; i < states_.size(); ++i) {
    turn_ = (turn_ + 1) % states_.size();
    const auto end = due_end(turn_, now);
    if (!end) continue;
    const CandleMaker::SeriesView series = maker.series(turn_);
    const State& state = states_[turn_];
    std::int64_t count = kKept;
    if (state.asked_until) {
      const std::int64_t since =
          std::min(*state.asked_until, maker.incomplete_end(turn_).value_or(*state.asked_until));
      count = std::min<std::int64_t>(count, (*end - since) / series.interval->length.count() + 1);
    }
    Question question;
    question.kind = Question::Kind::candles;
    question.symbol = series.symbol;
    question.interval.assign(series.interval->asked);
    // Those that are not over, or not known yet, come on top.
    question.limit =
        std::min(kMostAsked, (static_cast<unsigned>(count) + kSpare) * series.interval->ratio);
    open_ = turn_;
    open_until_ = *end;
    return question;
  }
  return std::nullopt;
}

void CandleHistory::on_candles(const std::vector<AnsweredCandle>& candles, Time now) {
  const std::size_t index = *std::exchange(open_, std::nullopt);
  states_[index].asked_until = open_until_;
  const MadeInterval& interval = *publisher_.candles().series(index).interval;
  publisher_.answer_candles(index, interval.ratio == 1 ? candles : joined(candles, interval), now);
  next_look_ = now;
}

void CandleHistory::on_refused(Time now) {
  states_[*std::exchange(open_, std::nullopt)].not_before = now + kRefusedFor;
  next_look_ = now;
}

void CandleHistory::on_failure(Time now) {
  open_.reset();
  next_look_ = now + kTryAgain;
}

}  // namespace tickcache::daemon
