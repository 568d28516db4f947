#include "e2e/installation.hpp"

#include <algorithm>

namespace tickcache::test {

std::vector<std::string> everything_from(const sim::Exchange& exchange) {
  return {"--url",    exchange.url(), "--symbols", "all",
          "--orders", "--portfolio",  "--candles", "BTCUSDT:1m"};
}

sim::OrderUpdate some_order() {
  sim::OrderUpdate update;
  update.order_id = "996ad860-2a9a-504f-8861-aeafd0b2ae29";
  update.status = "filled";
  update.symbol = "BTCUSDT";
  update.side = "buy";
  update.type = "market";
  update.quantity = "0.50000000";
  return update;
}

std::unique_ptr<Program> Installation::start(std::vector<std::string> arguments) {
  return std::make_unique<Program>(command(std::move(arguments)));
}

std::unique_ptr<Program> Installation::start(std::vector<std::string> arguments,
                                             std::vector<std::string> environment) {
  Command command = this->command(std::move(arguments));
  environment.push_back("TICKCACHE_SEGMENT=" + segment());
  command.environment = std::move(environment);
  return std::make_unique<Program>(command);
}

Command Installation::command(std::vector<std::string> arguments) const {
  if (std::find(arguments.begin(), arguments.end(), "--config") == arguments.end()) {
    arguments.insert(arguments.end(), {"--config", "/dev/null"});
  }
  const auto is_rest = [](const std::string& argument) { return argument.starts_with("--rest"); };
  if (std::none_of(arguments.begin(), arguments.end(), is_rest)) {
    arguments.emplace_back("--rest=false");
  }
  return {TICKCACHED_PROGRAM,
          std::move(arguments),
          {"AGENTEXCHANGE_API_KEY=" + std::string(kTestKey), "TICKCACHE_SEGMENT=" + segment()}};
}

Outcome Installation::ask(std::vector<std::string> arguments) {
  return run_to_end({TICKCACHE_PROGRAM, std::move(arguments), {"TICKCACHE_SEGMENT=" + segment()}});
}

std::unique_ptr<Status> status_of(Reader& reader) {
  auto status = std::make_unique<Status>();
  reader.status(*status);
  return status;
}

std::uint64_t counter_of(Reader& reader, Counter which) {
  return status_of(reader)->counter(which);
}

bool is_up(Reader& reader) { return status_of(reader)->feed == Freshness::live; }

bool all_are(Reader& reader, const std::vector<std::string>& symbols, Freshness freshness) {
  return std::all_of(symbols.begin(), symbols.end(), [&](const std::string& symbol) {
    return reader.ticker(symbol).freshness == freshness;
  });
}

}  // namespace tickcache::test
