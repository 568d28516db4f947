// What the configuration means to the parts of the daemon.
#pragma once

#include "daemon/config/config.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/platform/subscriptions.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

[[nodiscard]] Wanted wanted_of(const Config& config);
[[nodiscard]] Timing timing_of(const Config& config);
/// `config` stays as it is as long as the result is in use.
[[nodiscard]] WriterOptions writer_options_of(const Config& config);

}  // namespace tickcache::daemon
