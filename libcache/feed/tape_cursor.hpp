// A place in the tape, and which of its ticks are wanted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libcache/segment/segment_view.hpp"
#include "tickcache/feed.hpp"

namespace tickcache {

/// A tick that was asked for.
struct TickEvent {
  Tick tick;
  Delivery delivery = Delivery::every;
  std::int32_t symbol_number = -1;  ///< as want() gave it; -1: nobody asked for just the symbol
  std::uint64_t missed = 0;         ///< by those who asked for just the symbol
  bool for_all = false;             ///< those who asked for all get it too: tick.missed is theirs
  bool again = false;         ///< it is given, or counted as missed, because of another request too
  std::int64_t since_ns = 0;  ///< when the tick before it was received, or asked for
};

/// Walks the tape for all requests of one kind of delivery. A lap, and a restart of the daemon, may
/// cost ticks of the tape that are still in their cells, because their symbols have been quiet
/// since: then the cells are scanned too. For the latest, the tape just tells which cells have
/// changed; if it has many ticks, and more than there are cells, all cells are scanned instead.
class TapeCursor {
 public:
  explicit TapeCursor(Delivery delivery) noexcept : delivery_(delivery) {}

  [[nodiscard]] bool active() const noexcept { return active_; }

  /// Asks for ticks from now on. `view` may be empty: then what is received after `now` is new.
  void want_all(const SegmentView& view, std::int64_t now);
  /// Returns the symbol's number: 0, 1, … in the order in which symbols were first asked for.
  std::int32_t want(const SegmentView& view, const SymbolText& symbol, std::int64_t now);
  /// Whether ticks of that cell were asked for.
  [[nodiscard]] bool wants(std::uint32_t cell) const noexcept {
    return cell < cells_.size() && (all_ || cells_[cell].symbol >= 0);
  }

  /// Looks how far the tape reaches now; take() goes no further, and at most so far that other
  /// things are looked at in between.
  void open_window(const SegmentView& view);
  /// Copies the next tick that is wanted. False if there is none in the window.
  bool take(const SegmentView& view, TickEvent& out);
  /// Whether take() may give something.
  [[nodiscard]] bool has_window() const noexcept {
    return left_in_window() > 0 || scan_next_ < scan_end_;
  }
  /// Events that take() can give, if the writer pauses.
  [[nodiscard]] std::uint64_t backlog(const SegmentView& view) const noexcept;

  /// Goes on in the first segment, or in that of another run of the daemon. What was received later
  /// than the tick read last, or than the moment of asking, is new. `from` is empty if there was
  /// no segment; both must be mapped. If this throws, the cursor is good for nothing.
  void resume(const SegmentView& from, const SegmentView& to, std::int64_t now);

  /// What wakes for the ticks that are wanted.
  [[nodiscard]] std::uint32_t wake_bits() const noexcept { return wake_bits_; }
  /// When the tick that was read last was received; if none was, when it was asked for.
  [[nodiscard]] std::int64_t last_ns() const noexcept { return last_ns_; }

 private:
  struct Cell {
    std::uint64_t given = 0;   ///< updates of the tick that was given last
    std::int32_t symbol = -1;  ///< its number, if the symbol itself was asked for
    bool unsure = false;       ///< whether its counter goes on: the next tick tells
  };

  [[nodiscard]] std::int64_t left_in_window() const noexcept {
    return static_cast<std::int64_t>(window_end_ + 1 - next_);
  }
  [[nodiscard]] bool is_latest() const noexcept { return delivery_ == Delivery::latest; }

  void begin(const SegmentView& view, std::int64_t now);
  void grow(const SegmentView& view);
  void assign(std::uint32_t cell, std::int32_t symbol) noexcept;

  bool skip_ahead(const SegmentView& view);
  [[nodiscard]] bool is_new(const Cell& cell, const Ticker& tick) const noexcept;
  bool give(const SegmentView& view, std::uint32_t number, bool for_all, TickEvent& out) noexcept;
  void begin_scan(std::int64_t bound, bool fresh) noexcept;
  bool scan(const SegmentView& view, TickEvent& out) noexcept;
  [[nodiscard]] bool is_on_tape(const Ticker& tick) const noexcept;

  Delivery delivery_;
  bool active_ = false;
  bool all_ = false;  ///< all symbols were asked for
  std::map<std::string, std::int32_t, std::less<>>
      symbols_;              ///< those asked for, with their numbers
  std::vector<Cell> cells_;  ///< one for each symbol of the segment
  std::uint32_t wake_bits_ = 0;

  std::uint64_t next_ = 1;
  std::uint64_t window_end_ = 0;  ///< the last position that take() may read
  std::uint64_t all_from_ = 1;    ///< the first position for those who want every tick of all
  std::uint64_t lost_ = 0;        ///< by them, directly before next_
  std::int64_t last_ns_ = 0;
  std::int64_t since_ns_ = 0;   ///< last_ns_ before the tick that was read last
  std::int64_t watermark_ = 0;  ///< in a new segment, what was received later is new
  bool resuming_ = false;       ///< in a tape whose beginning may be old

  std::uint32_t scan_next_ = 0;  ///< the cell that is scanned next
  std::uint32_t scan_end_ = 0;
  std::int64_t scan_bound_ = 0;  ///< every tick received later is on the tape
  bool scan_fresh_ = false;      ///< after a restart: the tape has nothing of before it
};

}  // namespace tickcache
