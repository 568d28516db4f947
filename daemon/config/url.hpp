// The parsed URLs of the exchange.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "options/endpoint.hpp"

namespace tickcache::daemon {

using options::Endpoint;
using options::is_loopback;
using options::parse_endpoint;

/// Never contains user information, a query or a fragment, hence no secret: it may be logged.
struct Url {
  std::string scheme;      ///< "ws" or "wss"; of REST, "http" or "https"
  std::string host;        ///< a name or an address in lower case; IPv6 without its brackets
  std::uint16_t port = 0;  ///< given, or the scheme's: 80, 443
  /// Always ends with kEndpointPath (platform/endpoint.hpp); of REST, what precedes every path.
  std::string path;

  [[nodiscard]] bool tls() const { return scheme == "wss" || scheme == "https"; }
  /// The canonical form: without the default port or a trailing slash.
  [[nodiscard]] std::string text() const;
  /// The value of the Host header: brackets around IPv6, the port unless it is the default.
  [[nodiscard]] std::string authority() const;

  bool operator==(const Url&) const = default;
};

/// These set `out` and return an empty string, or return an error message with the accepted syntax,
/// which repeats nothing of `text`.
[[nodiscard]] std::string parse_url(std::string_view text, Url& out);
[[nodiscard]] std::string parse_rest_url(std::string_view text, Url& out);

/// Where the exchange at `url` answers REST requests, unless it is said otherwise.
[[nodiscard]] Url rest_url_of(const Url& url);

/// `text` encoded for a query: everything but RFC 3986's unreserved characters is percent-encoded.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace tickcache::daemon
