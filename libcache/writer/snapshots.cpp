// Prices that were asked for, and the ticks that may be older than them.
#include <algorithm>
#include <optional>

#include "libcache/writer/words.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache {

void CacheWriter::doubt_held(std::uint8_t connection, std::int64_t now) noexcept {
  for (auto& [cell, held] : held_) {
    Ticker ticker;
    if (!view_.ticker(cell).latest(ticker) || ticker.connection != connection) continue;
    held.until = now + kHoldFor;
    held.last.reset();
  }
}

/// Whether a tick that came after a snapshot may be older than it; marks it if so.
bool CacheWriter::is_held(std::uint32_t cell, Ticker& ticker) noexcept {
  const auto found = held_.find(cell);
  Held& held = found->second;
  const RequestedPrice& snapshot = held.snapshot;
  const bool trusted = ticker.epoch != 0 && !(ticker.objections & Ticker::kLate);
  const bool has_times = ticker.exchange_time_ns != 0 && snapshot.answered_at_ns != 0;
  // Ticks that begin to come late by themselves, or whose clock is another, wait as long.
  if (trusted && has_times && !held.last && ticker.exchange_time_ns < snapshot.answered_at_ns) {
    held.until = std::max(held.until, ticker.received_ns + kHoldFor);
  }
  if ((has_times && ticker.epoch != 0 && ticker.exchange_time_ns >= snapshot.answered_at_ns) ||
      (trusted && (ticker.price() == snapshot.price || ticker.received_ns >= held.until))) {
    held_.erase(found);
    holds_[cell] = false;
    return false;
  }
  if (trusted) held.last = ticker;
  if (ticker.objections & Ticker::kLate) set_objection(cell, Ticker::kLate, true);
  ticker.flags |= Ticker::kOvertaken;
  return true;
}

bool CacheWriter::snapshot(const SymbolText& symbol, const RequestedPrice& price,
                           std::int64_t now) {
  const SymbolKey key = SymbolKey::from(symbol.view());
  std::optional<std::uint32_t> cell = view_.find(key);
  std::uint16_t channel =
      cell ? cell_channels_[*cell] : find_channel(ChannelKind::ticker, key.text(), {});
  if (channel == kNoChannel) channel = all_channel_;
  if (channel == kNoChannel) return false;
  const layout::ChannelRecord& subscription = channels_[channel];
  if (subscription.state != static_cast<std::uint8_t>(ChannelState::acknowledged) ||
      subscription.changed_ns > price.requested_ns || !view_.is_up(subscription.connection)) {
    return false;
  }
  const bool is_new = !cell;
  if (is_new) cell = insert(key);
  if (!cell) return false;
  held_[*cell] = {price, now + kHoldFor, std::nullopt};  // first, as it may throw
  holds_[*cell] = true;
  Ticker ticker;
  ticker.set_price(price.price);
  ticker.exchange_time_ns = price.exchange_time_ns;
  ticker.received_ns = price.requested_ns;
  ticker.updates = updates_[*cell];
  ticker.epoch = epochs_[subscription.connection];
  ticker.connection = subscription.connection;
  ticker.flags = Ticker::kSnapshot;
  ticker.symbol_index = *cell;
  ticker.lag_ms = lag_ms(now - price.requested_ns);
  view_.ticker(*cell).publish(ticker);
  if (is_new) publish_symbol(key, *cell);
  view_.tape().publish(ticker);
  count(Counter::snapshots);
  wake_bits_ |= layout::kWakeTicks | layout::wake_symbol(*cell);
  return true;
}

void CacheWriter::release_held(std::int64_t now) noexcept {
  for (auto at = held_.begin(); at != held_.end();) {
    auto& [cell, held] = *at;
    if (now < held.until || !held.last) {
      ++at;
      continue;
    }
    // Its number is on the tape already: this is the cell's correction, as a snapshot is.
    Ticker ticker = *held.last;
    ticker.flags |= Ticker::kSnapshot;
    Ticker present;
    if (view_.ticker(cell).latest(present)) ticker.objections |= present.objections;
    view_.ticker(cell).publish(ticker);
    view_.tape().publish(ticker);
    wake_bits_ |= layout::kWakeTicks | layout::wake_symbol(cell);
    holds_[cell] = false;
    at = held_.erase(at);
  }
}

void CacheWriter::set_objection(std::uint32_t cell, std::uint8_t bit, bool on) noexcept {
  Ticker ticker;
  if (!view_.ticker(cell).latest(ticker)) return;
  const unsigned objections = on ? ticker.objections | bit : ticker.objections & ~unsigned{bit};
  if (ticker.objections == objections) return;
  ticker.objections = static_cast<std::uint8_t>(objections);
  view_.ticker(cell).publish(ticker);
  wake_bits_ |= layout::wake_symbol(cell);
}

/// A held tick of an earlier session or subscription must not be stored in this one.
void CacheWriter::end_hold(std::uint32_t cell) noexcept {
  if (!holds_[cell]) return;
  held_.erase(cell);
  holds_[cell] = false;
}

void CacheWriter::end_holds(std::uint8_t connection) noexcept {
  for (auto at = held_.begin(); at != held_.end();) {
    Ticker ticker;
    if (view_.ticker(at->first).latest(ticker) && ticker.connection != connection) {
      ++at;
      continue;
    }
    holds_[at->first] = false;
    at = held_.erase(at);
  }
}

}  // namespace tickcache
