// The answers to requests by HTTP: the latest records as JSON, the page, health and metrics.
#pragma once

#include <string_view>

#include "bridges/relay/hub.hpp"
#include "bridges/relay/target.hpp"
#include "web/server.hpp"

namespace tickcache::relay {

/// The answer to a request that is neither for a WebSocket nor for a stream.
[[nodiscard]] web::Response api_response(Hub& hub, const web::Server& server,
                                         const web::Request& request, const Target& target);

/// The page, whose own scripts alone may run.
[[nodiscard]] web::Response page_response();

/// The API key that a request gives: header X-API-Key, or api_key in the query.
[[nodiscard]] std::string_view key_of(const web::Request& request, const Target& target);

}  // namespace tickcache::relay
