#include "daemon/platform/lost_channel.hpp"

#include "daemon/platform/channel_name.hpp"

namespace tickcache::daemon {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// The text of the first member of that name which has one; `quoted` is the name in quotes. Nothing
/// if there is none.
std::optional<std::string_view> text_of(std::string_view message,
                                        std::string_view quoted) noexcept {
  for (auto at = message.find(quoted); at != message.npos; at = message.find(quoted, at)) {
    at += quoted.size();
    const auto colon = message.find_first_not_of(kBlanks, at);
    if (colon == message.npos || message[colon] != ':') continue;
    const auto open = message.find_first_not_of(kBlanks, colon + 1);
    if (open == message.npos || message[open] != '"') continue;
    const auto close = message.find('"', open + 1);
    return close == message.npos ? std::nullopt
                                 : std::optional(message.substr(open + 1, close - open - 1));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Channel> lost_channel(std::string_view message) noexcept {
  const auto channel = text_of(message, "\"channel\"");
  const auto type = text_of(message, "\"type\"");
  std::optional<ChannelName> name;
  if (channel) name = parse_channel_name(*channel);
  if (!name && type) name = parse_channel_name(*type);
  if (!name) {
    if (channel || type) return std::nullopt;  // something else
    name = ChannelName{ChannelKind::ticker, {}, {}};
  }

  Channel lost;
  lost.kind = name->kind == ChannelKind::all_tickers ? ChannelKind::ticker : name->kind;
  if (lost.kind == ChannelKind::orders || lost.kind == ChannelKind::portfolio) return lost;
  const auto symbol = name->symbol ? name->symbol : text_of(message, "\"symbol\"");
  if (!symbol || !assign_symbol(*symbol, lost.symbol)) return std::nullopt;
  if (lost.kind == ChannelKind::ticker) return lost;
  const auto interval = name->interval ? name->interval : text_of(message, "\"interval\"");
  if (!interval || !assign_interval(*interval, lost.interval)) return std::nullopt;
  return lost;
}

}  // namespace tickcache::daemon
