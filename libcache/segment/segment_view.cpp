#include "libcache/segment/segment_view.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

namespace tickcache {

namespace {

using layout::Header;
using layout::PartRef;

constexpr std::uint32_t kRingPrefix = sizeof(layout::RingPrefix);
constexpr std::uint64_t kHead = sizeof(layout::Word);
constexpr std::uint32_t kMaxRecords = 65536;

/// What a part of major version 2 has at least: bytes before its elements; in an element, bytes
/// beside its records, and records; bytes of a record. These are those of 2.0 for good: what a
/// later minor version appends is longer, and its readers do without in an older segment. And how
/// many elements it may have.
struct PartRule {
  std::uint32_t prefix;
  std::uint64_t fixed;
  std::uint64_t records;
  std::uint32_t record;
  std::uint32_t fewest;
  std::uint32_t most;
  bool power_of_two = false;
};

constexpr PartRule kRules[] = {
    {0, sizeof(layout::StatusPart), 0, 0, 1, 1},
    {0, offsetof(layout::ChannelSlot, record) + kHead, 2, sizeof(layout::ChannelRecord), 0,
     kMaxChannels},
    {0, sizeof(layout::Word), 0, 0, 2, 4 * layout::kMaxCells, true},
    {0, sizeof(layout::SymbolWords), 0, 0, 1, layout::kMaxCells},
    {0, kHead, 2, sizeof(Ticker), 1, layout::kMaxCells},
    {kRingPrefix, 0, 1, sizeof(Ticker), 2, layout::kMaxTape, true},
    {kRingPrefix, 0, 1, sizeof(Order), 2, kMaxRecords, true},
    // The series' closed candles come on top.
    {0, offsetof(layout::SeriesPrefix, open) + kHead, 2, sizeof(Candle), 0, kMaxRecords},
    {kRingPrefix, 0, 1, sizeof(Portfolio), 2, kMaxRecords, true},
    {0, kHead, 2, sizeof(layout::ConnectionError), kMaxConnections, kMaxConnections},
    {0, kHead, 2, sizeof(layout::Gap), 1, 1},
    {0, kHead, 2, sizeof(layout::KnownOrder), 1, kMaxRecords},
};
static_assert(std::size(kRules) == layout::kPartCount);

/// Bytes that an element of the part needs if its records are of `record` bytes.
std::uint64_t element_size(const Header& header, std::uint32_t part,
                           std::uint32_t record) noexcept {
  const std::uint64_t closed = part == layout::kSeries ? header.closed_candles : 0;
  return kRules[part].fixed + (kRules[part].records + closed) * record;
}

/// What is looked up at every tick has elements of one size for the whole major version.
constexpr bool has_fixed_stride(std::uint32_t part) noexcept {
  return part == layout::kIndex || part == layout::kNames;
}

constexpr std::uint64_t round_up(std::uint64_t size, std::uint64_t to) noexcept {
  return (size + to - 1) / to * to;
}

/// Where the table of parts ends.
std::uint64_t table_end(const Header& header) noexcept {
  return header.header_size + std::uint64_t{header.part_count} * header.part_stride;
}

/// Whether the part's elements have room for what this version reads of them, on lines of their
/// own.
bool elements_are_sound(const Header& header, std::uint32_t part) noexcept {
  const PartRule& rule = kRules[part];
  const PartRef& ref = header.parts[part];
  if (has_fixed_stride(part)) return ref.prefix == 0 && ref.stride == rule.fixed;
  const bool records_fit =
      rule.records == 0 || (ref.record >= rule.record && ref.record % sizeof(layout::Word) == 0);
  return records_fit && ref.prefix >= rule.prefix && ref.prefix % layout::kLine == 0 &&
         ref.stride >= element_size(header, part, ref.record) && ref.stride % layout::kLine == 0;
}

bool part_is_sound(const Header& header, std::uint32_t part, std::uint64_t file_size) noexcept {
  const PartRule& rule = kRules[part];
  const PartRef& ref = header.parts[part];
  const bool may_be_absent = part == layout::kErrors || part == layout::kKnownOrders;
  if (may_be_absent && ref.offset == 0) return true;
  const std::uint64_t size = ref.prefix + std::uint64_t{ref.count} * ref.stride;
  return ref.count >= rule.fewest && ref.count <= rule.most &&
         (!rule.power_of_two || std::has_single_bit(ref.count)) &&
         elements_are_sound(header, part) && ref.offset >= table_end(header) &&
         ref.offset % layout::kLine == 0 && ref.offset <= file_size &&
         size <= file_size - ref.offset;
}

}  // namespace

Header make_header(const Capacities& capacities) noexcept {
  Header header;
  header.header_size = offsetof(Header, parts);
  header.closed_candles = layout::kClosedCandles;
  const std::uint32_t symbols = capacities.symbols;
  const std::uint32_t index = std::bit_ceil(std::min(symbols, layout::kMaxCells) * 4U);
  const std::uint32_t counts[layout::kPartCount] = {1,
                                                    kMaxChannels,
                                                    index,
                                                    symbols,
                                                    symbols,
                                                    capacities.tape,
                                                    layout::kOrderSlots,
                                                    capacities.series,
                                                    layout::kPortfolioSlots,
                                                    kMaxConnections,
                                                    1,
                                                    layout::kKnownOrderSlots};
  std::uint64_t offset = round_up(sizeof(Header), layout::kLine);
  for (std::uint32_t i = 0; i < layout::kPartCount; ++i) {
    const PartRule& rule = kRules[i];
    std::uint64_t stride = element_size(header, i, rule.record);
    if (!has_fixed_stride(i)) stride = round_up(stride, layout::kLine);
    header.parts[i] = {offset, rule.prefix, counts[i], static_cast<std::uint32_t>(stride),
                       rule.record};
    offset = round_up(offset + rule.prefix + counts[i] * stride, layout::kLine);
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
  const auto count = [&](layout::Part part) { return header.parts[part].count; };
  const std::uint32_t closed = header.closed_candles;
  if (!header_is_sound(header, file_size) || count(layout::kNames) != count(layout::kCells) ||
      count(layout::kIndex) <= count(layout::kCells) || closed < 2 || closed > kMaxRecords ||
      !std::has_single_bit(closed)) {
    return false;
  }
  for (std::uint32_t i = 0; i < layout::kPartCount; ++i) {
    if (!part_is_sound(header, i, file_size)) return false;
  }
  return true;
}

}  // namespace tickcache
