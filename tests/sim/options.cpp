#include "sim/options.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <fstream>

namespace tickcache::sim {
namespace {

constexpr double kMaxEvents = 10'000;

bool is_loopback(const std::string& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

std::vector<std::string> problems(const Options& options) {
  std::vector<std::string> found;
  if (!is_loopback(options.address)) {
    found.push_back("--address " + options.address +
                    " is not a loopback address, and the simulation is open to anybody who can "
                    "reach it: use 127.0.0.1 or ::1");
  }
  if (options.symbols == 0 || options.symbols > kMaxSymbols) {
    found.push_back("--symbols " + std::to_string(options.symbols) + " is out of range: use 1 to " +
                    std::to_string(kMaxSymbols));
  }
  if (options.rate > kMaxRate) {
    found.push_back("--rate " + std::to_string(options.rate) + " is out of range: use 0 to " +
                    std::to_string(kMaxRate) + " ticks per second");
  }
  const auto events = [&](const char* name, double value) {
    // Written so that NaN fails too.
    if (!(value >= 0 && value <= kMaxEvents)) {
      found.push_back(std::string(name) + " is out of range: use 0 to 10000 per second");
    }
  };
  events("--orders-per-second", options.orders_per_second);
  events("--portfolio-per-second", options.portfolio_per_second);
  const auto at_least = [&](const char* name, std::chrono::milliseconds value, int least) {
    if (value.count() < least) {
      found.push_back(std::string(name) + " is too short: use at least " + std::to_string(least) +
                      " milliseconds");
    }
  };
  at_least("--candle-every", options.candle_every, 0);
  at_least("--open-candle-every", options.open_candle_every, 0);
  at_least("--ping-every", options.ping_every, 1);
  at_least("--pong-timeout", options.pong_timeout, 1);
  at_least("--rest-delay", options.rest_delay, 0);
  at_least("--feed-delay", options.feed_delay, 0);
  at_least("--rest-lead-least", options.rest_lead.least, 0);
  if (options.rest_lead.least > options.rest_lead.most || options.rest_lead.most > kMaxLead) {
    found.push_back("--rest-lead is out of range: use --rest-lead-least to " +
                    std::to_string(kMaxLead.count()) + " milliseconds");
  }
  if (options.queue_limit == 0) found.emplace_back("the queue limit must be at least one byte");
  if (!options.replay.empty() && !std::ifstream(options.replay)) {
    found.push_back("--replay " + options.replay +
                    " cannot be read: give the path of an NDJSON capture");
  }
  return found;
}

}  // namespace tickcache::sim
