#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/fixed_point.hpp"
#include "sim/random.hpp"

// Checksummed ticks: a consumer can verify every value it reads, alone, without knowing what was
// sent.
//
//   quantity = sequence                     written with 8 fraction digits: "42.00000000"
//   price    = (1 + mix(fnv1a64(symbol) + sequence · 0x9e3779b97f4a7c15) mod 9999999999999) · 10^−8
//
// sequence counts the ticks of one symbol from 1, so that a consumer also sees gaps and reordering.
// A price that was put together from two ticks, or belongs to another symbol, does not verify.
namespace tickcache::sim {

inline constexpr int kChecksumDigits = 8;
inline constexpr std::int64_t kChecksumUnit = 100'000'000;

constexpr std::uint64_t symbol_hash(std::string_view symbol) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : symbol) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

// The price's mantissa at scale 8, at least 1.
constexpr std::int64_t checksum_price(std::uint64_t hash, std::uint64_t sequence) noexcept {
  const std::uint64_t mixed = mix(hash + sequence * 0x9e3779b97f4a7c15U);
  return 1 + static_cast<std::int64_t>(mixed % 9'999'999'999'999U);
}

// The quantity's mantissa at scale 8. sequence below 9·10^10.
constexpr std::int64_t checksum_quantity(std::uint64_t sequence) noexcept {
  return static_cast<std::int64_t>(sequence) * kChecksumUnit;
}

// The sequence number if price and quantity, as they were on the wire, belong together and to this
// symbol (upper case); otherwise nothing.
inline std::optional<std::uint64_t> verify_checksum(std::string_view symbol, std::string_view price,
                                                    std::string_view quantity) {
  std::uint64_t sequence = 0;
  const char* const end = quantity.data() + quantity.size();
  const auto read = std::from_chars(quantity.data(), end, sequence);
  if (read.ec != std::errc() || sequence == 0 || sequence > 90'000'000'000U) return std::nullopt;
  if (fixed_text(checksum_quantity(sequence), kChecksumDigits) != quantity) return std::nullopt;
  const std::int64_t expected = checksum_price(symbol_hash(symbol), sequence);
  if (fixed_text(expected, kChecksumDigits) != price) return std::nullopt;
  return sequence;
}

}  // namespace tickcache::sim
