// What this process's CLOCK_BOOTTIME refers to.
#pragma once

#include <cstdint>
#include <limits>

#include "tickcache/layout.hpp"

namespace tickcache {

/// Stamps of two processes can be compared only if both are of one boot and of time namespaces with
/// the same offset.
struct ClockDomain {
  /// Of a time namespace that cannot be told: like no other.
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();

  std::uint8_t boot_id[16] = {};  ///< the kernel's random id of this boot; zero if there is none
  std::int64_t offset_ns = 0;     ///< of the time namespace's CLOCK_BOOTTIME; usually 0

  /// That of a segment's writer.
  static ClockDomain of(const layout::Header& header) noexcept;

  /// Whether stamps of `other` mean here what they mean there. Without a boot id the boot is not
  /// compared.
  [[nodiscard]] bool agrees_with(const ClockDomain& other) const noexcept;
};

/// Reads that of this process. Returns 0, or errno if it cannot be read now.
int read_clock_domain(ClockDomain& out) noexcept;

}  // namespace tickcache
