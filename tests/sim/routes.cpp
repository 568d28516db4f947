#include "sim/routes.hpp"

namespace tickcache::sim {

void Routes::rebuild(const Sessions& sessions, const Market& market) {
  constexpr std::string_view kTicker = "ticker:";
  all_.clear();
  for (Receivers& receivers : direct_) receivers.clear();
  others_.clear();
  for (const auto& [id, session] : sessions) {
    for (const std::string& channel : session->state.subscriptions()) {
      if (channel == "ticker:all") {
        all_.push_back(session.get());
      } else if (channel.compare(0, kTicker.size(), kTicker) == 0) {
        const auto symbol = market.find(std::string_view(channel).substr(kTicker.size()));
        if (symbol) direct_[*symbol].push_back(session.get());
      } else {
        others_[channel].push_back(session.get());
      }
    }
  }
  candle_channels_.clear();
  for (const auto& [channel, receivers] : others_) {
    if (channel.compare(0, 8, "candles:") == 0) candle_channels_.push_back(channel);
  }
}

const Receivers& Routes::of(const std::string& channel) const {
  static const Receivers kNobody;
  const auto found = others_.find(channel);
  return found == others_.end() ? kNobody : found->second;
}

}  // namespace tickcache::sim
