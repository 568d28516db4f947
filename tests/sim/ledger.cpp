#include "sim/ledger.hpp"

#include <utility>

#include "sim/json_text.hpp"

namespace tickcache::sim {

Ledger::Ledger(std::size_t keep_orders, std::vector<std::string> symbols)
    : keep_orders_(keep_orders) {
  for (std::string& name : symbols) {
    index_.emplace(name, symbols_.size());
    symbols_.push_back({std::move(name), 0, {}});
  }
}

void Ledger::on_tick(std::size_t index, std::uint64_t all, std::uint64_t direct) {
  Symbol& symbol = symbols_[index];
  all_ += all;
  symbol.direct += direct;
  symbol.sent.ticks += 1;
  symbol.sent.messages += all + direct;
  totals.ticker += all + direct;
  totals.ticks_sent += 1;
}

void Ledger::on_order(std::string data) {
  orders_.push_back(std::move(data));
  while (orders_.size() > keep_orders_) orders_.pop_front();
}

std::size_t Ledger::index_of(std::string_view name) {
  const auto added = index_.emplace(std::string(name), symbols_.size());
  if (added.second) symbols_.push_back({std::string(name), 0, {}});
  return added.first->second;
}

SymbolSent Ledger::last_sent(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? SymbolSent{} : symbols_[found->second].sent;
}

std::vector<std::string> Ledger::recent_orders(std::size_t most) const {
  const std::size_t skip = orders_.size() > most ? orders_.size() - most : 0;
  return {orders_.begin() + static_cast<std::ptrdiff_t>(skip), orders_.end()};
}

Counts Ledger::counts() const {
  Counts result = totals;
  result.channels = channels_;
  if (all_ > 0) result.channels["ticker:all"] += all_;
  for (const Symbol& symbol : symbols_) {
    if (symbol.direct > 0) result.channels["ticker:" + symbol.name] += symbol.direct;
  }
  return result;
}

std::string Ledger::summary() const {
  const Counts sums = counts();
  std::string counters;
  ObjectText(counters, false)
      .plain("ticker", sums.ticker)
      .plain("orders", sums.orders)
      .plain("candles", sums.candles)
      .plain("portfolio", sums.portfolio)
      .plain("pings", sums.pings)
      .plain("acks", sums.acks)
      .plain("errors", sums.errors)
      .plain("raw", sums.raw)
      .plain("ticks_generated", sums.ticks_generated)
      .plain("ticks_sent", sums.ticks_sent)
      .plain("ticks_lost", sums.ticks_lost)
      .plain("pongs", sums.pongs)
      .plain("requests", sums.requests)
      .plain("connections", sums.connections)
      .plain("connections_total", sums.connections_total)
      .plain("upgrades_rejected", sums.upgrades_rejected)
      .plain("dropped_without_pong", sums.dropped_without_pong)
      .plain("dropped_slow", sums.dropped_slow)
      .end();
  std::string channels;
  ObjectText by_channel(channels, false);
  for (const auto& [name, messages] : sums.channels) by_channel.plain(name, messages);
  by_channel.end();
  std::string rest;
  ObjectText by_path(rest, false);
  for (const auto& [path, requests] : sums.rest) by_path.plain(path, requests);
  by_path.end();
  std::string symbols;
  ObjectText by_symbol(symbols, false);
  for (const Symbol& symbol : symbols_) {
    if (symbol.sent.ticks == 0) continue;
    std::string entry;
    ObjectText(entry, false)
        .text("price", symbol.sent.price)
        .plain("sequence", symbol.sent.sequence)
        .plain("ticks", symbol.sent.ticks)
        .plain("messages", symbol.sent.messages)
        .end();
    by_symbol.plain(symbol.name, entry);
  }
  by_symbol.end();
  std::string out;
  ObjectText(out, false)
      .plain("counts", counters)
      .plain("channels", channels)
      .plain("rest", rest)
      .plain("symbols", symbols)
      .end();
  return out;
}

}  // namespace tickcache::sim
