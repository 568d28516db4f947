// An exchange, origins and followers around a Redis, each program a process of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "e2e/installation.hpp"
#include "e2e/observer.hpp"
#include "redis/namespace.hpp"
#include "redis/redis_server.hpp"
#include "sim/exchange.hpp"

namespace tickcache::test {

/// A machine with an upstream of its own, which publishes.
class OriginMachine {
 public:
  /// `place`: where the bridge runs; null: here.
  OriginMachine(const sim::Exchange& exchange, const std::string& redis_url,
                std::vector<std::string> options = {}, const NetworkNamespace* place = nullptr);

  /// Programs that are gone are started again.
  void start_daemon();
  void start_bridge();

  Installation here;
  std::unique_ptr<Program> daemon;
  std::unique_ptr<Program> bridge;

 private:
  const sim::Exchange& exchange_;
  std::string redis_url_;
  std::vector<std::string> options_;
  const NetworkNamespace* place_;
};

/// A machine that follows.
class FollowerMachine {
 public:
  explicit FollowerMachine(const std::string& redis_url, std::vector<std::string> options = {},
                           const NetworkNamespace* place = nullptr);

  void start();
  [[nodiscard]] bool is_live();

  Installation here;
  std::unique_ptr<Program> daemon;

 private:
  std::string redis_url_;
  std::vector<std::string> options_;
  const NetworkNamespace* place_;
};

/// A busy market whose trades an Observer can tell apart.
sim::Options watched_market();

/// Whether both segments have the same symbols with the same prices and numbers of ticks.
bool have_same_prices(Reader& origin, Reader& follower);

double in_seconds(std::chrono::nanoseconds span);
/// No price was called live for longer than 4 s after the exchange had left it; nothing stepped
/// back in time, and nothing was made up.
void check_truth(const Observer& observer);
/// All prices become live again, and stay so. Returns how long that took from `from` on.
double check_recovery(const Observer& observer, BootTime from);

}  // namespace tickcache::test
