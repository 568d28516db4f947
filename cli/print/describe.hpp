// What the segment says, in sentences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/print/table.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

/// "feed reconnecting"; empty for Reason::none.
[[nodiscard]] std::string_view why(Reason reason) noexcept;

/// "live", "stale: feed reconnecting"
[[nodiscard]] std::string verdict(Freshness freshness, Reason reason);

/// "stale: feed reconnecting, price is 41 s old"; `noun` is what the value is called. Without a
/// value, as above.
[[nodiscard]] std::string verdict(Freshness freshness, Reason reason, std::string_view noun,
                                  bool has_value, std::int64_t age_ns);

/// For Reason::no_segment: `down: no daemon (no segment "tickcache"); start tickcached`, or what
/// else keeps the segment from being opened.
[[nodiscard]] std::string no_segment_verdict(const Reader& reader);

/// verdict() of the whole feed.
[[nodiscard]] std::string feed_verdict(const Reader& reader, const Status& status);

/// "ticker:all", "candles:BTCUSDT:1m", "orders"
[[nodiscard]] std::string channel_name(const ChannelStatus& channel);

/// "acknowledged, 12,345 received, last 0.1 s ago"
[[nodiscard]] std::string channel_sentence(const ChannelStatus& channel, std::int64_t now_ns);

/// Which intervals the exchange is known to have candles for.
[[nodiscard]] std::string_view interval_hint() noexcept;

/// So many channels are named one by one, and more only counted.
inline constexpr std::size_t kMostNamed = 8;

/// Why nothing has come on a kind of channel: the sentence of the one that is subscribed to, or
/// that there is none. For candles, only the series asked for counts.
[[nodiscard]] std::string why_nothing_came(const Status& status, ChannelKind kind,
                                           std::string_view symbol = {},
                                           std::string_view interval = {});

/// "up for 3 h, epoch 1, 12,345 messages, last 0.1 s ago"; without the last error
[[nodiscard]] std::string connection_sentence(const ConnectionStatus& connection,
                                              std::int64_t now_ns);

/// "cannot connect (Connection refused), 0.3 s ago, 3 failed attempts in a row"; empty if the
/// connection has not failed.
[[nodiscard]] std::string last_error_text(const ConnectionStatus& connection, std::int64_t now_ns);

/// "ticks stored"; empty for a number that is no counter.
[[nodiscard]] std::string_view counter_text(Counter counter) noexcept;

/// The colour of trust.
[[nodiscard]] Style style_of(Freshness freshness) noexcept;

}  // namespace tickcache::cli
