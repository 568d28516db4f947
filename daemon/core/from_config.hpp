// Derives the settings of the daemon's parts from the configuration.
#pragma once

#include "daemon/config/config.hpp"
#include "daemon/core/publisher.hpp"
#include "daemon/core/reconciliation.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/platform/subscriptions.hpp"
#include "daemon/sources/net/dialer.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

[[nodiscard]] Wanted wanted_of(const Config& config);
[[nodiscard]] Timing timing_of(const Config& config);
[[nodiscard]] AccountSettings account_of(const Config& config);
[[nodiscard]] TrustSettings trust_of(const Config& config);
/// How the exchange is reached at `url`. `io` and `tls` must outlive what uses the result; `tls`
/// may be null if the URL needs none.
[[nodiscard]] DialSettings dial_settings_of(const Config& config, const Url& url,
                                            boost::asio::io_context& io,
                                            boost::asio::ssl::context* tls);
/// The result refers to `config`, which must stay unchanged while the result is in use.
[[nodiscard]] WriterOptions writer_options_of(const Config& config);

}  // namespace tickcache::daemon
