// A position in the tape, and the ticks that are wanted from it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libcache/segment/segment_view.hpp"
#include "tickcache/feed.hpp"

namespace tickcache {

/// A requested tick.
struct TickEvent {
  Tick tick;
  Delivery delivery = Delivery::every;
  std::int32_t symbol_number = -1;  ///< from want(); -1: the symbol itself was not requested
  std::uint64_t missed = 0;         ///< for requests of this symbol
  bool for_all = false;             ///< also for requests of all symbols; tick.missed is theirs
  bool again = false;               ///< another request also returns it or counts it as missed
  std::int64_t since_ns = 0;  ///< when the previous tick was received, or the request was made
};

/// Walks the tape for all requests of one delivery. After a lap or a restart of the daemon, ticks
/// lost from the tape may still be in the cells of symbols that have been quiet since: then the
/// cells are scanned too. For Delivery::latest, the tape only tells which cells have changed; if it
/// has many ticks, and more than there are cells, all cells are scanned instead.
class TapeCursor {
 public:
  explicit TapeCursor(Delivery delivery) noexcept : delivery_(delivery) {}

  [[nodiscard]] bool active() const noexcept { return active_; }

  /// Requests all ticks from now on. `view` may be empty: then ticks received after `now` are new.
  void want_all(const SegmentView& view, std::int64_t now);
  /// The same for one symbol. Returns its number: 0, 1, … in the order of first request.
  std::int32_t want(const SegmentView& view, const SymbolText& symbol, std::int64_t now);
  /// These end the requests.
  void drop_all() noexcept;
  void drop(const SymbolText& symbol) noexcept;
  /// Whether ticks of that cell were requested.
  [[nodiscard]] bool wants(std::uint32_t cell) const noexcept {
    return cell < cells_.size() && (all_ || cells_[cell].symbol >= 0);
  }

  /// Sets the window that take() reads: up to the present end of the tape, and short enough that
  /// other events are checked in between.
  void open_window(const SegmentView& view);
  /// Copies the next wanted tick. False if there is none in the window.
  bool take(const SegmentView& view, TickEvent& out);
  /// Whether take() may return something.
  [[nodiscard]] bool has_window() const noexcept {
    return left_in_window() > 0 || scan_next_ < scan_end_;
  }
  /// Number of events that take() can return if the writer pauses.
  [[nodiscard]] std::uint64_t backlog(const SegmentView& view) const noexcept;

  /// Continues in the first segment, or in that of another run of the daemon. Ticks received after
  /// the last one read, or after the request, are new. `from` is empty if there was no segment;
  /// both must be mapped. If this throws, the cursor is unusable.
  void resume(const SegmentView& from, const SegmentView& to, std::int64_t now);

  /// The wake bits of the wanted ticks.
  [[nodiscard]] std::uint32_t wake_bits() const noexcept { return wake_bits_; }
  /// When the last tick read was received; before the first, when the request was made.
  [[nodiscard]] std::int64_t last_ns() const noexcept { return last_ns_; }

 private:
  struct Cell {
    std::uint64_t given = 0;       ///< `updates` of the last tick returned
    std::int32_t symbol = -1;      ///< its number, if the symbol itself was requested
    bool unsure = false;           ///< its counter may have restarted; the next tick shows
    std::int64_t snapshot_ns = 0;  ///< when the last snapshot returned was asked for
  };

  [[nodiscard]] std::int64_t left_in_window() const noexcept {
    return static_cast<std::int64_t>(window_end_ + 1 - next_);
  }
  [[nodiscard]] bool is_latest() const noexcept { return delivery_ == Delivery::latest; }

  struct Symbol {
    std::int32_t number = -1;  ///< kept when the request ends
    bool wanted = false;
  };

  void begin(const SegmentView& view, std::int64_t now);
  void settle() noexcept;
  void grow(const SegmentView& view);
  void assign(std::uint32_t cell, std::int32_t symbol) noexcept;

  bool skip_ahead(const SegmentView& view);
  [[nodiscard]] bool is_new(const Cell& cell, const Ticker& tick, bool on_tape) const noexcept;
  bool give(const SegmentView& view, std::uint32_t number, bool for_all, bool on_tape,
            TickEvent& out) noexcept;
  void begin_scan(std::int64_t bound, bool fresh) noexcept;
  bool scan(const SegmentView& view, TickEvent& out) noexcept;
  [[nodiscard]] bool is_on_tape(const Ticker& tick) const noexcept;

  Delivery delivery_;
  bool active_ = false;
  bool all_ = false;                                    ///< all symbols were requested
  std::map<std::string, Symbol, std::less<>> symbols_;  ///< all that were ever requested
  std::vector<Cell> cells_;                             ///< one for each symbol of the segment
  std::uint32_t wake_bits_ = 0;

  std::uint64_t next_ = 1;
  std::uint64_t window_end_ = 0;  ///< the last position that take() may read
  std::uint64_t all_from_ = 1;    ///< the first position for requests of every tick
  std::uint64_t lost_ = 0;        ///< ticks that these lost just before next_
  std::int64_t last_ns_ = 0;
  std::int64_t since_ns_ = 0;   ///< last_ns_ before the last tick read
  std::int64_t watermark_ = 0;  ///< in a new segment, ticks received later are new
  bool resuming_ = false;       ///< the tape may begin with old ticks

  std::uint32_t scan_next_ = 0;  ///< the next cell to scan
  std::uint32_t scan_end_ = 0;
  std::int64_t scan_bound_ = 0;  ///< every tick received later is on the tape
  bool scan_fresh_ = false;      ///< after a restart: the tape has nothing from before
};

}  // namespace tickcache
