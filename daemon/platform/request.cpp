#include "daemon/platform/request.hpp"

#include <string_view>

namespace tickcache::daemon {
namespace {

std::string_view kind_name(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::all_tickers:
      return "ticker_all";
    case ChannelKind::ticker:
      return "ticker";
    case ChannelKind::candles:
      return "candles";
    case ChannelKind::orders:
      return "orders";
    case ChannelKind::portfolio:
      return "portfolio";
  }
  return "";
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  json.append(",\"").append(name).append("\":\"").append(value).append("\"");
}

}  // namespace

std::string joined_name(const Channel& channel) {
  if (channel.kind == ChannelKind::all_tickers) return "ticker:all";
  std::string name{kind_name(channel.kind)};
  if (!channel.symbol.empty()) name.append(":").append(channel.symbol.view());
  if (!channel.interval.empty()) name.append(":").append(channel.interval.view());
  return name;
}

std::string request_text(const Channel& channel, bool subscribe, Form form) {
  std::string json = R"({"action":")";
  json.append(subscribe ? "subscribe" : "unsubscribe").append("\"");
  const bool split = form == kSplit;
  append_member(json, "channel", split ? kind_name(channel.kind) : joined_name(channel));
  if (split && !channel.symbol.empty()) append_member(json, "symbol", channel.symbol.view());
  if (split && !channel.interval.empty()) append_member(json, "interval", channel.interval.view());
  return json.append("}");
}

}  // namespace tickcache::daemon
