#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/clock.hpp"
#include "sim/http.hpp"
#include "sim/query.hpp"
#include "sim/trades.hpp"

namespace tickcache::sim {

// The public half of the REST interface: what was traded, in the platform's words. What the
// platform keeps of 24 hours begins here with the exchange.
class MarketRest {
 public:
  // What the answers are told from.
  enum class Source {
    trades,
    trades_called_stale,  // the same, with stale:true
    nothing,              // the platform's Redis is down
  };

  MarketRest(const Clock& clock, const Trades& trades);

  HttpResponse health(Source source, bool has_database) const;
  HttpResponse prices(const Target& target, Source source) const;
  HttpResponse price(std::string_view symbol, Source source) const;
  HttpResponse ticker(std::string_view symbol, Source source) const;
  HttpResponse tickers(const Target& target, Source source) const;
  HttpResponse candles(std::string_view symbol, const Target& target) const;

 private:
  std::int64_t silent_for_ns(std::size_t symbol) const;
  std::string ticker_object(std::size_t symbol) const;

  const Clock& clock_;
  const Trades& trades_;
  std::int64_t started_ns_ = boottime_ns();
};

HttpResponse unknown_symbol(std::string_view symbol);
HttpResponse no_price(std::string_view symbol);

// The limit in the query, or the refusal in `refusal`.
std::int64_t read_limit(const Target& target, std::string_view name, std::int64_t usual,
                        std::int64_t least, std::int64_t most,
                        std::optional<HttpResponse>& refusal);

}  // namespace tickcache::sim
