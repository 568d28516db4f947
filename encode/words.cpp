#include "encode/words.hpp"

#include <fmt/format.h>

#include <utility>

namespace tickcache::encode {

std::string_view why(Reason reason) noexcept {
  constexpr std::pair<Reason, std::string_view> kTexts[] = {
      {Reason::none, ""},
      {Reason::never_seen, "never seen"},
      {Reason::no_segment, "no daemon; start tickcached"},
      {Reason::stopped, "tickcached was stopped"},
      {Reason::auth_failed,
       "tickcached stopped because the exchange rejected the API key or suspended the account"},
      {Reason::superseded, "tickcached was restarted, its new segment cannot be opened"},
      {Reason::heartbeat_lost, "no heartbeat from tickcached (killed or suspended)"},
      {Reason::previous_epoch, "nothing received since the feed reconnected"},
      {Reason::reconnecting, "feed reconnecting"},
      {Reason::silent, "feed connected but silent"},
      {Reason::too_old, "older than the given max-age"},
      {Reason::busy, "the writer was always faster; try again"},
      {Reason::unsubscribed, "tickcached no longer subscribes to it"},
      {Reason::lagging, "ticks arrive late"},
      {Reason::unconfirmed, "the exchange has another price, or has not confirmed this one"},
      {Reason::rejected, "a later price could not be read"},
  };
  for (const auto& [known, text] : kTexts) {
    if (known == reason) return text;
  }
  return "for a reason that this version does not know";
}

std::string verdict(Freshness freshness, Reason reason) {
  const std::string_view because = why(reason);
  if (because.empty()) return to_string(freshness);
  return fmt::format("{}: {}", to_string(freshness), because);
}

std::string channel_name(ChannelKind kind, std::string_view symbol, std::string_view interval) {
  if (kind == ChannelKind::all_tickers) return "ticker:all";
  std::string name = to_string(kind);
  const bool candles = kind == ChannelKind::candles;
  if (candles || kind == ChannelKind::ticker) name.append(":").append(symbol);
  if (candles) name.append(":").append(interval);
  return name;
}

}  // namespace tickcache::encode
