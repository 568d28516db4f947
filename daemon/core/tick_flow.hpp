// What the ticks of a connection tell about it: how long they may pause, and how late they are.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// How long ticks may pause before they count as silent: twice the longest pause of the last ten
/// minutes, but not less than kFloor nor more than the ceiling. Outages are no pauses. Until ticks
/// have flowed for a minute it is three times the longest pause, but not more than kUntaught; until
/// they have for kFew, kUntaught.
class SilenceLimit {
 public:
  static constexpr Time kFloor = std::chrono::seconds(2);
  static constexpr Time kUntaught = std::chrono::seconds(10);
  static constexpr Time kFew = std::chrono::seconds(3);
  /// The ceiling with an audit. What the last tick took to come belongs to the 3 s after which no
  /// price is called live that the exchange has left.
  static constexpr Time kAudited = std::chrono::milliseconds(2800);

  /// A session has opened, or what came before is no measure: the next pause begins now.
  void begin(Time now) noexcept {
    last_ = now;
    spoilt_ = false;
  }

  /// The present pause is an outage.
  void spoil() noexcept { spoilt_ = true; }

  /// A tick of any symbol has come in the present session.
  void on_tick(Time now) noexcept {
    if (!first_) first_ = slot_begun_ = last_ = now;
    if (std::exchange(spoilt_, false)) last_ = now;
    if (now - slot_begun_ >= kSlots * kSlot) {
      longest_ = {};
      slot_begun_ = now;
    }
    for (; now - slot_begun_ >= kSlot; slot_begun_ += kSlot) {
      slot_ = (slot_ + 1) % kSlots;
      longest_[slot_] = {};
    }
    longest_[slot_] = std::max(longest_[slot_], now - last_);
    last_ = now;
  }

  [[nodiscard]] Time limit(Time ceiling) const noexcept {
    const Time longest = *std::max_element(longest_.begin(), longest_.end());
    const Time flowed = first_ ? last_ - *first_ : Time(0);
    Time limit = kUntaught;
    if (flowed >= kSlot) {
      limit = std::max(kFloor, 2 * longest);
    } else if (flowed >= kFew) {
      limit = std::clamp(3 * longest, kFloor, kUntaught);
    }
    return std::min(limit, ceiling);
  }

 private:
  static constexpr std::size_t kSlots = 10;
  static constexpr Time kSlot = std::chrono::minutes(1);

  std::optional<Time> first_;  ///< in any session
  Time last_{};                ///< or when the session opened
  bool spoilt_ = false;
  Time slot_begun_{};
  std::size_t slot_ = 0;
  std::array<Time, kSlots> longest_{};  ///< pause, by minute
};

/// A tick's delay compared with the fastest tick, and whether that is too much.
struct Lag {
  Time delay{};
  bool late = false;
};

/// Measures the lag of ticks without comparing clocks, only their rates: a tick's offset is its
/// arrival minus the exchange's time, and the baseline is the smallest offset of the run. It rises
/// by 200 ppm, in case the clocks drift. An offset far below it is believed only after many
/// different times: one wrong time must not make all others late.
class LagMeter {
 public:
  /// `exchange_time`: Unix, not 0.
  Time on_tick(Time now, Time exchange_time) noexcept {
    const Time offset = now - exchange_time;
    last_ = offset;
    if (!baseline_) {
      baseline_ = offset;
    } else {
      *baseline_ += (now - risen_at_) / 5000;
      if (offset < *baseline_ - kJump) {
        consider(offset, exchange_time);
        risen_at_ = now;
        return Time(0);
      }
      baseline_ = std::min(*baseline_, offset);
    }
    low_count_ = 0;
    risen_at_ = now;
    return offset - *baseline_;
  }

  [[nodiscard]] std::optional<Time> baseline() const noexcept { return baseline_; }
  /// The newest tick is not late, whatever the baseline says.
  void begin_anew() noexcept { baseline_ = last_; }
  /// The newest tick is late by at least this.
  void is_behind(Time by) noexcept { baseline_ = std::min(*baseline_, last_ - by); }

