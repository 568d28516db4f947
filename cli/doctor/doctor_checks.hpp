// The checks of `doctor`. Each check that applies adds at least one finding, good or bad.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

enum class Level : std::uint8_t { ok, note, warning, problem };

struct Finding {
  Level level = Level::ok;
  std::string check;             ///< a stable name: "daemon", "subscription" …
  std::string what;              ///< printable, like the others
  std::string why{};             ///< empty: no explanation
  std::string remedy{};          ///< empty: nothing to do
  ExitCode code = ExitCode::ok;  ///< the exit code for a problem
};

using Findings = std::vector<Finding>;

/// For a segment that cannot be opened; `message` is the library's text for `error`.
void check_unopened_segment(const std::string& segment, OpenError error, const std::string& message,
                            Findings& findings);

/// Whether the daemon is alive; if not, the state of its process.
void check_daemon(const Status& status, Findings& findings);
/// While the daemon runs, as check_core_limit().
void check_connections(const Status& status, Findings& findings);

// While the daemon is connected: before that, there are neither ticks nor answers.

/// Ticks, and symbols whose prices are not live although the feed is.
void check_ticks(Reader& reader, const Status& status, Findings& findings);
/// Whether ticks arrive late.
void check_lag(const Status& status, Findings& findings);
/// Whether the prices are compared with the exchange's, and confirmed.
void check_prices(const Status& status, Findings& findings);
void check_subscriptions(Reader& reader, const Status& status, Findings& findings);

void check_messages(const Status& status, Findings& findings);
/// Room for symbols, and order updates that may be missing.
void check_stored(Reader& reader, const Status& status, Findings& findings);
/// Whether the exchange accepts the API key, and whether the one in the environment is the
/// daemon's.
void check_key(const Reader& reader, const Status& status, Findings& findings);

/// The segment's file: who may read it, who may delete it, and whether /dev/shm has room for
/// another one. Also applies without a segment.
void check_shared_memory(const std::string& segment, Findings& findings);
void check_clock(Reader& reader, Findings& findings);
/// Whether a crash of the daemon would write the API key to disk.
void check_core_limit(const Status& status, Findings& findings);

}  // namespace tickcache::cli
