#include "libcache/segment/segment_view.hpp"

#include <algorithm>
#include <bit>

namespace tickcache {

namespace {

using layout::Header;
using layout::Part;
using layout::PartRef;

/// What a part of major version 2 has at least: bytes before its elements; in an element, bytes
/// beside its records, and records; bytes of a record. These are those of 2.0 for good: what a
/// later minor version appends is longer, and its readers do without in an older segment.
struct PartShape {
  std::uint32_t prefix = 0;
  std::uint64_t fixed = 0;
  std::uint64_t records = 0;
  std::uint32_t record = 0;

  /// Of an element whose records are of `record_size` bytes.
  [[nodiscard]] std::uint64_t stride(std::uint32_t record_size) const noexcept {
    return fixed + records * record_size;
  }
};

constexpr std::uint32_t kRingPrefix = sizeof(layout::RingPrefix);
constexpr std::uint64_t kHead = sizeof(layout::Word);

PartShape shape_of(Part part, std::uint32_t closed_candles) noexcept {
  switch (part) {
    case layout::kStatus:
      return {0, sizeof(layout::StatusPart), 0, 0};
    case layout::kChannels:
      return {0, offsetof(layout::ChannelSlot, record) + kHead, 2, sizeof(layout::ChannelRecord)};
    case layout::kIndex:
      return {0, sizeof(layout::Word), 0, 0};
    case layout::kNames:
      return {0, sizeof(layout::SymbolWords), 0, 0};
    case layout::kCells:
      return {0, kHead, 2, sizeof(Ticker)};
    case layout::kTape:
      return {kRingPrefix, 0, 1, sizeof(Ticker)};
    case layout::kOrders:
      return {kRingPrefix, 0, 1, sizeof(Order)};
    case layout::kSeries:
      return {0, offsetof(layout::SeriesPrefix, open) + kHead, std::uint64_t{2} + closed_candles,
              sizeof(Candle)};
    case layout::kPortfolio:
      return {kRingPrefix, 0, 1, sizeof(Portfolio)};
    case layout::kErrors:
      return {0, kHead, 2, sizeof(layout::ConnectionError)};
    case layout::kGap:
      return {0, kHead, 2, sizeof(layout::Gap)};
    case layout::kPartCount:
      break;
  }
  return {};
}

/// What is looked up at every tick has elements of one size for the whole major version.
constexpr bool has_fixed_stride(Part part) noexcept {
  return part == layout::kIndex || part == layout::kNames;
}

constexpr std::uint64_t round_up(std::uint64_t size, std::uint64_t to) noexcept {
  return (size + to - 1) / to * to;
}

/// Bytes from one element to the next, as this version writes them: each begins on a line.
std::uint32_t stride_of(Part part, const PartShape& shape) noexcept {
  const std::uint64_t stride = shape.stride(shape.record);
  return static_cast<std::uint32_t>(has_fixed_stride(part) ? stride
                                                           : round_up(stride, layout::kLine));
}

bool is_ring_size(std::uint32_t count) noexcept { return count >= 2 && std::has_single_bit(count); }

/// Counts that lookups rely on.
bool counts_are_sound(const Header& header) noexcept {
  const auto count = [&](Part part) { return header.parts[part].count; };
  return count(layout::kStatus) == 1 && count(layout::kChannels) <= kMaxChannels &&
         is_ring_size(count(layout::kIndex)) && count(layout::kIndex) <= 4 * layout::kMaxCells &&
         count(layout::kCells) >= 1 && count(layout::kCells) <= layout::kMaxCells &&
         count(layout::kNames) == count(layout::kCells) &&
         count(layout::kIndex) > count(layout::kCells) && is_ring_size(count(layout::kTape)) &&
         count(layout::kTape) <= layout::kMaxTape && is_ring_size(count(layout::kOrders)) &&
         count(layout::kOrders) <= 65536 && is_ring_size(count(layout::kPortfolio)) &&
         count(layout::kPortfolio) <= 65536 && count(layout::kSeries) <= 65536 &&
         (header.parts[layout::kErrors].offset == 0 || count(layout::kErrors) == kMaxConnections) &&
         count(layout::kGap) == 1 && is_ring_size(header.closed_candles) &&
         header.closed_candles <= 65536;
}

/// Where the table of parts ends.
std::uint64_t table_end(const Header& header) noexcept {
  return header.header_size + std::uint64_t{header.part_count} * header.part_stride;
}

/// Whether the part's elements have room for what this version reads of them, on lines of their
/// own.
bool elements_are_sound(Part part, const PartRef& ref, const PartShape& shape) noexcept {
  if (has_fixed_stride(part)) return ref.prefix == 0 && ref.stride == shape.fixed;
  const bool records_fit =
      shape.records == 0 || (ref.record >= shape.record && ref.record % sizeof(layout::Word) == 0);
  return records_fit && ref.prefix >= shape.prefix && ref.prefix % layout::kLine == 0 &&
         ref.stride >= shape.stride(ref.record) && ref.stride % layout::kLine == 0;
}

}  // namespace

Header make_header(const Capacities& capacities) noexcept {
  Header header;
  header.header_size = offsetof(Header, parts);
  header.closed_candles = layout::kClosedCandles;
  const std::uint32_t counts[layout::kPartCount] = {
      1,
      kMaxChannels,
      std::bit_ceil(std::min(capacities.symbols, layout::kMaxCells) * 4U),
      capacities.symbols,
      capacities.symbols,
      capacities.tape,
      layout::kOrderSlots,
      layout::kCandleSeries,
      layout::kPortfolioSlots,
      kMaxConnections,
      1,
  };
  std::uint64_t offset = round_up(sizeof(Header), layout::kLine);
  for (std::uint32_t i = 0; i < layout::kPartCount; ++i) {
    const auto part = static_cast<Part>(i);
    const PartShape shape = shape_of(part, header.closed_candles);
    const std::uint32_t stride = stride_of(part, shape);
    header.parts[i] = {offset, shape.prefix, counts[i], stride, shape.record};
    offset = round_up(offset + shape.prefix + std::uint64_t{counts[i]} * stride, layout::kLine);
  }
  header.segment_size = offset;
  return header;
}

bool header_is_sound(const Header& header, std::uint64_t file_size) noexcept {
  return header.segment_size == file_size && header.header_size >= offsetof(Header, parts) &&
         header.header_size % sizeof(layout::Word) == 0 && header.part_stride >= sizeof(PartRef) &&
         header.part_stride % sizeof(layout::Word) == 0 && table_end(header) <= file_size;
}

bool geometry_is_sound(const Header& header, std::uint64_t file_size) noexcept {
  if (!header_is_sound(header, file_size) || !counts_are_sound(header)) return false;
  for (std::uint32_t i = 0; i < layout::kPartCount; ++i) {
    const auto part = static_cast<Part>(i);
    const PartRef& ref = header.parts[i];
    if (part == layout::kErrors && ref.offset == 0) continue;
    if (ref.offset < table_end(header) || ref.offset % layout::kLine != 0 ||
        !elements_are_sound(part, ref, shape_of(part, header.closed_candles))) {
      return false;
    }
    const std::uint64_t size = ref.prefix + std::uint64_t{ref.count} * ref.stride;
    if (ref.offset > file_size || size > file_size - ref.offset) return false;
  }
  return true;
}

}  // namespace tickcache
