#include "daemon/core/from_config.hpp"

#include <algorithm>

namespace tickcache::daemon {

Wanted wanted_of(const Config& config) {
  Wanted wanted;
  wanted.all_symbols = config.symbols.all;
  for (const std::string& name : config.symbols.names) {
    wanted.symbols.emplace_back().assign(name);
  }
  wanted.orders = config.orders;
  wanted.portfolio = config.portfolio;
  for (const CandleSeries& series : config.candles) {
    Channel& channel = wanted.candles.emplace_back();
    channel.kind = ChannelKind::candles;
    channel.symbol.assign(series.symbol);
    channel.interval.assign(series.interval);
  }
  return wanted;
}

Timing timing_of(const Config& config) {
  Timing timing;
  timing.idle_timeout = config.idle_timeout;
  timing.backoff_min = config.backoff_min;
  timing.backoff_max = config.backoff_max;
  timing.stable_after = config.stable_after;
  timing.auth_grace = config.auth_grace;
  timing.jitter = config.jitter;
  return timing;
}

AccountSettings account_of(const Config& config) {
  return {config.orders, config.portfolio, config.orders_poll, config.portfolio_poll};
}

TrustSettings trust_of(const Config& config) { return {config.silence_after, config.max_lag}; }

WriterOptions writer_options_of(const Config& config) {
  WriterOptions options;
  options.segment = config.segment;
  options.mode = config.segment_mode;
  options.capacities.symbols = config.max_symbols;
  options.capacities.tape = config.tape;
  options.liveness_timeout_ns = kLivenessTimeout.count();
  options.silence_after_ns = config.silence_after.count();
  options.url = config.url.text();
  options.key = config.api_key.reveal();
  options.version = TICKCACHE_VERSION;
  const Wanted wanted = wanted_of(config);
  options.wants_ticker = [filter = Filter(wanted)](const SymbolText& symbol) {
    return filter.wants(symbol);
  };
  options.wants_candles = [candles = wanted.candles](const SymbolText& symbol,
                                                     const IntervalText& interval) {
    const Channel channel{ChannelKind::candles, symbol, interval};
    return std::find(candles.begin(), candles.end(), channel) != candles.end();
  };
  return options;
}

}  // namespace tickcache::daemon
