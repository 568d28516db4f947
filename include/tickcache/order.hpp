// An update of one of the account's orders.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tickcache/decimal.hpp"
#include "tickcache/text.hpp"

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
  Decimal quantity;
  Decimal price;
  Decimal executed_price;
  Decimal executed_quantity;
  Decimal fee;
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
  [[nodiscard]] std::optional<Decimal> decimal(Field field) const noexcept {
    if (!(fields & field)) return std::nullopt;
    switch (field) {
      case kQuantity:
        return quantity;
      case kPrice:
        return price;
      case kExecutedPrice:
        return executed_price;
      case kExecutedQuantity:
        return executed_quantity;
      case kFee:
        return fee;
    }
    return std::nullopt;
  }
};

static_assert(sizeof(Order) == 1408);

}  // namespace tickcache
