// The channel table of CacheWriter: the subscriptions and their states.
#include <algorithm>
#include <bit>

#include "libcache/writer/writer.hpp"

namespace tickcache {

namespace {

layout::ChannelRecord make_record(ChannelKind kind, const SymbolText& symbol,
                                  const IntervalText& interval) noexcept {
  layout::ChannelRecord record;
  record.kind = static_cast<std::uint8_t>(kind);
  record.symbol = symbol;
  record.interval = interval;
  return record;
}

bool is_free(const layout::ChannelRecord& record) noexcept {
  return record.state == static_cast<std::uint8_t>(ChannelState::unused);
}

}  // namespace

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

void CacheWriter::set_channel(ChannelKind kind, const SymbolText& symbol,
                              const IntervalText& interval, std::uint8_t connection,
                              ChannelState state, std::string_view reason,
                              std::int64_t now) noexcept {
  std::size_t slot = find_channel(kind, symbol, interval);
  if (slot == kNoChannel) {
    const auto free = std::find_if(channels_.begin(), channels_.end(), is_free);
    slot = static_cast<std::size_t>(free - channels_.begin());
    if (slot == view_.count(layout::kChannels)) return;  // more than the plan can ever want
    layout::ChannelSlot& counters = view_.channel(static_cast<std::uint32_t>(slot));
    counters.count.store(0, std::memory_order_release);
    counters.first_data_ns.store(0, std::memory_order_release);
    counters.last_data_ns.store(0, std::memory_order_release);
    if (free == channels_.end()) channels_.emplace_back();  // reserved: no allocation
  }
  layout::ChannelRecord record = make_record(kind, symbol, interval);
  record.state = static_cast<std::uint8_t>(state);
  record.connection = connection;
  record.changed_ns = now;
  record.reason.assign(reason);
  channels_[slot] = record;
  view_.channel_record(static_cast<std::uint32_t>(slot)).publish(record);
  view_.status().channel_count.store(channels_.size(), std::memory_order_release);
  set_subscribed(kind, symbol, interval, true, now);
  index_channels();
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
  if (kind == ChannelKind::ticker) end_ticks(symbol);
  if (kind == ChannelKind::all_tickers) end_ticks();
  set_subscribed(kind, symbol, interval, false, now);
  wake_bits_ |= layout::kWakeStatus;
}

/// Marks orders, portfolio and candles, whose records do not carry it themselves.
void CacheWriter::set_subscribed(ChannelKind kind, const SymbolText& symbol,
                                 const IntervalText& interval, bool subscribed,
                                 std::int64_t now) noexcept {
  const std::uint64_t word = subscribed ? 0 : 1;
  if (kind == ChannelKind::portfolio) {
    view_.portfolio_prefix().unsubscribed.store(word, std::memory_order_release);
  } else if (kind == ChannelKind::candles) {
    if (const auto series = view_.find_series(SymbolKey::from(symbol.view()), interval)) {
      view_.series(*series).unsubscribed.store(word, std::memory_order_release);
    }
  } else if (kind == ChannelKind::orders) {
    layout::Word& unsubscribed = view_.orders_prefix().unsubscribed;
    const bool was_subscribed = unsubscribed.load(std::memory_order_relaxed) == 0;
    unsubscribed.store(word, std::memory_order_release);
    // Updates while unsubscribed are lost, as during a lost connection.
    if (was_subscribed && !subscribed && private_lost_ns_ == 0) private_lost_ns_ = now;
    const bool is_up =
        layout::session_state(view_.status().sessions[0].load(std::memory_order_relaxed)) ==
        ConnectionState::up;
    if (!was_subscribed && subscribed && is_up && private_lost_ns_ != 0) mark_gap();
  }
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
    } else if (record.kind == static_cast<std::uint8_t>(ChannelKind::candles)) {
      if (const auto series = view_.find_series(symbol, record.interval)) {
        series_channels_[*series] = static_cast<std::uint16_t>(i);
      }
    }
  }
}

void CacheWriter::channel_data(std::uint16_t channel, std::int64_t now) noexcept {
  if (channel == kNoChannel) return;
  layout::ChannelSlot& slot = view_.channel(channel);
  const std::uint64_t count = slot.count.load(std::memory_order_relaxed);
  if (count == 0) {
    slot.first_data_ns.store(static_cast<std::uint64_t>(now), std::memory_order_release);
  }
  slot.last_data_ns.store(static_cast<std::uint64_t>(now), std::memory_order_release);
  slot.count.store(count + 1, std::memory_order_release);
}

}  // namespace tickcache
