#include "daemon/publisher.hpp"

namespace tickcache::daemon {

namespace {

/// Where the events of one message go.
struct Destination {
  const Filter& filter;
  std::uint8_t connection;
  std::int64_t now;
  CacheWriter& writer;

  void operator()(const NothingEvent& event) const noexcept { writer.count(event.why); }
  void operator()(const PingEvent&) const noexcept { writer.count(Counter::pings); }
  void operator()(const AcknowledgementEvent&) const noexcept {
    writer.count(Counter::acknowledgements);
  }
  void operator()(const ErrorEvent&) const noexcept { writer.count(Counter::errors); }

  void operator()(const TickEvent& event) const noexcept {
    if (!filter.wants(event.symbol)) {
      writer.tick_seen(connection, now);
      writer.count(Counter::filtered);
      return;
    }
    count_absent(event);
    writer.ticker(connection, event.symbol, event.ticker, now);
  }

  void operator()(const CandleEvent& event) const noexcept {
    if (event.quantity_absent) writer.count(Counter::absent_quantity);
    writer.candle(connection, event.symbol, event.interval, event.candle, now);
  }

  void operator()(const OrderEvent& event) const noexcept {
    count_absent(event);
    writer.order(connection, event.order, now);
  }

  void operator()(const PortfolioEvent& event) const noexcept {
    count_absent(event);
    writer.portfolio(connection, event.portfolio, now);
  }

  template <class E>
  void count_absent(const E& event) const noexcept {
    if (event.quantity_absent) writer.count(Counter::absent_quantity);
    if (event.timestamp_ignored) writer.count(Counter::ignored_timestamp);
  }
};

}  // namespace

void publish(const Event& event, const Filter& filter, std::uint8_t connection, std::int64_t now,
             CacheWriter& writer) noexcept {
  std::visit(Destination{filter, connection, now, writer}, event);
}

}  // namespace tickcache::daemon
