// A place in the tape, and who wants which of its ticks.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "libcache/segment_view.hpp"
#include "tickcache/feed.hpp"

namespace tickcache {

/// A tick that somebody wants.
struct TapeEvent {
  /// Bits of `audience`: who gets it.
  enum Audience : std::uint8_t {
    kAllEvery = 1,
    kAllLatest = 2,
    kSymbolEvery = 4,
    kSymbolLatest = 8,
  };

  std::uint8_t audience = 0;
  std::int32_t symbol_number = -1;  ///< as want() gave it; -1: nobody asked for the symbol itself
  SymbolText symbol;
  Ticker ticker;
  std::uint64_t missed = 0;      ///< by those who asked for the symbol, or for the latest
  std::uint64_t missed_all = 0;  ///< by those who asked for every tick of all
  bool reconnected = false;      ///< the connection's tick before it came on another session
  bool again = false;            ///< it has been given with a wider audience, or counted there
  std::int64_t since_ns = 0;     ///< when the tick before it was received, or asked for
};

/// Walks the tape. A lap, and a restart of the daemon, may cost ticks of the tape that are still in
/// their cells, because their symbols have been quiet since: then the cells are scanned too.
class TapeCursor {
 public:
  [[nodiscard]] bool active() const noexcept { return active_; }

  /// Asks for ticks from now on. `view` may be empty: then what is received after `now` is new.
  void want_all(const SegmentView& view, Delivery delivery, std::int64_t now);
  /// Returns the symbol's number: 0, 1, … in the order in which symbols were first asked for.
  std::int32_t want(const SegmentView& view, const SymbolText& symbol, Delivery delivery,
                    std::int64_t now);

  /// Looks how far the tape reaches now; take() goes no further, and at most so far that other
  /// things are looked at in between.
  void open_window(const SegmentView& view) noexcept;
  /// Copies the next tick that is wanted. False if there is none in the window.
  bool take(const SegmentView& view, TapeEvent& out);
  /// Whether take() may give something.
  [[nodiscard]] bool has_window() const noexcept {
    return left_in_window() > 0 || scan_next_ < scan_end_ || latest_due_;
  }
  /// Events that take() can give, if the writer pauses.
  [[nodiscard]] std::uint64_t backlog(const SegmentView& view) const noexcept;

  /// Goes on in the first segment, or in that of another run of the daemon. What was received later
  /// than the tick read last, or than the moment of asking, is new. `from` is empty if there was
  /// no segment; both must be mapped.
  void resume(const SegmentView& from, const SegmentView& to, std::int64_t now);

  /// What wakes for the ticks that are wanted.
  [[nodiscard]] std::uint32_t wake_bits() const noexcept { return wake_bits_; }
  /// When the tick that was read last was received; if none was, when it was asked for.
  [[nodiscard]] std::int64_t last_ns() const noexcept { return record_.received_ns; }

 private:
  static constexpr std::uint8_t kEvery = 1;
  static constexpr std::uint8_t kLatest = 2;

  struct Cell {
    std::uint64_t every = 0;   ///< updates of the tick given last to those who want every one
    std::uint64_t latest = 0;  ///< the same for those who want the latest
    std::int32_t symbol = -1;  ///< number of the symbol, if it was asked for
    std::uint8_t wants = 0;    ///< of those who asked for the symbol
    bool unsure = false;       ///< whether the symbol's counter goes on: the next tick tells
  };

  struct Symbol {
    SymbolKey key;
    std::uint8_t wants = 0;
    bool found = false;  ///< it has a cell
  };

  [[nodiscard]] std::int64_t left_in_window() const noexcept {
    return static_cast<std::int64_t>(window_end_ + 1 - next_);
  }
  [[nodiscard]] std::uint64_t records_left(const SegmentView& view) const noexcept;
  [[nodiscard]] std::uint8_t wants(std::uint32_t cell) const noexcept {
    return cells_[cell].wants | all_;
  }

  void begin(const SegmentView& view, std::int64_t now);
  void grow(const SegmentView& view);
  void find_symbols(const SegmentView& view);
  void compare_cells(const SegmentView& from, const SegmentView& to);

  bool skip_ahead(const SegmentView& view);
  bool give_every(const SegmentView& view, const Ticker& tick, TapeEvent& out) noexcept;
  bool give_latest(const SegmentView& view, std::uint32_t cell, const Ticker& tick,
                   TapeEvent& out) noexcept;
  void fill(const SegmentView& view, std::uint32_t cell, const Ticker& tick,
            TapeEvent& out) noexcept;
  void begin_scan(std::int64_t bound, bool fresh) noexcept;
  bool scan(const SegmentView& view, TapeEvent& out) noexcept;
  [[nodiscard]] bool is_on_tape(const Ticker& tick) const noexcept;
  bool scan_every(const SegmentView& view, std::uint32_t cell, TapeEvent& out) noexcept;
  bool scan_latest(const SegmentView& view, std::uint32_t cell, TapeEvent& out) noexcept;

  bool active_ = false;
  std::uint8_t all_ = 0;  ///< wants of those who asked for all
  std::vector<Symbol> symbols_;
  std::vector<Cell> cells_;  ///< one for each symbol of the segment
  std::uint32_t wake_bits_ = 0;

  std::uint64_t next_ = 1;
  std::uint64_t window_end_ = 0;  ///< the last position that take() may read
  std::uint64_t all_from_ = 1;    ///< the first position for those who want every tick of all
  std::uint64_t lost_ = 0;        ///< by them, directly before next_
  Ticker record_;                 ///< read last
  std::int64_t since_ns_ = 0;     ///< when the one before was received
  std::int64_t watermark_ = 0;    ///< in a new segment, what was received later is new
  bool resuming_ = false;         ///< in a tape whose beginning may be old
  bool latest_due_ = false;       ///< record_ has not gone to those who want the latest
  std::array<std::uint32_t, kMaxConnections> epochs_{};  ///< of the ticks given last

  std::uint32_t scan_next_ = 0;  ///< the cell that is scanned next
  std::uint32_t scan_end_ = 0;
  std::int64_t scan_bound_ = 0;  ///< every tick received later is on the tape
  bool scan_fresh_ = false;      ///< after a restart: the tape has nothing of before it
  bool scan_half_ = false;       ///< the cell has gone to those who want every tick
};

}  // namespace tickcache
