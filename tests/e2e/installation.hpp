// tickcached and tickcache at work on a segment of a test's own.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config_fixture.hpp"
#include "sim/exchange.hpp"
#include "support/program.hpp"
#include "support/segment_name.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::test {

using daemon::TemporaryDirectory;

/// What the README's command asks for: every symbol, orders, portfolio, one series of candles.
std::vector<std::string> everything_from(const sim::Exchange& exchange);

sim::OrderUpdate some_order();

class Installation {
 public:
  /// Starts tickcached with `arguments`, with a key in its environment, and without the machine's
  /// own configuration file.
  std::unique_ptr<Program> start(std::vector<std::string> arguments);
  /// The same, with these environment variables in place of the key.
  std::unique_ptr<Program> start(std::vector<std::string> arguments,
                                 std::vector<std::string> environment);

  /// How the first of them does it, for whoever needs more control.
  [[nodiscard]] Command command(std::vector<std::string> arguments) const;

  /// What `tickcache` answers to these arguments.
  Outcome ask(std::vector<std::string> arguments);

  [[nodiscard]] const std::string& segment() const noexcept { return segment_.str(); }
  /// A reader for this thread.
  [[nodiscard]] Reader reader() const { return Reader(segment()); }

 private:
  SegmentName segment_;
};

/// The whole status; it is too large for the stack.
std::unique_ptr<Status> status_of(Reader& reader);
std::uint64_t counter_of(Reader& reader, Counter which);
/// Whether the daemon runs and is connected.
bool is_up(Reader& reader);
/// Whether every symbol of the exchange has the freshness.
bool all_are(Reader& reader, const std::vector<std::string>& symbols, Freshness freshness);

/// Exit codes of tickcached.
inline constexpr int kDaemonFailure = 1;
inline constexpr int kDaemonAuthentication = 77;
inline constexpr int kDaemonConfiguration = 78;

inline constexpr std::string_view kTestKey = "ak_test_e2e_0123456789";

}  // namespace tickcache::test
