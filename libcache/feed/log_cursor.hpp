// A place in one of the segment's short logs (orders, portfolio, closed candles): what comes next,
// what was lost, and where to go on in a successor's log.
#pragma once

#include <algorithm>
#include <cstdint>

#include "libcache/segment/ring.hpp"
#include "libcache/segment/terminate.hpp"

namespace tickcache {

/// What LogCursor::take() says of the record that it gave.
struct LogTaken {
  std::uint64_t position = 0;
  std::uint64_t missed = 0;   ///< overwritten, directly before it
  bool reconnected = false;   ///< the one before it came on another session
  std::int64_t since_ns = 0;  ///< when the one before it was received, or asked for
};

template <class Record>
class LogCursor {
 public:
  using Log = Ring<Record, const layout::Word>;

  /// Goes on behind what `log` has now. In a successor's log, what was received after `now` is new.
  void begin_behind(const Log& log, std::int64_t now) noexcept {
    begin_at(now);
    next_ = log.head() + 1;
    resuming_ = false;
    Record newest;
    if (log.read(next_ - 1, newest) == ReadResult::ok) epoch_ = newest.epoch;
  }
  /// Without a segment yet: what was received after `now` is new.
  void begin_at(std::int64_t now) noexcept { last_ns_ = now; }
  /// Goes on with everything that was ever in `log`.
  void begin_before(const Log& log) noexcept {
    next_ = log.oldest();
    missed_ = next_ - 1;
    resuming_ = false;
  }

  /// Goes on in `log`, of another run of the daemon, with what was received later than the record
  /// taken last. Positions usually go on from run to run; so it can be told what was lost.
  void resume(const Log& log, std::int64_t now) noexcept {
    const std::uint64_t first = log.oldest();
    missed_ += next_ > 0 && first > next_ ? first - next_ : 0;
    next_ = first;
    resuming_ = true;
    epoch_ = 0;
    last_ns_ = std::min(last_ns_, now);  // whatever a corrupt segment had there
  }

  /// Copies the next record. False if there is none.
  bool take(const Log& log, Record& out, LogTaken& taken) noexcept {
    for (unsigned tries = 0; tries < Log::kMaxTries;) {
      switch (log.read(next_, out)) {
        case ReadResult::ok:
          ++next_;
          if (is_old(out)) {
            missed_ = 0;  // the log reaches back to what was taken: nothing is missing
            break;
          }
          accept(out, taken);
          return true;
        case ReadResult::lapped: {
          ++tries;
          const std::uint64_t first = log.oldest();
          missed_ += first - next_;
          next_ = first;
          break;
        }
        default:
          return false;
      }
    }
    return false;
  }

  /// The position that take() gives next.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  /// Records that take() can give, if the writer pauses.
  [[nodiscard]] std::uint64_t backlog(const Log& log) const noexcept { return log.left(next_); }
  /// When the record that was taken last was received; if none was, when it was asked for.
  [[nodiscard]] std::int64_t last_ns() const noexcept { return last_ns_; }

 private:
  /// Of before this cursor's beginning; or the empty place before what was carried over.
  [[nodiscard]] bool is_old(const Record& record) const noexcept {
    return record.received_ns == 0 || (resuming_ && record.received_ns <= last_ns_);
  }

  void accept(Record& record, LogTaken& taken) noexcept {
    terminate(record);
    taken.position = next_ - 1;
    taken.missed = missed_;
    taken.reconnected = epoch_ != 0 && record.epoch != 0 && record.epoch != epoch_;
    taken.since_ns = last_ns_;
    missed_ = 0;
    resuming_ = false;
    if (record.epoch != 0) epoch_ = record.epoch;
    last_ns_ = std::max(last_ns_, record.received_ns);
  }

  std::uint64_t next_ = 0;  ///< 0: in no log yet
  std::uint64_t missed_ = 0;
  std::int64_t last_ns_ = 0;  ///< in a new log, what was received later is new
  std::uint32_t epoch_ = 0;
  bool resuming_ = true;  ///< in a log whose beginning may be old
};

}  // namespace tickcache
