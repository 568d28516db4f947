// The address of the exchange, taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tickcache::daemon {

/// Never holds user information, a query or a fragment, and so no secret: it may be logged.
struct Url {
  std::string scheme;      ///< "ws" or "wss"
  std::string host;        ///< a name or an address in lower case; IPv6 without its brackets
  std::uint16_t port = 0;  ///< given, or the scheme's: 80, 443
  std::string path;        ///< always ends with kEndpointPath (platform/endpoint.hpp)

  [[nodiscard]] bool tls() const { return scheme == "wss"; }
  /// The same text for the same place, however it was written: no default port, no slash at the
  /// end.
  [[nodiscard]] std::string text() const;
  /// What belongs into a Host header: brackets around IPv6, the port unless it is the default.
  [[nodiscard]] std::string authority() const;

  bool operator==(const Url&) const = default;
};

/// HOST:PORT, where something listens.
struct Endpoint {
  std::string host;  ///< as in Url
  std::uint16_t port = 0;

  /// "127.0.0.1:9464"; brackets around IPv6.
  [[nodiscard]] std::string text() const;

  bool operator==(const Endpoint&) const = default;
};

/// Each sets `out` and returns an empty text, or says what is wrong with `text` and what would be
/// right, without repeating any of it.
[[nodiscard]] std::string parse_url(std::string_view text, Url& out);
[[nodiscard]] std::string parse_endpoint(std::string_view text, Endpoint& out);

/// "localhost", 127.0.0.0/8 or ::1: what is sent there does not leave this machine.
[[nodiscard]] bool is_loopback(const std::string& host);

/// `text` as it may stand in a query: everything but RFC 3986's unreserved characters is encoded.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace tickcache::daemon
