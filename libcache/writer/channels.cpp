// The channels, their subscriptions and the standing of their data.
#include <algorithm>

#include "libcache/writer/words.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache {

std::uint16_t CacheWriter::find_channel(ChannelKind kind, const SymbolText& symbol,
                                        const IntervalText& interval) const noexcept {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    const layout::ChannelRecord& record = channels_[i];
    if (!is_free(record) && record.kind == static_cast<std::uint8_t>(kind) &&
        record.symbol == symbol && record.interval == interval) {
      return static_cast<std::uint16_t>(i);
    }
  }
  return kNoChannel;
}

/// The channel of a series: its own, or that of every symbol's.
std::uint16_t CacheWriter::series_channel(const SymbolText& symbol,
                                          const IntervalText& interval) const noexcept {
  const std::uint16_t own = find_channel(ChannelKind::candles, symbol, interval);
  return own != kNoChannel ? own : find_channel(ChannelKind::candles, kEverySymbol, interval);
}

void CacheWriter::set_channel(ChannelKind kind, const SymbolText& symbol,
                              const IntervalText& interval, std::uint8_t connection,
                              ChannelState state, std::string_view reason,
                              std::int64_t now) noexcept {
  std::size_t slot = find_channel(kind, symbol, interval);
  const bool is_new = slot == kNoChannel;
  if (is_new) {
    const auto free = std::find_if(channels_.begin(), channels_.end(), is_free);
    slot = static_cast<std::size_t>(free - channels_.begin());
    if (slot == view_.count(layout::kChannels)) return;  // more than the plan can ever want
    layout::ChannelSlot& counters = view_.channel(static_cast<std::uint32_t>(slot));
    counters.count.store(0, std::memory_order_release);
    counters.first_data_ns.store(0, std::memory_order_release);
    counters.last_data_ns.store(0, std::memory_order_release);
    if (free == channels_.end()) channels_.emplace_back();  // reserved: no allocation
  }
  layout::ChannelRecord record;
  record.kind = static_cast<std::uint8_t>(kind);
  record.symbol = symbol;
  record.interval = interval;
  record.state = static_cast<std::uint8_t>(state);
  record.connection = connection;
  record.changed_ns = now;
  record.reason.assign(reason);
  record.origin = channels_[slot].origin;
  channels_[slot] = record;
  view_.channel_record(static_cast<std::uint32_t>(slot)).publish(record);
  view_.status().channel_count.store(channels_.size(), std::memory_order_release);
  if (layout::Word* const standing = standing_of(kind, symbol, interval);
      standing != nullptr &&
      standing->load(std::memory_order_relaxed) == number(layout::Standing::unsubscribed)) {
    standing->store(number(layout::Standing::outdated), std::memory_order_release);
  }
  if (is_new) index_channels();
  wake_bits_ |= layout::kWakeStatus;
}

void CacheWriter::set_channel_origin(ChannelKind kind, const SymbolText& symbol,
                                     const IntervalText& interval, Source origin) noexcept {
  const std::uint16_t slot = find_channel(kind, symbol, interval);
  if (slot == kNoChannel || channels_[slot].origin == static_cast<std::uint8_t>(origin)) return;
  channels_[slot].origin = static_cast<std::uint8_t>(origin);
  view_.channel_record(slot).publish(channels_[slot]);
  wake_bits_ |= layout::kWakeStatus;
}

void CacheWriter::drop_channel(ChannelKind kind, const SymbolText& symbol,
                               const IntervalText& interval, std::int64_t now) noexcept {
  if (const auto slot = find_channel(kind, symbol, interval); slot != kNoChannel) {
    channels_[slot] = {};
    channels_[slot].changed_ns = now;
    view_.channel_record(slot).publish(channels_[slot]);
    index_channels();
  }
  // Not unsubscribe(): the symbol may still be wanted, by way of the other kind of channel.
  end_data(kind, symbol, interval, now);
  if (layout::Word* const standing = standing_of(kind, symbol, interval)) {
    standing->store(number(layout::Standing::unsubscribed), std::memory_order_release);
  }
  wake_bits_ |= layout::kWakeStatus;
}

void CacheWriter::end_data(ChannelKind kind, const SymbolText& symbol, const IntervalText& interval,
                           std::int64_t now) noexcept {
  layout::Word* const standing = standing_of(kind, symbol, interval);
  if (standing != nullptr && standing->load(std::memory_order_relaxed) == 0) {
    standing->store(number(layout::Standing::outdated), std::memory_order_release);
  }
  switch (kind) {
    case ChannelKind::all_tickers:
      for (std::uint32_t i = 0; i < view_.symbol_count(); ++i) demote(i, 0);
      break;
    case ChannelKind::ticker:
      if (const auto cell = view_.find(SymbolKey::from(symbol.view()))) demote(*cell, 0);
      break;
    case ChannelKind::candles:
      if (const auto series = view_.find_series(SymbolKey::from(symbol.view()), interval)) {
        missing_before_[*series] = true;
      }
      break;
    case ChannelKind::portfolio:
      portfolio_missing_before_ = true;
      break;
    case ChannelKind::orders:
      lose_orders(now);
      break;
  }
  wake_bits_ |= layout::kWakeStatus;
}

/// Order updates are lost, as during a lost connection.
void CacheWriter::lose_orders(std::int64_t now) noexcept {
  if (private_lost_ns_ == 0) private_lost_ns_ = now;
  if (view_.is_up(0)) mark_gap(now);
}

layout::Word* CacheWriter::standing_of(ChannelKind kind, const SymbolText& symbol,
                                       const IntervalText& interval) noexcept {
  if (kind == ChannelKind::orders) return &view_.prefix(layout::kOrders).standing;
  if (kind == ChannelKind::portfolio) return &view_.prefix(layout::kPortfolio).standing;
  if (kind != ChannelKind::candles) return nullptr;
  const auto series = view_.find_series(SymbolKey::from(symbol.view()), interval);
  return series ? &view_.series(*series).standing : nullptr;
}

void CacheWriter::index_channels() noexcept {
  all_channel_ = find_channel(ChannelKind::all_tickers, {}, {});
  orders_channel_ = find_channel(ChannelKind::orders, {}, {});
  portfolio_channel_ = find_channel(ChannelKind::portfolio, {}, {});
  std::fill(cell_channels_.begin(), cell_channels_.end(), kNoChannel);
  std::fill(series_channels_.begin(), series_channels_.end(), kNoChannel);
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    const layout::ChannelRecord& record = channels_[i];
    if (is_free(record)) continue;
    const SymbolKey symbol = SymbolKey::from(record.symbol.view());
    if (record.kind == static_cast<std::uint8_t>(ChannelKind::ticker)) {
      if (const auto cell = view_.find(symbol))
        cell_channels_[*cell] = static_cast<std::uint16_t>(i);
    }
  }
  for (std::uint32_t i = 0; i < view_.series_count(); ++i) {
    series_channels_[i] = series_channel(view_.series_symbol(i), view_.series_interval(i));
  }
}

}  // namespace tickcache
