// Whether this process is the feed's origin, and what an origin has to do next. Decides; no I/O.
#pragma once

#include <chrono>
#include <cstdint>

#include "redis/keys.hpp"

namespace tickcache::redis {

/// CLOCK_BOOTTIME.
using Time = std::chrono::nanoseconds;

/// What to do now; then tell the Tenure that it was sent, and what was answered.
enum class Duty : std::uint8_t {
  none,
  ask,        ///< take the lease, if nobody has it
  rewrite,    ///< renew the lease, and write all keys
  renew,      ///< renew the lease alone: the keys are being rewritten, or cannot be
  beat,       ///< renew the lease, write what changed, publish a beat
  reconnect,  ///< Redis does not answer: what is on its way must not be sent any more
};

/// The lease (docs/redis.md): Redis keeps others from writing; this keeps the process itself from
/// taking itself for the origin, and from publishing beats over keys that are not whole. Times do
/// not go backwards.
class Tenure {
 public:
  static constexpr Milliseconds kAskEvery{250};
  static constexpr Milliseconds kRewriteEvery{500};

  void on_open(Time now);
  void on_lost();

  [[nodiscard]] Duty duty(Time now) const;
  /// When duty() changes by itself, at the latest.
  [[nodiscard]] Time deadline(Time now) const;

  /// The duty is being done.
  void on_sent(Duty duty, Time now);
  void on_granted(std::uint64_t epoch, Time sent, Time now);
  void on_taken_by_other(Time now);
  /// A script that renews was answered.
  void on_renewed(Time sent);
  /// All keys are written.
  void on_rewritten();
  /// The lease names another epoch or instance, or none.
  void on_refused(Time now);
  /// Redis reported an error: a key may not be as it should.
  void on_error(Time now);
  /// The keys must be written anew, because the segment is another one or has other channels.
  void restart(Time now) { on_refused(now); }

  /// Whether batches may be published.
  [[nodiscard]] bool holds(Time now) const {
    return (state_ == State::rewriting || state_ == State::publishing) && now < ends_;
  }
  [[nodiscard]] bool is_publishing(Time now) const {
    return state_ == State::publishing && holds(now);
  }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  /// The number of the newest batch.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
  std::uint64_t next_sequence() { return ++sequence_; }

 private:
  enum class State : std::uint8_t { away, asking, rewriting, publishing };

  State state_ = State::away;
  bool waiting_ = false;  ///< for the answer to `ask` or `rewrite`
  std::uint64_t epoch_ = 0;
  std::uint64_t sequence_ = 0;
  Time ends_{};     ///< of holding the lease; while asking, of Redis' patience
  Time next_{};     ///< of asking or rewriting
  Time renewed_{};  ///< when the last script that renews was sent
};

}  // namespace tickcache::redis
