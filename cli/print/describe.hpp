// Describes the state of the segment in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/print/table.hpp"
#include "encode/time.hpp"
#include "encode/words.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

using encode::counter_text;
using encode::verdict;
using encode::why;

/// "stale: feed reconnecting, price is 41 s old", where `noun` is "price". Without a value, as
/// encode::verdict().
[[nodiscard]] std::string verdict(Freshness freshness, Reason reason, std::string_view noun,
                                  bool has_value, std::int64_t age_ns);

/// For Reason::no_segment: `down: no daemon (no segment "tickcache"); start tickcached`, or another
/// reason why the segment cannot be opened.
[[nodiscard]] std::string no_segment_verdict(const Reader& reader);

/// verdict() of the whole feed.
[[nodiscard]] std::string feed_verdict(const Reader& reader, const Status& status);

/// "ticker:all", "candles:BTCUSDT:1m", "orders"
[[nodiscard]] std::string channel_name(const ChannelStatus& channel);

/// "acknowledged, 12,345 received, last 0.1 s ago"
[[nodiscard]] std::string channel_sentence(const ChannelStatus& channel, std::int64_t now_ns);

/// The intervals for which the exchange is known to have candles.
[[nodiscard]] std::string_view interval_hint() noexcept;

/// Up to this many channels are listed by name; more are only counted.
inline constexpr std::size_t kMostNamed = 8;

/// Why a kind of channel has delivered nothing: the channel_sentence() of the subscribed channel,
/// or that none is subscribed to. For candles, only the given series counts.
[[nodiscard]] std::string why_nothing_came(const Status& status, ChannelKind kind,
                                           std::string_view symbol = {},
                                           std::string_view interval = {});

/// "up for 3 h, epoch 1, 12,345 messages, last 0.1 s ago"; without the last error
[[nodiscard]] std::string connection_sentence(const ConnectionStatus& connection,
                                              std::int64_t now_ns);

/// Of a connection that brings ticks: "lag 12 ms, silent after 3.0 s without one"
[[nodiscard]] std::string ticks_sentence(const ConnectionStatus& connection);

/// When the exchange last had the stored prices: "by the exchange 0.8 s ago"
[[nodiscard]] std::string confirmation_sentence(const Status& status);

/// Of a follower: "through 1 other machine, at most 12 ms late"
[[nodiscard]] std::string way_sentence(const Status& status);

/// "1,234 comparisons, 2 failed requests, 620 snapshots, 0 healed"
[[nodiscard]] std::string rest_sentence(const Status& status);

/// "cannot connect (Connection refused), 0.3 s ago, 3 failed attempts in a row"; empty if the
/// connection has not failed.
[[nodiscard]] std::string last_error_text(const ConnectionStatus& connection, std::int64_t now_ns);

/// Whether the exchange refuses the connection because the account is suspended.
[[nodiscard]] bool is_suspended(const ConnectionStatus& connection) noexcept;
/// Whether it does because it cannot check keys itself.
[[nodiscard]] bool cannot_check_keys(const ConnectionStatus& connection) noexcept;

/// "accepted"; "rejected since 2026-02-23T15:30:45Z, retried until 2026-02-23T15:35:45Z, as it was
/// accepted before"
[[nodiscard]] std::string key_sentence(const Status& status, const encode::Clocks& clocks);

[[nodiscard]] Style style_of(Freshness freshness) noexcept;

}  // namespace tickcache::cli
