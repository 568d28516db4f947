// Hosts and listening addresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tickcache::options {

/// A listening address, HOST:PORT.
struct Endpoint {
  std::string host;  ///< a name or an address in lower case; IPv6 without its brackets
  std::uint16_t port = 0;

  /// "127.0.0.1:9464"; brackets around IPv6.
  [[nodiscard]] std::string text() const;

  bool operator==(const Endpoint&) const = default;
};

// These set their last arguments and return an empty string, or return an error message with the
// accepted syntax, which repeats nothing of `text`.

[[nodiscard]] std::string parse_endpoint(std::string_view text, Endpoint& out);
/// HOST or HOST:PORT. `port` keeps its value if there is none.
[[nodiscard]] std::string parse_authority(std::string_view text, std::string& host,
                                          std::uint16_t& port);

/// `host`, in brackets if it is an IPv6 address.
[[nodiscard]] std::string bracketed(const std::string& host);

/// "localhost", or an IPv4 or IPv6 address.
[[nodiscard]] bool is_address(const std::string& host);

/// "localhost", 127.0.0.0/8 or ::1: data sent there does not leave this machine.
[[nodiscard]] bool is_loopback(const std::string& host);

}  // namespace tickcache::options
