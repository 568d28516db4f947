// The latest trade of a symbol: its price, quantity and time. The feed has no bids and asks.
#pragma once

#include <cstdint>
#include <optional>

#include "tickcache/decimal.hpp"
#include "tickcache/time.hpp"

namespace tickcache {

/// One tick, or a price that the daemon asked for (see is_snapshot()); laid out as in shared memory
/// (docs/shm-layout.md, "Ticker").
struct Ticker {
  std::int64_t price_mantissa = 0;
  std::int64_t quantity_mantissa = 0;
  std::int64_t exchange_time_ns = 0;  ///< the exchange's Unix time; 0 if not sent
  /// CLOCK_BOOTTIME when the daemon received it, or for a snapshot, when it asked for it.
  std::int64_t received_ns = 0;
  std::uint64_t updates = 0;  ///< ticks of this symbol so far, including this and those not stored
  std::uint32_t epoch = 0;    ///< session that delivered it; 0: not of a present subscription
  std::uint8_t connection = 0;
  std::uint8_t price_scale = 0;
  std::uint8_t quantity_scale = 0;
  std::uint8_t flags = 0;
  std::uint32_t symbol_index = 0;  ///< number of the symbol's cell
  std::uint8_t objections = 0;     ///< any bit, even an unknown one, means not live
  /// Ticks of this symbol just before this one that were not stored: rejected, or sent while the
  /// daemon did not subscribe to it (counted as one). 255: or more.
  std::uint8_t not_stored = 0;
  /// Delay of the tick compared with the fastest ones; of a snapshot, how long the exchange took to
  /// answer. 65535: or more; 0: none, or unknown.
  std::uint16_t lag_ms = 0;

  static constexpr std::uint8_t kHasQuantity = 1;
  static constexpr std::uint8_t kHasBuyerIsMaker = 2;
  static constexpr std::uint8_t kBuyerIsMaker = 4;
  static constexpr std::uint8_t kSnapshot = 8;    ///< a requested price, not a tick
  static constexpr std::uint8_t kOvertaken = 16;  ///< on the tape only: older than a snapshot

  // Bits of `objections`.
  static constexpr std::uint8_t kLate = 1;          ///< Reason::lagging
  static constexpr std::uint8_t kRejected = 2;      ///< Reason::rejected; epoch is 0
  static constexpr std::uint8_t kLost = 4;          ///< Reason::unconfirmed
  static constexpr std::uint8_t kUnsubscribed = 8;  ///< Reason::unsubscribed; epoch is 0

  /// Of the latest trade: neither bid nor ask. Always positive; exact, with the exchange's digits.
  [[nodiscard]] constexpr Decimal price() const noexcept {
    return {price_mantissa, price_scale, {}};
  }
  /// When the trade was, by the exchange's clock; nothing if not sent.
  [[nodiscard]] constexpr std::optional<UnixTime> exchange_time() const noexcept {
    return unix_time(exchange_time_ns);
  }
  /// When the daemon received it, or for a snapshot, when it asked for it.
  [[nodiscard]] constexpr BootTime received() const noexcept { return boot_time(received_ns); }
  /// A price that the daemon asked for, because no tick brought it: after connecting, or when ticks
  /// were lost. It has no quantity, and `updates` does not count it.
  [[nodiscard]] constexpr bool is_snapshot() const noexcept { return (flags & kSnapshot) != 0; }
  /// A tick that came after a snapshot with a newer price. Only feeds deliver it.
  [[nodiscard]] constexpr bool is_overtaken() const noexcept { return (flags & kOvertaken) != 0; }
  /// Nothing if the exchange sent none, or one that does not fit exactly.
  [[nodiscard]] constexpr std::optional<Decimal> quantity() const noexcept {
    if (!(flags & kHasQuantity)) return std::nullopt;
    return Decimal{quantity_mantissa, quantity_scale, {}};
  }
  /// True if the buyer's order was the resting one; nothing if not sent.
  [[nodiscard]] constexpr std::optional<bool> buyer_is_maker() const noexcept {
    if (!(flags & kHasBuyerIsMaker)) return std::nullopt;
    return (flags & kBuyerIsMaker) != 0;
  }

  constexpr void set_price(Decimal price) noexcept {
    price_mantissa = price.mantissa;
    price_scale = price.scale;
  }
  constexpr void set_quantity(Decimal quantity) noexcept {
    quantity_mantissa = quantity.mantissa;
    quantity_scale = quantity.scale;
    flags |= kHasQuantity;
  }
  constexpr void set_buyer_is_maker(bool value) noexcept {
    flags = static_cast<std::uint8_t>((flags & ~kBuyerIsMaker) | kHasBuyerIsMaker |
                                      (value ? kBuyerIsMaker : 0));
  }
};

static_assert(sizeof(Ticker) == 56);

}  // namespace tickcache
