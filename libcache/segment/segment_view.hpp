// Typed access to the parts of a mapped segment. Owns nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

#include "libcache/segment/ring.hpp"
#include "libcache/segment/symbol_key.hpp"
#include "tickcache/layout.hpp"

namespace tickcache {

/// Sizes chosen when a segment is created.
struct Capacities {
  std::uint32_t symbols = 4096;
  std::uint32_t tape = 65536;  ///< a power of two
  std::uint32_t series = layout::kCandleSeries;
};

/// A header with consecutive parts sized for `capacities`; the other fields have their defaults.
layout::Header make_header(const Capacities& capacities) noexcept;

/// Whether the header and its table of parts lie inside a file of `file_size` bytes.
bool header_is_sound(const layout::Header& header, std::uint64_t file_size) noexcept;

/// Whether the parts that `header` describes lie inside a file of `file_size` bytes and are at
/// least as long as this version needs. This makes every later access safe.
bool geometry_is_sound(const layout::Header& header, std::uint64_t file_size) noexcept;

/// The signed number in a word. Acquire: later loads are at least as new.
inline std::int64_t load(const layout::Word& word) noexcept {
  return static_cast<std::int64_t>(word.load(std::memory_order_acquire));
}

/// `Byte` is std::byte (the writer) or const std::byte (readers). The view copies the geometry, so
/// a header that changes later cannot make it read out of bounds.
template <class Byte>
class BasicSegmentView {
  template <class T>
  using Like = std::conditional_t<std::is_const_v<Byte>, const T, T>;

 public:
  using W = Like<layout::Word>;

  BasicSegmentView() = default;
  /// `base` is a mapping for which geometry_is_sound() holds.
  BasicSegmentView(Byte* base, const layout::Header& header) noexcept
      : base_(base), header_(header) {
    status_ = reinterpret_cast<Like<layout::StatusPart>*>(element(layout::kStatus));
    cells_ = element(layout::kCells);
    cell_stride_ = header.parts[layout::kCells].stride;
    cell_words_ = record_words(layout::kCells);
    index_ = reinterpret_cast<W*>(element(layout::kIndex));
    names_ = reinterpret_cast<Like<layout::SymbolWords>*>(element(layout::kNames));
    index_mask_ = count(layout::kIndex) - 1;
    cell_count_ = count(layout::kCells);
  }

  explicit operator bool() const noexcept { return base_ != nullptr; }
  [[nodiscard]] Byte* base() const noexcept { return base_; }
  [[nodiscard]] const layout::Header& header() const noexcept { return header_; }
  [[nodiscard]] Like<layout::StatusPart>& status() const noexcept { return *status_; }
  [[nodiscard]] std::uint32_t count(layout::Part part) const noexcept {
    return header_.parts[part].count;
  }

  /// Whether the segment has this optional part.
  [[nodiscard]] bool has(layout::Part part) const noexcept {
    return header_.parts[part].offset != 0;
  }

  [[nodiscard]] bool is_up(std::uint8_t connection) const noexcept {
    const std::uint64_t session = status().sessions[connection].load(std::memory_order_acquire);
    return layout::session_state(session) == ConnectionState::up;
  }
  [[nodiscard]] Like<layout::ChannelSlot>& channel(std::uint32_t i) const noexcept {
    return *reinterpret_cast<Like<layout::ChannelSlot>*>(element(layout::kChannels, i));
  }
  [[nodiscard]] Ring<layout::ChannelRecord, W> channel_record(std::uint32_t i) const noexcept {
    return pair<layout::ChannelRecord>(channel(i).record, record_words(layout::kChannels));
  }
  /// Only if has(kErrors). `connection` is less than kMaxConnections.
  [[nodiscard]] Ring<layout::ConnectionError, W> connection_error(
      std::uint32_t connection) const noexcept {
    auto* slot = reinterpret_cast<Like<layout::ErrorSlot>*>(element(layout::kErrors, connection));
    return pair<layout::ConnectionError>(slot->error, record_words(layout::kErrors));
  }

