#include "relay/relayed.hpp"

#include <fstream>

namespace tickcache::test {

sim::Options Relayed::quiet() {
  sim::Options options;
  options.rate = 0;
  return options;
}

Relayed::Relayed(sim::Options options, std::string silence_after)
    : exchange(std::move(options)), silence_after_(std::move(silence_after)) {
  exchange.start();
  path.emplace(exchange.port());
  start_daemon();
  std::vector<std::string> arguments = {"--config", "/dev/null", "--listen", port_.endpoint()};
  relay = std::make_unique<Program>(
      Command{RELAY_PROGRAM, std::move(arguments), {"TICKCACHE_SEGMENT=" + here.segment()}});
  const bool is_ready = soon([&] {
    exchange.send_tick("BTCUSDT", "64000.00");
    return is_live();
  });
  INFO(logs());
  REQUIRE(is_ready);
}

void Relayed::start_daemon(const std::string& key) {
  auto arguments = everything_from(exchange);
  arguments[1] = path->url();
  arguments.insert(arguments.end(), {"--silence-after", silence_after_});
  Command command = here.command(arguments);
  command.environment[0] = "AGENTEXCHANGE_API_KEY=" + key;
  daemon = std::make_unique<Program>(command);
}

long Relayed::memory() const {
  std::ifstream file("/proc/" + std::to_string(relay->pid()) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("RssAnon:")) return std::stol(line.substr(8));
  }
  return 0;
}

}  // namespace tickcache::test
