// An update of one of the account's orders.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tickcache/decimal.hpp"
#include "tickcache/text.hpp"
#include "tickcache/time.hpp"

namespace tickcache {

/// An order update, laid out as in shared memory (docs/shm-layout.md, "Order").
struct Order {
  /// Bits of `fields`: the decimals that were sent and fit exactly.
  enum Field : std::uint8_t {
    kQuantity = 1,
    kPrice = 2,
    kExecutedPrice = 4,
    kExecutedQuantity = 8,
    kFee = 16,
  };
  /// Bits of `flags`.
  enum Flag : std::uint8_t {
    kDataCut = 1,  ///< `data` was truncated and is not valid JSON
    kTextCut = 2,  ///< another text below was truncated
  };

  Text<40> id;
  SymbolText symbol;
  Text<24> status;  ///< as the exchange sent it: pending, partially_filled, filled, cancelled,
                    ///< rejected …
  Text<16> type;    ///< market, limit, stop_loss, take_profit …
  Text<8> side;     ///< buy or sell
  Text<128> rejected_reason;
  Decimal decimals[5];               ///< in the order of Field; decimal() and its kin read them
  std::int64_t filled_at_ns = 0;     ///< Unix time; 0 if not sent
  std::int64_t cancelled_at_ns = 0;  ///< Unix time; 0 if not sent
  std::int64_t received_ns = 0;      ///< CLOCK_BOOTTIME when the daemon received it
  /// Not 0: the connection was lost at this Unix time, and updates since then may be missing just
  /// before this one.
  std::int64_t gap_since_ns = 0;
  std::uint32_t epoch = 0;  ///< session that delivered it; 0: carried over
  std::uint8_t connection = 0;
  std::uint8_t fields = 0;
  std::uint8_t flags = 0;
  std::uint8_t origin = 0;  ///< Source: websocket or rest; 0: unknown
  /// The message's data object: JSON, as the exchange sent it. Of an update that was requested, in
  /// the same form.
  Text<1040> data;

  /// The decimal of that field, or nothing if it was not sent or does not fit exactly.
  [[nodiscard]] constexpr std::optional<Decimal> decimal(Field field) const noexcept {
    if (!(fields & field)) return std::nullopt;
    return decimals[std::countr_zero(unsigned{field})];
  }
  [[nodiscard]] constexpr std::optional<Decimal> quantity() const noexcept {
    return decimal(kQuantity);
  }
  /// Of a limit or stop order.
  [[nodiscard]] constexpr std::optional<Decimal> price() const noexcept { return decimal(kPrice); }
  [[nodiscard]] constexpr std::optional<Decimal> executed_price() const noexcept {
    return decimal(kExecutedPrice);
  }
  [[nodiscard]] constexpr std::optional<Decimal> executed_quantity() const noexcept {
    return decimal(kExecutedQuantity);
  }
  [[nodiscard]] constexpr std::optional<Decimal> fee() const noexcept { return decimal(kFee); }

  /// By the exchange's clock; nothing if not sent.
  [[nodiscard]] constexpr std::optional<UnixTime> filled_at() const noexcept {
    return unix_time(filled_at_ns);
  }
  [[nodiscard]] constexpr std::optional<UnixTime> cancelled_at() const noexcept {
    return unix_time(cancelled_at_ns);
  }
  /// When the connection was lost, if updates may be missing just before this one.
  [[nodiscard]] constexpr std::optional<UnixTime> gap_since() const noexcept {
    return unix_time(gap_since_ns);
  }
  /// When the daemon received it.
  [[nodiscard]] constexpr BootTime received() const noexcept { return boot_time(received_ns); }

  constexpr void set(Field field, Decimal value) noexcept {
    decimals[std::countr_zero(unsigned{field})] = value;
    fields |= field;
  }
};

static_assert(sizeof(Order) == 1408);

}  // namespace tickcache