 private:
  static constexpr Time kJump = std::chrono::milliseconds(500);
  static constexpr unsigned kBelieved = 20;

  void consider(Time offset, Time exchange_time) noexcept {
    if (low_count_ > 0 && exchange_time == low_time_) return;
    low_ = low_count_ == 0 ? offset : std::max(low_, offset);
    low_time_ = exchange_time;
    if (++low_count_ < kBelieved) return;
    baseline_ = low_;
    low_count_ = 0;
  }

  std::optional<Time> baseline_;
  Time last_{};  ///< offset of the newest tick
  Time risen_at_{};
  unsigned low_count_ = 0;  ///< successive offsets far below the baseline
  Time low_{};
  Time low_time_{};
};

/// The ticks of one connection, over its sessions.
class TickFlow {
 public:
  /// `max_lag`: ticks with more are late; 0: none is.
  void configure(Time max_lag) noexcept { max_lag_ = max_lag; }

  /// A session has opened.
  void begin(Time now) noexcept {
    silence_.begin(now);
    late_ = false;
  }

  /// `exchange_time_ns`: 0 if the tick has none.
  Lag on_tick(Time now, std::int64_t exchange_time_ns) noexcept {
    Lag lag;
    if (exchange_time_ns > 0 && max_lag_ > Time(0)) {
      coarse_ = coarse_ && exchange_time_ns % kSecond == 0;
      lag.delay = meter_.on_tick(now, Time(exchange_time_ns));
      lag.late = lag.delay > max_lag();
    }
    late_ = lag.late;
    last_ = now;
    if (lag.late) {
      silence_.begin(now);
    } else {
      silence_.on_tick(now);
      last_good_ = now;
    }
    return lag;
  }

  /// Ticks were lost: the present pause is an outage.
  void on_loss() noexcept { silence_.spoil(); }

  /// What the exchange says of the newest ticks' delay, from its own times: it is no less. Two in a
  /// row that contradict the ticks decide.
  void on_anchor(Time behind) noexcept {
    if (!meter_.baseline() || max_lag_ <= Time(0)) return;
    behind = std::min<Time>(behind, std::chrono::hours(24));
    const bool late = behind > max_lag();
    if (late == late_) {
      contradiction_.reset();
    } else if (contradiction_ != late) {
      contradiction_ = late;
    } else {
      late ? meter_.is_behind(behind) : meter_.begin_anew();
      late_ = late;
      contradiction_.reset();
    }
  }
  /// The ticks are late, or the last on_anchor() contradicts them; another one decides.
  [[nodiscard]] bool in_doubt() const noexcept { return late_ || contradiction_; }

  [[nodiscard]] bool is_late() const noexcept { return late_; }
  /// The exchange's time minus CLOCK_BOOTTIME, as the fastest ticks had it; nothing without any.
  [[nodiscard]] std::optional<Time> exchange_offset() const noexcept {
    const auto baseline = meter_.baseline();
    return baseline ? std::optional(-*baseline) : std::nullopt;
  }
  /// CLOCK_BOOTTIME of the newest tick, and of the newest that was not late; 0: none.
  [[nodiscard]] Time last() const noexcept { return last_; }
  [[nodiscard]] Time last_good() const noexcept { return last_good_; }
  [[nodiscard]] Time silence_limit(Time ceiling) const noexcept { return silence_.limit(ceiling); }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;

  [[nodiscard]] Time max_lag() const noexcept { return max_lag_ + Time(coarse_ ? kSecond : 0); }

  SilenceLimit silence_;
  LagMeter meter_;
  Time max_lag_{};
  Time last_{};
  Time last_good_{};
  bool late_ = false;
  bool coarse_ = true;  ///< all times so far are whole seconds
  /// The last on_anchor() contradicted the ticks: whether it says that they are late.
  std::optional<bool> contradiction_;
};

}  // namespace tickcache::daemon
