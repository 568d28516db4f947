// The simulated exchange in the test's process, tickcached and tickcache-relay in processes of
// their own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "e2e/installation.hpp"
#include "relay/clients.hpp"
#include "sim/exchange.hpp"
#include "support/loopback_port.hpp"
#include "support/loopback_proxy.hpp"

namespace tickcache::test {

/// All at work from the start, and the feed live.
class Relayed {
 public:
  /// `silence_after`: the daemon's option.
  explicit Relayed(sim::Options options = quiet(), std::string silence_after = "60");

  /// Nothing but what the test sends.
  static sim::Options quiet();

  void start_daemon(const std::string& key = std::string(kTestKey));
  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  [[nodiscard]] bool is_live() const { return get(port(), "/readyz").status == 200; }
  /// What the relay takes of memory, in kB; the segment is not its own.
  [[nodiscard]] long memory() const;
  /// For INFO().
  [[nodiscard]] std::string logs() const { return daemon->err() + relay->err(); }

  sim::Exchange exchange;
  std::optional<LoopbackProxy> path;  ///< between the exchange and the daemon
  Installation here;
  std::unique_ptr<Program> daemon;
  std::unique_ptr<Program> relay;

 private:
  const std::string silence_after_;
  LoopbackPort port_{PortUse::is_free};
};

}  // namespace tickcache::test
