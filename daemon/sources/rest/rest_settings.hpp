// How the exchange's REST interface is asked.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "daemon/config/config.hpp"
#include "daemon/sources/rest/http_client.hpp"

namespace tickcache::daemon {

/// `io` and `tls` must outlive the clients with these settings. `tls` may be null if the URL needs
/// none.
[[nodiscard]] HttpSettings rest_settings_of(boost::asio::io_context& io, const Config& config,
                                            boost::asio::ssl::context* tls);

}  // namespace tickcache::daemon