  [[nodiscard]] std::uint32_t cell_count() const noexcept { return cell_count_; }
  [[nodiscard]] W& index(std::uint64_t i) const noexcept { return index_[i & index_mask_]; }
  [[nodiscard]] std::uint64_t index_size() const noexcept { return index_mask_ + 1; }
  [[nodiscard]] Like<layout::SymbolWords>& name(std::uint32_t cell) const noexcept {
    return names_[cell];
  }
  [[nodiscard]] Ring<Ticker, W> ticker(std::uint32_t cell) const noexcept {
    auto& pair = reinterpret_cast<Like<layout::TickerCell>*>(cell_place(cell))->ticker;
    // No segment of this major version has shorter records, so lookups need not check.
    static_assert(sizeof(Ticker) == 56);
    return {pair.head, pair.slots, 2, cell_words_, layout::kWords<Ticker>};
  }

  /// Prefetches the cell's second line, which may hold the tick, while the first is still loading.
  void prefetch_second_line(std::uint32_t cell) const noexcept {
    __builtin_prefetch(cell_place(cell) + layout::kLine);
  }

  /// The cell of `key`, or nothing.
  template <class Key>
  [[nodiscard]] std::optional<std::uint32_t> find(const Key& key) const noexcept {
    const std::uint64_t hash = key.hash();
    const std::uint64_t tag = hash & 0xffffffff00000000U;
    for (std::uint64_t i = 0; i <= index_mask_; ++i) {
      // Pairs with the writer's insertion: name and cell were filled before the entry.
      const std::uint64_t entry = index(hash + i).load(std::memory_order_acquire);
      if (entry == 0) return std::nullopt;
      const auto cell = static_cast<std::uint32_t>(entry) - 1U;
      if ((entry & 0xffffffff00000000U) == tag && cell < cell_count_ && key.matches(name(cell))) {
        return cell;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] SymbolText symbol(std::uint32_t cell) const noexcept { return text(name(cell)); }

  /// Of the tape, the orders or the portfolio.
  [[nodiscard]] Like<layout::RingPrefix>& prefix(layout::Part part) const noexcept {
    return *reinterpret_cast<Like<layout::RingPrefix>*>(base_ + header_.parts[part].offset);
  }
  [[nodiscard]] Ring<Ticker, W> tape() const noexcept { return ring<Ticker>(layout::kTape); }
  [[nodiscard]] Ring<Order, W> orders() const noexcept { return ring<Order>(layout::kOrders); }
  [[nodiscard]] Ring<layout::Gap, W> order_gap() const noexcept {
    auto* slot = reinterpret_cast<Like<layout::GapSlot>*>(element(layout::kGap));
    return pair<layout::Gap>(slot->gap, record_words(layout::kGap));
  }
  /// Only if has(kKnownOrders).
  [[nodiscard]] Ring<layout::KnownOrder, W> known_order(std::uint32_t i) const noexcept {
    auto* slot = reinterpret_cast<Like<layout::KnownOrderSlot>*>(element(layout::kKnownOrders, i));
    return pair<layout::KnownOrder>(slot->order, record_words(layout::kKnownOrders));
  }
  [[nodiscard]] Ring<Portfolio, W> portfolio() const noexcept {
    return ring<Portfolio>(layout::kPortfolio);
  }

  [[nodiscard]] Like<layout::SeriesPrefix>& series(std::uint32_t i) const noexcept {
    return *reinterpret_cast<Like<layout::SeriesPrefix>*>(element(layout::kSeries, i));
  }
  [[nodiscard]] Ring<Candle, W> open_candle(std::uint32_t i) const noexcept {
    return pair<Candle>(series(i).open, record_words(layout::kSeries));
  }
  [[nodiscard]] Ring<Candle, W> closed_candles(std::uint32_t i) const noexcept {
    // The ring is at the end of the series.
    const std::size_t words = record_words(layout::kSeries);
    auto* end = reinterpret_cast<W*>(element(layout::kSeries, i + 1));
    return {series(i).closed_head, end - header_.closed_candles * words, header_.closed_candles,
            words, words};
  }
  [[nodiscard]] SymbolText series_symbol(std::uint32_t i) const noexcept {
    return text(series(i).symbol);
  }
  [[nodiscard]] IntervalText series_interval(std::uint32_t i) const noexcept {
    return std::bit_cast<IntervalText>(series(i).interval.load(std::memory_order_relaxed));
  }

  /// Series, symbols and channel slots in use; never more than the segment has room for.
  [[nodiscard]] std::uint32_t series_count() const noexcept {
    return bounded(status().series_count, count(layout::kSeries));
  }
  [[nodiscard]] std::uint32_t symbol_count() const noexcept {
    return bounded(status().symbol_count, cell_count_);
  }
  [[nodiscard]] std::uint32_t channel_count() const noexcept {
    return bounded(status().channel_count, count(layout::kChannels));
  }

  /// The series of (symbol, interval), or nothing.
  [[nodiscard]] std::optional<std::uint32_t> find_series(
      const SymbolKey& symbol, const IntervalText& interval) const noexcept {
    for (std::uint32_t i = 0; i < series_count(); ++i) {
      if (symbol.matches(series(i).symbol) && series_interval(i) == interval) return i;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] Byte* element(layout::Part part, std::uint32_t i = 0) const noexcept {
    const layout::PartRef& ref = header_.parts[part];
    return base_ + ref.offset + ref.prefix + std::size_t{i} * ref.stride;
  }
  [[nodiscard]] Byte* cell_place(std::uint32_t cell) const noexcept {
    return cells_ + std::size_t{cell} * cell_stride_;
  }
  [[nodiscard]] std::size_t record_words(layout::Part part) const noexcept {
    return header_.parts[part].record / sizeof(layout::Word);
  }

  /// The slots of a pair in the segment may be longer than this version's.
  template <class Record>
  static Ring<Record, W> pair(Like<layout::Pair<Record>>& pair, std::size_t words) noexcept {
    return {pair.head, pair.slots, 2, words, words};
  }

  template <class Record>
  [[nodiscard]] Ring<Record, W> ring(layout::Part part) const noexcept {
    const layout::PartRef& ref = header_.parts[part];
    return {prefix(part).head, reinterpret_cast<W*>(element(part)), ref.count,
            ref.stride / sizeof(layout::Word), record_words(part)};
  }

  static SymbolText text(const layout::SymbolWords& name) noexcept {
    SymbolText text;
    const auto copy = [&](std::size_t i) {
      const std::uint64_t word = name.words[i].load(std::memory_order_relaxed);
      std::memcpy(text.bytes + i * sizeof word, &word, sizeof word);
    };
    copy(0), copy(1), copy(2), copy(3);
    text.bytes[SymbolText::kMaxSize] = '\0';  // whatever a corrupt segment has there
    return text;
  }

  static std::uint32_t bounded(const layout::Word& word, std::uint32_t limit) noexcept {
    // Pairs with the writer's store: what the count covers is filled.
    const std::uint64_t value = word.load(std::memory_order_acquire);
    return value < limit ? static_cast<std::uint32_t>(value) : limit;
  }

  Byte* base_ = nullptr;
  layout::Header header_;
  Like<layout::StatusPart>* status_ = nullptr;
  Byte* cells_ = nullptr;
  std::size_t cell_stride_ = 0;
  std::size_t cell_words_ = 0;  ///< of a slot of a cell
  W* index_ = nullptr;
  Like<layout::SymbolWords>* names_ = nullptr;
  std::uint64_t index_mask_ = 0;
  std::uint32_t cell_count_ = 0;
};

using SegmentView = BasicSegmentView<const std::byte>;
using WritableSegmentView = BasicSegmentView<std::byte>;

}  // namespace tickcache
