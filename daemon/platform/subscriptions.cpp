#include "daemon/platform/subscriptions.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tickcache::daemon {
namespace {

using Channels = std::vector<Channel>;

/// The channels of the first connection: everything except candles.
Channels first_connection(const Wanted& wanted, bool& widened) {
  std::size_t room = kMaxSubscriptions;
  if (wanted.orders) --room;
  if (wanted.portfolio) --room;
  widened = !wanted.all_symbols && wanted.symbols.size() > room;

  Channels channels;
  if (wanted.all_symbols || widened) {
    channels.push_back({ChannelKind::all_tickers, {}, {}});
  } else {
    for (const SymbolText& symbol : wanted.symbols) {
      channels.push_back({ChannelKind::ticker, symbol, {}});
    }
  }
  if (wanted.orders) channels.push_back({ChannelKind::orders, {}, {}});
  if (wanted.portfolio) channels.push_back({ChannelKind::portfolio, {}, {}});
  return channels;
}

/// The connection for one more channel: the first that is in use and has room, so that no
/// connection is opened needlessly; else the first unused one.
Channels& find_room(std::vector<Channels>& connections) {
  const auto has_room = [](const Channels& channels) {
    return !channels.empty() && channels.size() < kMaxSubscriptions;
  };
  auto found = connections.begin()->empty()
                   ? connections.begin()
                   : std::find_if(connections.begin(), connections.end(), has_room);
  if (found == connections.end()) {
    found = std::find_if(connections.begin(), connections.end(),
                         [](const Channels& channels) { return channels.empty(); });
  }
  return found != connections.end() ? *found : connections.emplace_back();
}

}  // namespace

Filter::Filter(const Wanted& wanted) : everything_(wanted.all_symbols) {
  if (everything_ || wanted.symbols.empty()) return;
  std::size_t size = 2;
  while (size < 2 * wanted.symbols.size()) size *= 2;
  table_.resize(size);
  for (const SymbolText& symbol : wanted.symbols) table_[slot_of(symbol)] = symbol;
}

bool Filter::wants(const SymbolText& symbol) const noexcept {
  if (everything_) return true;
  if (table_.empty()) return false;
  return !table_[slot_of(symbol)].empty();
}

/// Where the symbol is, or the empty slot where it would be.
std::size_t Filter::slot_of(const SymbolText& symbol) const noexcept {
  std::uint64_t hash = 0;
  for (std::size_t at = 0; at < sizeof symbol.bytes; at += sizeof hash) {
    std::uint64_t word;
    std::memcpy(&word, symbol.bytes + at, sizeof word);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32;
  }
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash & mask;
  while (!table_[slot].empty() &&
         std::memcmp(table_[slot].bytes, symbol.bytes, sizeof symbol.bytes) != 0) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

bool Plan::contains(const Channel& channel) const {
  return std::any_of(connections.begin(), connections.end(), [&](const Channels& channels) {
    return std::find(channels.begin(), channels.end(), channel) != channels.end();
  });
}

Plan make_plan(const Wanted& wanted, const Plan& previous) {
  Plan plan;
  plan.connections.resize(std::max<std::size_t>(1, previous.connections.size()));
  plan.connections[0] = first_connection(wanted, plan.widened);

  Channels candles = wanted.candles;
  for (std::size_t i = 0; i < previous.connections.size(); ++i) {
    for (const Channel& channel : previous.connections[i]) {
      const auto candle = std::find(candles.begin(), candles.end(), channel);
      if (candle == candles.end() || plan.connections[i].size() == kMaxSubscriptions) continue;
      plan.connections[i].push_back(channel);
      candles.erase(candle);
    }
  }
  for (const Channel& channel : candles) find_room(plan.connections).push_back(channel);
  return plan;
}

}  // namespace tickcache::daemon
