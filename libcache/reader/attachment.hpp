// A reader's mapping of a segment, replaced by that of its successor when the daemon is gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "libcache/segment/segment_file.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache {

/// A mapped segment.
struct OpenedSegment {
  Mapping mapping;
  SegmentView view;
};

/// Belongs to one thread, except stop().
class Attachment {
 public:
  /// Minimum interval between two checks for a successor.
  static constexpr std::int64_t kLookEvery = 100'000'000;
  static constexpr std::int64_t kShortSleep = 2'000'000;
  /// A record is followed by its wake-up within this, or the writer is very busy.
  static constexpr std::int64_t kWakeDelay = 1'000'000;
  static constexpr std::int64_t kWary = 10'000'000'000;

  /// Opens the segment that resolve_segment_name() says. It need not exist; throws SegmentError if
  /// it cannot be used.
  explicit Attachment(std::string_view segment);

  [[nodiscard]] const SegmentView& view() const noexcept { return view_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Of the latest attempt to open.
  [[nodiscard]] const OpenFailure& failure() const noexcept { return failure_; }

  /// Opens a segment of this name other than the mapped one, if there is one. Does not check again
  /// within kLookEvery, unless the mapped segment has been superseded since.
  std::optional<OpenedSegment> find_successor(std::int64_t now) noexcept;
  /// Lets the next find_successor() check regardless of kLookEvery.
  void look_at_once() noexcept { next_look_ns_ = 0; }
  /// Replaces the mapped segment by `next`.
  void go_over(OpenedSegment next) noexcept;
  /// find_successor() and go_over(). Returns whether it switched to a successor.
  bool look_for_successor(std::int64_t now) noexcept;

  void set_idle_strategy(IdleStrategy strategy) noexcept { idle_ = strategy; }
  /// Waits for the wake word of the mapped segment. Returns at once if it is no longer `seen`.
  /// Sleeps for kShortSleep at most while wake-ups are expected to be missed. False if nothing
  /// ended the wait before its time.
  bool sleep(std::uint32_t seen, std::uint32_t bits, std::int64_t timeout_ns) const noexcept;

  /// Something was there for the caller that sleep() did not wake for: whoever may read the segment
  /// can move its waiters to another futex. Expects the same for a while.
  void note_missed_wake(std::int64_t now) noexcept { sleep_short_until_ns_ = now + kWary; }
  [[nodiscard]] bool expects_missed_wakes(std::int64_t now) const noexcept {
    return now < sleep_short_until_ns_;
  }

  /// Ends sleep(), and every later one. Any thread and any signal handler may call it.
  void stop() noexcept;
  [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_seq_cst); }

 private:
  std::optional<OpenedSegment> open() noexcept;
  [[nodiscard]] bool watch(std::uint32_t seen, std::int64_t timeout_ns) const noexcept;

  std::string name_;
  std::optional<uid_t> trusted_;
  Mapping mapping_;
  SegmentView view_;
  OpenFailure failure_;
  std::int64_t next_look_ns_ = 0;
  IdleStrategy idle_ = IdleStrategy::sleep;
  bool superseded_ = false;  ///< at the last check
  std::int64_t sleep_short_until_ns_ = std::numeric_limits<std::int64_t>::min();
  std::atomic<bool> stopped_{false};
  /// That of the mapping, for stop(), which no lock may hold up: it may interrupt any thread.
  std::atomic<const layout::WakeWord*> word_{nullptr};
  static_assert(std::atomic<const layout::WakeWord*>::is_always_lock_free);
};

}  // namespace tickcache
