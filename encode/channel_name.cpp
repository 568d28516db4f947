#include "encode/channel_name.hpp"

namespace tickcache::encode {

std::string channel_name(const ChannelStatus& channel) {
  const std::string symbol(channel.symbol.view());
  switch (channel.kind) {
    case ChannelKind::all_tickers:
      return "ticker:all";
    case ChannelKind::ticker:
      return "ticker:" + symbol;
    case ChannelKind::candles:
      return "candles:" + symbol + ":" + std::string(channel.interval.view());
    case ChannelKind::orders:
      return "orders";
    case ChannelKind::portfolio:
      return "portfolio";
  }
  return "unknown";
}

}  // namespace tickcache::encode
