// doctor: whether prices are the exchange's: how late ticks are, and what the exchange says when it
// is asked.
#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor/doctor_checks.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "encode/status.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// Whether the stored prices are the exchange's, as far as it has said so.
Finding confirmation(const Status& status) {
  if (status.hops > 0) {
    return {Level::ok, "prices",
            fmt::format("{}, confirmed {}", way_sentence(status), confirmation_sentence(status))};
  }
  switch (rest_state(status)) {
    case RestState::unused:
      return {Level::note, "prices", "prices are not compared with the exchange's",
              "tickcached has not asked for them: its options rest or audit are off, or it has "
              "just started",
              "rest = true and audit = 3 in tickcached.conf"};
    case RestState::no_answer:
      return {Level::warning, "prices",
              "the exchange has not answered by REST: " + rest_sentence(status),
              "prices rest on their ticks alone: a symbol has none before its first tick, lost "
              "ticks go unnoticed, and a market without ticks is stale",
              "tickcached's log has the error (REST: …); if the exchange answers elsewhere, set "
              "rest-url; if it has no REST interface, set rest = false"};
    case RestState::answers:
      break;
  }
  const std::string what =
      fmt::format("confirmed {}; {}", confirmation_sentence(status), rest_sentence(status));
  if (is_confirmed(status)) return {Level::ok, "prices", what};
  // For this long, ticks that are under way may be all there is to it.
  constexpr std::int64_t kLong = 30 * kSecond;
  const bool is_long = status.verified_ns != 0 && status.now_ns - status.verified_ns > kLong;
  return {is_long ? Level::warning : Level::note, "prices", what,
          "the exchange no longer answers by REST, or has other prices than the ticks brought",
          is_long ? "tickcached's log says which (REST: …); until then prices rest on their ticks "
                    "alone"
                  : ""};
}

void check_healed(const Status& status, Findings& findings) {
  const std::uint64_t healed = status.counter(Counter::healed);
  if (healed == 0) return;
  constexpr std::int64_t kPeriod = 600 * kSecond;
  constexpr std::uint64_t kMany = 10;
  const std::int64_t up = std::max<std::int64_t>(0, Clocks::now().unix_ns - status.started_unix_ns);
  const bool often = healed >= kMany && static_cast<std::int64_t>(healed) > up / kPeriod;
  findings.push_back(
      {often ? Level::warning : Level::note, "prices",
       fmt::format("{} corrected in {}, because their ticks were lost", counted(healed, "price"),
                   age_text(up)),
       "the exchange had traded, but sent no tick; between the trade and the correction the price "
       "was wrong for a few seconds",
       often ? "the exchange, or a proxy on the way, drops messages: tell the exchange" : ""});
}

}  // namespace

void check_lag(const Status& status, Findings& findings) {
  for (std::size_t i = 0; i < std::min(status.connection_count, kMaxConnections); ++i) {
    const ConnectionStatus& connection = status.connections[i];
    if (connection.state != ConnectionState::up || !brings_ticks(status, i)) continue;
    const std::string what =
        fmt::format("ticks of connection {}: {}", i, ticks_sentence(connection));
    if (!connection.lagging) {
      findings.push_back({Level::ok, "lag", what});
      continue;
    }
    findings.push_back(
        {Level::problem, "lag", what,
         "they come later than max-lag, compared with the fastest ones: the exchange is behind, or "
         "the network, or this machine does not keep up",
         "see whether the network and the processors are busy; prices are live again as soon as "
         "the ticks have caught up. max-lag in tickcached.conf allows more",
         ExitCode::not_live});
  }
}

void check_prices(const Status& status, Findings& findings) {
  bool any = false;
  for (std::size_t i = 0; i < kMaxConnections; ++i) any = any || brings_ticks(status, i);
  if (!any) return;
  findings.push_back(confirmation(status));
  if (status.hops == 0) check_healed(status, findings);
}

}  // namespace tickcache::cli
