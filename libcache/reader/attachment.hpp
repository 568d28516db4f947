// A reader's hold on a segment: one mapping, exchanged for a successor's when its daemon is gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "libcache/segment/segment_file.hpp"

namespace tickcache {

/// A segment that is mapped.
struct OpenedSegment {
  Mapping mapping;
  SegmentView view;
};

/// Belongs to one thread, except stop().
class Attachment {
 public:
  /// How often a successor is looked for, at most.
  static constexpr std::int64_t kLookEvery = 100'000'000;

  /// `name` as resolve_segment_name() gave it. Opens the segment; failure() says why not.
  explicit Attachment(std::string name);

  [[nodiscard]] const SegmentView& view() const noexcept { return view_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Of the latest attempt to open.
  [[nodiscard]] const OpenFailure& failure() const noexcept { return failure_; }

  /// Looks for a segment that is not the mapped one. Nothing also if the last look was less than
  /// kLookEvery before `now`, unless the mapped one has been superseded since.
  std::optional<OpenedSegment> find_successor(std::int64_t now) noexcept;
  /// The next find_successor() looks, however short ago the last look was.
  void look_at_once() noexcept { next_look_ns_ = 0; }
  /// Exchanges the mapped segment for `next`.
  void go_over(OpenedSegment next) noexcept;
  /// Both: true if it went over to a successor.
  bool look_for_successor(std::int64_t now) noexcept;

  /// Sleeps on the wake word of the mapped segment; returns at once if it is not `seen` any more.
  void sleep(std::uint32_t seen, std::uint32_t bits, std::int64_t timeout_ns) const noexcept;

  /// Any thread: ends sleep(), now and for ever.
  void stop() noexcept;
  [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }

 private:
  std::optional<OpenedSegment> open() noexcept;
  [[nodiscard]] bool is_superseded() const noexcept;

  std::string name_;
  std::optional<uid_t> trusted_;
  Mapping mapping_;
  SegmentView view_;
  OpenFailure failure_;
  std::int64_t next_look_ns_ = 0;
  bool superseded_ = false;  ///< at the last look
  std::atomic<bool> stopped_{false};
  std::mutex exchange_;  ///< of the mapping: stop() must not wake on memory that goes away
};

}  // namespace tickcache
