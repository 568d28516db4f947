// Derives the settings of the daemon's parts from the configuration.
#pragma once

#include "daemon/config/config.hpp"
#include "daemon/core/publisher.hpp"
#include "daemon/core/reconciliation.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/platform/subscriptions.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

[[nodiscard]] Wanted wanted_of(const Config& config);
[[nodiscard]] Timing timing_of(const Config& config);
[[nodiscard]] AccountSettings account_of(const Config& config);
[[nodiscard]] TrustSettings trust_of(const Config& config);
/// The result refers to `config`, which must stay unchanged while the result is in use.
[[nodiscard]] WriterOptions writer_options_of(const Config& config);

}  // namespace tickcache::daemon
