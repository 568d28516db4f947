#include "libcache/segment_view.hpp"

#include <algorithm>
#include <bit>

namespace tickcache {

namespace {

using layout::Header;
using layout::Part;
using layout::PartRef;

/// What a part of this version looks like: the bytes before its elements, and their stride.
struct PartShape {
  std::size_t prefix;
  std::size_t stride;
};

PartShape shape_of(Part part, std::uint32_t closed_candles) noexcept {
  switch (part) {
    case layout::kStatus:
      return {0, sizeof(layout::StatusPart)};
    case layout::kChannels:
      return {0, sizeof(layout::ChannelSlot)};
    case layout::kIndex:
      return {0, sizeof(layout::Word)};
    case layout::kNames:
      return {0, sizeof(layout::SymbolWords)};
    case layout::kCells:
      return {0, sizeof(layout::TickerCell)};
    case layout::kTape:
      return {sizeof(layout::RingPrefix), sizeof(layout::TapeSlot)};
    case layout::kOrders:
      return {sizeof(layout::OrdersPrefix), sizeof(Order)};
    case layout::kSeries:
      return {0, sizeof(layout::SeriesPrefix) + std::size_t{closed_candles} * sizeof(Candle)};
    case layout::kPortfolio:
      return {sizeof(layout::RingPrefix), sizeof(layout::PortfolioSlot)};
    case layout::kErrors:
      return {0, sizeof(layout::ErrorSlot)};
    case layout::kPartCount:
      break;
  }
  return {0, 0};
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
         count(layout::kPortfolio) <= 65536 && count(layout::kErrors) == kMaxConnections &&
         count(layout::kSeries) <= 65536 && is_ring_size(header.closed_candles) &&
         header.closed_candles <= 65536;
}

}  // namespace

Header make_header(const Capacities& capacities) noexcept {
  Header header;
  header.header_size = sizeof(Header);
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
  };
  std::uint64_t offset = sizeof(Header);
  for (std::uint32_t i = 0; i < layout::kPartCount; ++i) {
    const PartShape shape = shape_of(static_cast<Part>(i), header.closed_candles);
    header.parts[i] = {offset, counts[i], static_cast<std::uint32_t>(shape.stride)};
    offset += shape.prefix + std::uint64_t{counts[i]} * shape.stride;
    offset = (offset + layout::kLine - 1) / layout::kLine * layout::kLine;
  }
  header.segment_size = offset;
  return header;
}

bool geometry_is_sound(const Header& header, std::uint64_t file_size) noexcept {
  if (header.header_size != sizeof(Header) || header.segment_size != file_size ||
      file_size < sizeof(Header) || !counts_are_sound(header)) {
    return false;
  }
  for (std::uint32_t i = 0; i < layout::kPartCount; ++i) {
    const PartRef& part = header.parts[i];
    const PartShape shape = shape_of(static_cast<Part>(i), header.closed_candles);
    const std::uint64_t size = shape.prefix + std::uint64_t{part.count} * shape.stride;
    if (part.stride != shape.stride || part.offset % layout::kLine != 0 ||
        part.offset < sizeof(Header) || part.offset > file_size || size > file_size - part.offset) {
      return false;
    }
  }
  return true;
}

}  // namespace tickcache
