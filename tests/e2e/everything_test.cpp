// The main job: what the exchange sent is in the cache, all of it, to the letter.
#include <array>
#include <sstream>

#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kTicks = 50'000;
constexpr std::size_t kOrders = 100;

sim::Options busy_market() {
  sim::Options options;
  options.rate = 10'000;
  options.count = kTicks;
  options.orders_per_second = 50;
  options.portfolio_per_second = 10;
  options.candle_every = 200ms;
  options.open_candle_every = 50ms;
  options.ping_every = 500ms;
  return options;
}

std::uint64_t messages(const sim::Counts& sent) {
  return sent.ticker + sent.orders + sent.candles + sent.portfolio + sent.pings + sent.acks +
         sent.errors + sent.raw;
}

/// What the counters must be after `sent`.
std::array<std::uint64_t, kCounterCount> counters_after(const sim::Counts& sent) {
  std::array<std::uint64_t, kCounterCount> expected{};
  const auto set = [&](Counter which, std::uint64_t value) {
    expected[static_cast<std::size_t>(which)] = value;
  };
  set(Counter::messages, messages(sent));
  set(Counter::ticks, sent.ticker);
  set(Counter::orders, sent.orders);
  set(Counter::candles, sent.candles);
  set(Counter::portfolios, sent.portfolio);
  set(Counter::pings, sent.pings);
  set(Counter::pongs, sent.pings);
  set(Counter::acknowledgements, sent.acks);
  set(Counter::errors, sent.errors);
  set(Counter::connects, sent.connections_total);
  return expected;
}

/// Every counter but the bytes, among them each reason to reject or ignore a message: 0.
void check_counters(const Status& status, const sim::Counts& sent) {
  const auto expected = counters_after(sent);
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    if (counter == Counter::bytes) continue;
    INFO("counter ", to_string(counter));
    CHECK(status.counter(counter) == expected[i]);
  }
}

std::string channel_name(const ChannelStatus& channel) {
  switch (channel.kind) {
    case ChannelKind::all_tickers:
      return "ticker:all";
    case ChannelKind::ticker:
      return "ticker:" + std::string(channel.symbol.view());
    case ChannelKind::candles:
      return "candles:" + std::string(channel.symbol.view()) + ":" +
             std::string(channel.interval.view());
    default:
      return to_string(channel.kind);
  }
}

void check_channels(const Status& status, const sim::Counts& sent) {
  CHECK(status.channel_count == sent.channels.size());
  for (std::size_t i = 0; i < status.channel_count; ++i) {
    const ChannelStatus& channel = status.channels[i];
    const std::string name = channel_name(channel);
    INFO("channel ", name);
    CHECK(channel.state == ChannelState::acknowledged);
    REQUIRE(sent.channels.count(name) == 1);
    CHECK(channel.count == sent.channels.at(name));
  }
}

void check_tickers(Reader& reader, const sim::Exchange& exchange) {
  CHECK(reader.symbol_count() == exchange.symbols().size());
  for (const std::string& symbol : exchange.symbols()) {
    INFO("symbol ", symbol);
    const auto ticker = reader.ticker(symbol);
    const sim::SymbolSent sent = exchange.last_sent(symbol);
    CHECK(ticker.live());
    CHECK(ticker.value.price().str() == sent.price);
    CHECK(ticker.value.updates == sent.ticks);
  }
}

void check_orders(Reader& reader, const sim::Exchange& exchange) {
  const std::vector<std::string> sent = exchange.recent_orders(kOrders);
  std::vector<Order> orders(kOrders);
  const ListResult list = reader.orders(orders);
  CHECK(list.live());
  REQUIRE(list.count == kOrders);
  REQUIRE(sent.size() == kOrders);
  CHECK(list.first_position == exchange.counts().orders - kOrders + 1);
  for (std::size_t i = 0; i < kOrders; ++i) {
    INFO("order ", i);
    CHECK(orders[i].data.view() == sent[i]);
    CHECK(has(sent[i], "\"order_id\": \"" + std::string(orders[i].id.view()) + "\""));
    CHECK(orders[i].flags == 0);
    CHECK(orders[i].gap_since_ns == 0);
  }
}

void check_command_line(Installation& here, const sim::Exchange& exchange) {
  for (const std::string symbol : {"BTCUSDT", "ETHUSDT", "1000SATSUSDT"}) {
    const Outcome get = here.ask({"get", symbol});
    INFO(get.out, get.err);
    CHECK(get.code == 0);
    std::istringstream words(get.out);
    std::string name, price;
    words >> name >> price;
    CHECK(name == symbol);
    CHECK(price == exchange.last_sent(symbol).price);
  }
  for (const std::vector<std::string>& command : {std::vector<std::string>{"list"},
                                                  {"orders", "-n", "100"},
                                                  {"portfolio"},
                                                  {"candles", "BTCUSDT", "1m"},
                                                  {"status"},
                                                  {"wait", "BTCUSDT"}}) {
    const Outcome outcome = here.ask(command);
    INFO(command.front(), ": ", outcome.out, outcome.err);
    CHECK(outcome.code == 0);
  }
}

TEST_CASE("at 10,000 ticks/s, everything that was sent is in the cache, to the letter") {
  sim::Exchange exchange(busy_market());
  exchange.start();
  Installation here;
  const auto daemon = here.start(everything_from(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(exchange.wait_for([](const sim::Counts& sent) { return sent.ticks_sent == kTicks; },
                            kPatience));
  exchange.pause_data(true);

  // Pings go on, so that the two sides are looked at until no message is on its way.
  Reader reader = here.reader();
  sim::Counts sent;
  std::unique_ptr<Status> status;
  const bool settled = soon([&] {
    sent = exchange.counts();
    status = status_of(reader);
    return status->counter(Counter::messages) == messages(sent) && sent.pongs == sent.pings;
  });
  CHECK(settled);
  CHECK(status->feed == Freshness::live);
  CHECK(sent.connections_total == 1);
  CHECK(sent.pings > 0);
  check_counters(*status, sent);
  check_channels(*status, sent);
  check_tickers(reader, exchange);
  check_orders(reader, exchange);
  CHECK(reader.portfolio().live());
  check_command_line(here, exchange);
}

}  // namespace
}  // namespace tickcache::test
