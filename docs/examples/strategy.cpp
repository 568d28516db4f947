// A strategy: says "buy" when a symbol's price rises over its moving average, "sell" when it falls
// below. Ends when tickcached is stopped.
#include <iostream>
#include <tickcache/tickcache.hpp>

int main(int argc, char** argv) {
  const std::string symbol = argc > 1 ? argv[1] : "BTCUSDT";
  bool trusted = false;
  bool above = false;
  double average = 0;

  tickcache::Feed feed;
  // Nothing is decided while prices may be old.
  feed.on_status([&](const tickcache::FeedStatus& status) {
    trusted = status.freshness == tickcache::Freshness::live;
    std::cout << "feed " << to_string(status.freshness) << std::endl;
  });
  // Nor on an average over prices that nobody has seen.
  feed.on_gap([&](const tickcache::FeedGap&) { average = 0; });
  feed.on_ticker(symbol, [&](const tickcache::Tick& tick) {
    const double price = tick.ticker.price().to_double();
    average = average == 0 ? price : 0.9 * average + 0.1 * price;
    if (!trusted || price == average || (price > average) == above) return;
    above = price > average;
    std::cout << (above ? "buy " : "sell ") << symbol << " at " << tick.ticker.price().str()
              << std::endl;
  });
  feed.on_order_update([&](const tickcache::OrderUpdate& update) {
    std::cout << "order " << update.order.id.view() << ' ' << update.order.status.view()
              << std::endl;
  });
  feed.run();
}
