// The messages and records of a feed in Redis (docs/redis.md), read back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/platform/rest_json.hpp"
#include "daemon/sources/redis/follower.hpp"
#include "tickcache/candle.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"
#include "tickcache/ticker.hpp"

namespace tickcache::daemon {

/// What the origin would have told a reader, and how old the record was there.
struct Told {
  Freshness freshness = Freshness::down;
  Reason reason = Reason::none;
  Time age{};

  [[nodiscard]] bool live() const noexcept { return freshness == Freshness::live; }
};

struct MirroredTicker {
  SymbolText symbol;
  Ticker ticker;  ///< received_ns, epoch and not_stored are the follower's to fill in
  Told told;
  Time at{};  ///< of one in the hash: the origin's clock when it was written
};
struct MirroredOrder {
  Order order;
  std::uint64_t position = 0;  ///< in the origin's segment
  Time age{};
};
struct MirroredCandle {
  SymbolText symbol;
  IntervalText interval;
  Candle candle;
  Told told;
};
struct MirroredPortfolio {
  Portfolio portfolio;
  Time age{};
};

/// What a beat says besides its head.
struct Beat {
  Told orders;
  std::int64_t order_gap_since_ns = 0;
  Told portfolio;
  std::uint64_t hops = 0;
};

/// One message. Valid as long as the text it was read from.
class RedisMessage {
 public:
  /// False if it is not one, or a part that decides about trust is absent.
  bool read(std::string_view text);

  [[nodiscard]] const MessageHead& head() const noexcept { return head_; }
  [[nodiscard]] Beat beat() const;

  /// Calls `use` with each record of an array that `take` can read. Returns how many it could not.
  template <class Take, class Use>
  std::size_t each(const char* array, Take take, Use use) const {
    const JsonValue* const records = find_in(json_, array);
    if (records == nullptr || !records->IsArray()) return 0;
    std::size_t wrong = 0;
    for (const JsonValue& json : records->GetArray()) {
      const auto record = json.IsObject() ? take(json) : std::nullopt;
      record ? use(*record) : static_cast<void>(++wrong);
    }
    return wrong;
  }
  [[nodiscard]] std::vector<std::optional<MirroredOrder>> orders() const;

 private:
  std::string_view text_;
  Json json_;
  MessageHead head_;
};

// Single records, as the hash and the streams have them. Nothing if they cannot be read.
[[nodiscard]] std::optional<MirroredTicker> read_ticker(const JsonValue& json);
[[nodiscard]] std::optional<MirroredCandle> read_candle(const JsonValue& json);
[[nodiscard]] std::optional<MirroredPortfolio> read_portfolio(const JsonValue& json);
/// From its text: the order's own data stays as it is written there.
[[nodiscard]] std::optional<MirroredOrder> parse_order(std::string_view record);

/// As these, from a record's text.
template <class Read>
auto parse_record(std::string_view text, Read read) {
  Json json;
  return parse_object(text, json) ? read(json) : std::nullopt;
}

/// "EPOCH:INSTANCE"; one with epoch 0 if it is not.
[[nodiscard]] Tenancy parse_tenancy(std::string_view text);
/// A time of an origin's clock, in microseconds.
[[nodiscard]] std::optional<Time> parse_clock(std::string_view text);
/// Texts of a JSON list; none if it is not one.
[[nodiscard]] std::vector<std::string> parse_texts(std::string_view list);

}  // namespace tickcache::daemon
