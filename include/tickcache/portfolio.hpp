// A snapshot of the account.
#pragma once

#include <cstdint>

#include "tickcache/text.hpp"
#include "tickcache/time.hpp"

namespace tickcache {

/// A portfolio snapshot, laid out as in shared memory (docs/shm-layout.md, "Portfolio").
/// Amounts are text, because they can have more digits than a Decimal. Empty if not sent.
struct Portfolio {
  AmountText total_equity;
  AmountText available_cash;
  AmountText unrealized_pnl;
  AmountText realized_pnl;
  AmountText roi_pct;
  std::int64_t exchange_time_ns = 0;  ///< the exchange's Unix time; 0 if not sent
  std::int64_t received_ns = 0;       ///< CLOCK_BOOTTIME when the daemon received it
  std::uint32_t epoch = 0;            ///< session that delivered it; 0: carried over
  std::uint8_t connection = 0;
  std::uint8_t flags = 0;
  std::uint8_t origin = 0;  ///< Source: websocket or rest; 0: unknown
  std::uint8_t reserved[1] = {};

  /// By the exchange's clock; nothing if not sent.
  [[nodiscard]] constexpr std::optional<UnixTime> exchange_time() const noexcept {
    return unix_time(exchange_time_ns);
  }
  /// When the daemon received it.
  [[nodiscard]] constexpr BootTime received() const noexcept { return boot_time(received_ns); }

  static constexpr std::uint8_t kMissingBefore = 1;  ///< snapshots before it were not stored
};

static_assert(sizeof(Portfolio) == 224);

}  // namespace tickcache
