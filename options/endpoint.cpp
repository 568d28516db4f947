#include "options/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "options/text.hpp"

namespace tickcache::options {
namespace {

constexpr std::size_t kMaxHost = 253;  // DNS

std::string parse_port(std::string_view text, std::uint16_t& out) {
  const auto port = number<std::uint16_t>(text);
  if (port.value_or(0) == 0) return "has a port that is not a number from 1 to 65535";
  out = *port;
  return {};
}

// An IPv6 address, without its brackets; kept in its canonical form.
std::string parse_ipv6(const std::string& text, std::string& out) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) {
    return "has brackets around something that is not an IPv6 address";
  }
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  ::inet_ntop(AF_INET6, &address, canonical.data(), canonical.size());
  out = canonical.data();
  return {};
}

std::string parse_name(std::string_view text, std::string& out) {
  if (text.empty()) return "has no host";
  if (text.size() > kMaxHost) return "has a host of more than 253 bytes";
  std::string host = lower_case(text);
  if (host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") != host.npos) {
    return "has a host with other characters than letters, digits, '-', '.' and '_'";
  }
  // 127.1 and 2130706433 are addresses to getaddrinfo, but is_loopback() would not know them.
  in_addr address{};
  if (host.find_first_not_of("0123456789.") == host.npos &&
      ::inet_pton(AF_INET, host.c_str(), &address) != 1) {
    return "has a host that is neither a name nor an IPv4 address of four numbers";
  }
  out = std::move(host);
  return {};
}

}  // namespace

std::string bracketed(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

std::string parse_authority(std::string_view text, std::string& host, std::uint16_t& port) {
  std::string_view after_host;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return "has a '[' without ']'";
    std::string problem = parse_ipv6(std::string(text.substr(1, end - 1)), host);
    if (!problem.empty()) return problem;
    after_host = text.substr(end + 1);
  } else {
    if (std::count(text.begin(), text.end(), ':') > 1) {
      return "has an IPv6 address without brackets; write it as in [::1]:8000";
    }
    const std::size_t colon = std::min(text.find(':'), text.size());
    std::string problem = parse_name(text.substr(0, colon), host);
    if (!problem.empty()) return problem;
    after_host = text.substr(colon);
  }
  if (after_host.empty()) return {};
  if (!after_host.starts_with(':')) return "has something other than ':PORT' after the host";
  return parse_port(after_host.substr(1), port);
}

std::string Endpoint::text() const { return bracketed(host) + ':' + std::to_string(port); }

std::string parse_endpoint(std::string_view text, Endpoint& out) {
  Endpoint endpoint;
  std::string problem = parse_authority(text, endpoint.host, endpoint.port);
  if (problem.empty() && endpoint.port == 0) {
    problem = "has no port; write HOST:PORT, as in 127.0.0.1:9464";
  }
  if (problem.empty()) out = std::move(endpoint);
  return problem;
}

bool is_address(const std::string& host) {
  in6_addr room{};
  return host == "localhost" || ::inet_pton(AF_INET, host.c_str(), &room) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &room) == 1;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24U) == 127;
}

}  // namespace tickcache::options
