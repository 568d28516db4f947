#include "redis/fleet.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

namespace tickcache::test {

using namespace std::chrono_literals;

OriginMachine::OriginMachine(const sim::Exchange& exchange, const std::string& redis_url,
                             std::vector<std::string> options, const NetworkNamespace* place)
    : exchange_(exchange), redis_url_(redis_url), options_(std::move(options)), place_(place) {
  start_daemon();
  start_bridge();
}

void OriginMachine::start_daemon() {
  std::vector<std::string> arguments = everything_from(exchange_);
  arguments.insert(arguments.end(), {"--rest=true"});
  daemon = here.start(arguments);
}

void OriginMachine::start_bridge() {
  std::vector<std::string> arguments = {"--config", "/dev/null", "--url",
                                        redis_url_, "--feed",    "test"};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  const Command command{REDIS_PROGRAM, arguments, {"TICKCACHE_SEGMENT=" + here.segment()}};
  bridge = std::make_unique<Program>(place_ == nullptr ? command : place_->inside(command));
}

FollowerMachine::FollowerMachine(const std::string& redis_url, std::vector<std::string> options,
                                 const NetworkNamespace* place)
    : redis_url_(redis_url), options_(std::move(options)), place_(place) {
  start();
}

void FollowerMachine::start() {
  std::vector<std::string> arguments = {"--url", redis_url_};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  const auto is_feed = [](const std::string& option) { return option.starts_with("--feed="); };
  if (std::none_of(options_.begin(), options_.end(), is_feed))
    arguments.emplace_back("--feed=test");
  Command command = here.command(arguments);
  command.environment = {"TICKCACHE_SEGMENT=" + here.segment()};  // no key
  daemon = std::make_unique<Program>(place_ == nullptr ? command : place_->inside(command));
}

bool FollowerMachine::is_live() {
  Reader reader = here.reader();
  return is_up(reader);
}

sim::Options watched_market() {
  sim::Options options;
  options.symbols = 620;
  options.rate = 2000;
  options.checksum = true;
  return options;
}

bool have_same_prices(Reader& origin, Reader& follower) {
  const std::size_t count = origin.symbol_count();
  if (count == 0 || follower.symbol_count() != count) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const SymbolTicker there = origin.at(i);
    const Result<Ticker> here = follower.ticker(there.symbol.view());
    if (!here.has_value || !here.value.price().same_digits(there.ticker.value.price()) ||
        here.value.updates != there.ticker.value.updates) {
      return false;
    }
  }
  return true;
}

double in_seconds(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

void check_truth(const Observer& observer) {
  const Observed seen = observer.seen();
  MESSAGE("longest wrong ", in_seconds(seen.longest_wrong), " s (", seen.wrongest, "); ",
          seen.looks, " looks, ", seen.discarded, " discarded");
  CHECK(in_seconds(seen.longest_wrong) <= 4);
  CHECK(seen.steps_back == 0);
  CHECK(seen.untraded == 0);
  CHECK(seen.looks > seen.discarded);
}

double check_recovery(const Observer& observer, BootTime from) {
  std::this_thread::sleep_for(from + 1s - BootClock::now());
  CHECK(soon([&] { return observer.all_live_for(2s); }));
  const BootTime last = observer.seen().last_not_live;
  const double took = last < from ? 0.0 : in_seconds(last - from);
  MESSAGE("all live again after ", took, " s");
  return took;
}

}  // namespace tickcache::test
