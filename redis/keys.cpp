#include "redis/keys.hpp"

namespace tickcache::redis {

Keys::Keys(std::string_view name) : prefix_("tickcache:{" + std::string(name) + "}:") {
  lease = prefix_ + "lease";
  state = prefix_ + "state";
  tickers = prefix_ + "tickers";
  orders = prefix_ + "orders";
  portfolio = prefix_ + "portfolio";
  series = prefix_ + "series";
  feed = prefix_ + "feed";
  hello = prefix_ + "hello";
}

std::string Keys::candles(std::string_view of_series) const {
  return prefix_ + "candles:" + std::string(of_series);
}

}  // namespace tickcache::redis
