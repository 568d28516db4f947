#include "tests/libcache/later_version.hpp"

#include <array>
#include <cstring>

#include "tickcache/layout.hpp"

namespace tickcache::test {

namespace {

using layout::Header;
using layout::PartRef;

constexpr char kNew = '\xa5';  ///< what a later version has where this one has nothing
constexpr std::size_t kMoreHeader = 72;
constexpr std::size_t kMorePlace = 16;  ///< in each line of the table of parts
constexpr std::uint32_t kMoreParts = 2;

/// How docs/shm-layout.md describes an element: bytes, then records; in a series, records at its
/// end too.
struct Element {
  std::size_t beside;
  std::size_t records;
  bool ends_with_records = false;
};
constexpr std::array<Element, layout::kPartCount> kElements{{{1664, 0},
                                                             {72, 2},
                                                             {8, 0},
                                                             {32, 0},
                                                             {8, 2},
                                                             {0, 1},
                                                             {0, 1},
                                                             {136, 2, true},
                                                             {0, 1},
                                                             {8, 2},
                                                             {8, 2},
                                                             {8, 2}}};

std::uint64_t round_up(std::uint64_t size) { return (size + 63) / 64 * 64; }

bool may_grow(std::size_t part) { return part != layout::kIndex && part != layout::kNames; }

PartRef grown(std::size_t part, const PartRef& old, std::uint32_t closed_candles) {
  PartRef result = old;
  if (!may_grow(part)) return result;
  const Element& element = kElements[part];
  const std::size_t records = element.records + (element.ends_with_records ? closed_candles : 0);
  if (old.prefix > 0) result.prefix += 64;
  if (records > 0) result.record += 16;
  result.stride = static_cast<std::uint32_t>(
      round_up(element.beside + records * std::size_t{result.record}) + 64);
  return result;
}

void copy_element(std::size_t part, const char* from, const PartRef& old, char* to,
                  const PartRef& now, std::uint32_t closed_candles) {
  const Element& element = kElements[part];
  std::memcpy(to, from, element.beside);
  for (std::size_t i = 0; i < element.records; ++i) {
    std::memcpy(to + element.beside + i * now.record, from + element.beside + i * old.record,
                old.record);
  }
  if (!element.ends_with_records) return;
  for (std::size_t i = 1; i <= closed_candles; ++i) {
    std::memcpy(to + now.stride - i * now.record, from + old.stride - i * old.record, old.record);
  }
}

}  // namespace

std::string in_later_minor(const std::string& bytes) {
  Header header;
  std::memcpy(static_cast<void*>(&header), bytes.data(), sizeof header);
  std::array<PartRef, layout::kPartCount> now;
  const std::size_t table = offsetof(Header, parts) + kMoreHeader;
  const std::size_t place = sizeof(PartRef) + kMorePlace;
  std::uint64_t offset = round_up(table + (layout::kPartCount + kMoreParts) * place);
  const std::uint64_t new_part = offset;
  offset += 64;
  for (std::size_t i = 0; i < now.size(); ++i) {
    now[i] = grown(i, header.parts[i], header.closed_candles);
    now[i].offset = offset;
    offset = round_up(offset + now[i].prefix + std::uint64_t{now[i].count} * now[i].stride);
  }

  std::string result(offset, kNew);
  header.minor = layout::kMinor + 1;
  header.header_size = static_cast<std::uint32_t>(table);
  header.part_count = layout::kPartCount + kMoreParts;
  header.part_stride = static_cast<std::uint32_t>(place);
  header.segment_size = offset;
  std::memcpy(result.data(), &header, offsetof(Header, parts));
  for (std::size_t i = 0; i < now.size(); ++i) {
    std::memcpy(result.data() + table + i * place, &now[i], sizeof now[i]);
    const PartRef& old = header.parts[i];
    const char* from = bytes.data() + old.offset;
    char* to = result.data() + now[i].offset;
    std::memcpy(to, from, old.prefix);
    for (std::uint32_t k = 0; k < old.count; ++k) {
      copy_element(i, from + old.prefix + std::size_t{k} * old.stride, old,
                   to + now[i].prefix + std::size_t{k} * now[i].stride, now[i],
                   header.closed_candles);
    }
  }
  // Of the new parts one is there; what the table says of the other is for its readers.
  const PartRef known_later{new_part, 0, 1, 64, 0};
  std::memcpy(result.data() + table + layout::kPartCount * place, &known_later, sizeof known_later);
  return result;
}

std::string with_version(std::string bytes, std::uint16_t major, std::uint16_t minor) {
  std::memcpy(bytes.data() + offsetof(Header, major), &major, sizeof major);
  std::memcpy(bytes.data() + offsetof(Header, minor), &minor, sizeof minor);
  return bytes;
}

}  // namespace tickcache::test
