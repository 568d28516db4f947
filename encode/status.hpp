// The daemon's status as JSON, and its channels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "encode/time.hpp"
#include "encode/words.hpp"
#include "tickcache/status.hpp"

namespace tickcache::encode {

/// Those of `status` that tickcached has declared.
[[nodiscard]] inline std::span<const ChannelStatus> channels_of(const Status& status) noexcept {
  return {status.channels, std::min(status.channel_count, kMaxChannels)};
}

/// Whether a channel in use brings ticks on that connection.
[[nodiscard]] bool brings_ticks(const Status& status, std::size_t connection) noexcept;

/// Whether the exchange, asked, had the stored prices, and recently enough.
[[nodiscard]] bool is_confirmed(const Status& status) noexcept;

/// What has come of the requests for all prices, in this run of the daemon.
enum class RestState : std::uint8_t {
  unused,     ///< none was sent
  answers,    ///< at least one was answered; verified_ns says how lately
  no_answer,  ///< none was answered in a usable form
};
[[nodiscard]] RestState rest_state(const Status& status) noexcept;
/// "unused", "answers", "no_answer"
[[nodiscard]] std::string_view to_string(RestState state) noexcept;

/// The same of a channel's status.
[[nodiscard]] std::string channel_name(const ChannelStatus& channel);

/// Whether it stands for the candles of every symbol, made of ticks.
[[nodiscard]] bool is_of_all(const ChannelStatus& channel) noexcept;

/// Whether data of the kind comes on the channel. Symbol and interval are of tickers and candles.
[[nodiscard]] bool brings(const ChannelStatus& channel, ChannelKind kind, std::string_view symbol,
                          std::string_view interval) noexcept;

/// The whole status on one line (docs/cli.md). `segment` is the segment's name.
[[nodiscard]] std::string status_json(std::string_view segment, const Status& status,
                                      const Clocks& clocks);

}  // namespace tickcache::encode
