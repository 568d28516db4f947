// A position in one of the segment's short logs (orders, portfolio, closed candles). It counts lost
// records and finds where to continue in a successor's log.
#pragma once

#include <algorithm>
#include <cstdint>

#include "libcache/segment/ring.hpp"

namespace tickcache {

/// Describes the record that LogCursor::take() returned.
struct LogTaken {
  std::uint64_t position = 0;
  std::uint64_t missed = 0;   ///< records overwritten just before it
  bool reconnected = false;   ///< the previous record came in another session
  bool not_stored = false;    ///< the daemon did not store all records before it
  std::int64_t since_ns = 0;  ///< when the previous record was received, or the request was made
};

template <class Record>
class LogCursor {
 public:
  using Log = Ring<Record, const layout::Word>;

  /// Starts after the newest record of `log`. In a successor's log, records received after `now`
  /// are new.
  void begin_behind(const Log& log, std::int64_t now) noexcept {
    begin_at(now);
    next_ = log.head() + 1;
    resuming_ = false;
    Record newest;
    if (log.read(next_ - 1, newest) == ReadResult::ok) epoch_ = newest.epoch;
  }
  /// Starts without a segment: records received after `now` are new.
  void begin_at(std::int64_t now) noexcept { last_ns_ = now; }
  /// Starts with everything that was ever in `log`; overwritten records count as missed.
  void begin_before(const Log& log) noexcept {
    next_ = log.oldest();
    missed_ = next_ - 1;
    resuming_ = false;
  }

  /// Continues in `log`, of another run of the daemon, with records received after the last one
  /// taken. Positions usually continue from run to run, so lost records can be counted.
  void resume(const Log& log, std::int64_t now) noexcept {
    const std::uint64_t first = log.oldest();
    missed_ += next_ > 0 && first > next_ ? first - next_ : 0;
    next_ = first;
    resuming_ = true;
    epoch_ = 0;
    last_ns_ = std::min(last_ns_, now);  // a corrupt segment may hold any time
  }

  /// Copies the next record. False if there is none.
  bool take(const Log& log, Record& out, LogTaken& taken) noexcept {
    for (unsigned tries = 0; tries < Log::kMaxTries;) {
      switch (log.read(next_, out)) {
        case ReadResult::ok:
          ++next_;
          if (is_old(out)) {
            missed_ = 0;  // the log reaches back to the last record taken: nothing is missing
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

  /// The position that take() reads next.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  /// Number of records that take() can return if the writer pauses.
  [[nodiscard]] std::uint64_t backlog(const Log& log) const noexcept { return log.left(next_); }
  /// When the last record taken was received; before the first, when the request was made.
  [[nodiscard]] std::int64_t last_ns() const noexcept { return last_ns_; }

 private:
  /// Whether the record is from before the cursor started, or is the empty slot before the records
  /// that were carried over.
  [[nodiscard]] bool is_old(const Record& record) const noexcept {
    return record.received_ns == 0 || (resuming_ && record.received_ns <= last_ns_);
  }

  void accept(const Record& record, LogTaken& taken) noexcept {
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
  std::int64_t last_ns_ = 0;  ///< in a new log, records received later are new
  std::uint32_t epoch_ = 0;
  bool resuming_ = true;  ///< the log may begin with old records
};

}  // namespace tickcache
