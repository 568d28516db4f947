#include "daemon/core/capacity_watch.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace tickcache::daemon {

std::string CapacityWatch::advice(const Event& event) {
  if (const auto* tick = std::get_if<TickEvent>(&event)) {
    if (std::exchange(told_ticker_, true)) return {};
    return std::string(tick->symbol.view()) + " does not fit into the segment: max-symbols is " +
           std::to_string(writer_.view().cell_count()) +
           "; raise it and restart tickcached (this is said once, the others are counted)";
  }
  if (const auto* candle = std::get_if<CandleEvent>(&event)) {
    if (std::exchange(told_candles_, true)) return {};
    return "candles:" + std::string(candle->symbol.view()) + ":" +
           std::string(candle->interval.view()) + " do not fit into the segment: it has room for " +
           std::to_string(writer_.view().count(layout::kSeries)) +
           " series, and those that are no longer configured keep theirs until tickcached is "
           "restarted";
  }
  return {};
}

std::string CapacityWatch::advice(const Wanted& wanted) const {
  const WritableSegmentView& view = writer_.view();
  const auto missing = static_cast<std::size_t>(std::count_if(
      wanted.symbols.begin(), wanted.symbols.end(),
      [&](const SymbolText& symbol) { return !view.find(SymbolKey::from(symbol.view())); }));
  const std::size_t room = view.cell_count() - view.symbol_count();
  if (missing <= room) return {};
  return std::to_string(missing - room) + " of " + std::to_string(wanted.symbols.size()) +
         " symbols will not fit into the segment: max-symbols is " +
         std::to_string(view.cell_count()) +
         ", and symbols of before keep their places until tickcached is restarted";
}

}  // namespace tickcache::daemon
