#include "daemon/core/from_config.hpp"

#include <algorithm>

#include "daemon/candles/interval.hpp"

namespace tickcache::daemon {

// make_plan() has room for all that can be named.
static_assert(kMaxSubscriptions + kMaxCandleSeries <= kMaxChannels);
static_assert(kMaxSubscriptions + kMaxCandleSeries <= kMaxSubscriptions * kMaxConnections);

Wanted wanted_of(const Config& config) {
  Wanted wanted;
  wanted.all_symbols = config.symbols.all;
  for (const std::string& name : config.symbols.names) {
    wanted.symbols.emplace_back().assign(name);
  }
  wanted.orders = config.orders;
  wanted.portfolio = config.portfolio;
  if (config.redis) return wanted;  // the candles are those that the feed has
  const Filter filter(wanted);
  for (const CandleSeries& series : config.candles) {
    Channel channel;
    channel.kind = ChannelKind::candles;
    channel.symbol.assign(series.symbol);
    channel.interval.assign(series.interval);
    const bool of_all = series.symbol == kAllSymbols;
    const bool requested = config.candles_from != CandlesFrom::ticks && !of_all;
    const bool made = config.candles_from != CandlesFrom::exchange &&
                      made_interval(series.interval) != nullptr &&
                      (of_all || filter.wants(channel.symbol));
    if (requested) wanted.candles.push_back(channel);
    if (made) wanted.made_candles.push_back(channel);
    if (!requested && !made) wanted.impossible_candles.push_back(channel);
  }
  return wanted;
}

namespace {

/// Series that the segment has room for.
std::uint32_t candle_series_of(const Config& config) {
  constexpr std::uint32_t kSymbols = 1024;  // more than the exchange has
  if (config.candle_series != 0) return config.candle_series;
  const auto of_all =
      std::count_if(config.candles.begin(), config.candles.end(),
                    [](const CandleSeries& series) { return series.symbol == kAllSymbols; });
  return layout::kCandleSeries +
         static_cast<std::uint32_t>(of_all) * std::min(kSymbols, config.max_symbols);
}

}  // namespace

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

DialSettings dial_settings_of(const Config& config, const Url& url, boost::asio::io_context& io,
                              boost::asio::ssl::context* tls) {
  return {.url = url,
          .api_key = config.api_key,
          .user_agent = "tickcached/" TICKCACHE_VERSION,
          .resolve = system_resolver(io),
          .tls = tls};
}

WriterOptions writer_options_of(const Config& config) {
  WriterOptions options;
  options.segment = config.segment;
  options.mode = config.segment_mode;
  options.capacities.symbols = config.max_symbols;
  options.capacities.tape = config.tape;
  options.capacities.series = candle_series_of(config);
  options.liveness_timeout_ns = kLivenessTimeout.count();
  options.silence_after_ns = config.silence_after.count();
  options.url = upstream_text(config);
  options.key = config.api_key.reveal();
  options.version = TICKCACHE_VERSION;
  const Wanted wanted = wanted_of(config);
  const bool wants_all_candles = config.redis.has_value();
  options.wants_ticker = [filter = Filter(wanted)](const SymbolText& symbol) {
    return filter.wants(symbol);
  };
  options.wants_candles = [wants_all_candles, wanted, filter = Filter(wanted)](
                              const SymbolText& symbol, const IntervalText& interval) {
    if (wants_all_candles) return true;
    const auto has = [&](const std::vector<Channel>& candles, const SymbolText& of) {
      const Channel channel{ChannelKind::candles, of, interval};
      return std::find(candles.begin(), candles.end(), channel) != candles.end();
    };
    return has(wanted.candles, symbol) || has(wanted.made_candles, symbol) ||
           (has(wanted.made_candles, kEverySymbol) && filter.wants(symbol));
  };
  return options;
}

}  // namespace tickcache::daemon
