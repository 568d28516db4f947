#include "daemon/config/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "options/text.hpp"

#include "daemon/platform/endpoint.hpp"

namespace tickcache::daemon {
namespace {

constexpr std::size_t kMaxHost = 253;  // DNS
constexpr std::size_t kMaxPath = 1024;

bool one_of(char c, std::string_view set) { return set.find(c) != set.npos; }

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string bracketed(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "wss" || scheme == "https" ? 443 : 80;
}

std::string parse_port(std::string_view text, std::uint16_t& out) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return "has a port that is not a number from 1 to 65535";
  }
  out = port;
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
  const bool valid = std::all_of(text.begin(), text.end(),
                                 [](char c) { return is_alphanumeric(c) || one_of(c, "-._"); });
  if (!valid) return "has a host with other characters than letters, digits, '-', '.' and '_'";
  std::string host = options::lower_case(text);
  // 127.1 and 2130706433 are addresses to getaddrinfo, but is_loopback() would not know them.
  in_addr address{};
  if (host.find_first_not_of("0123456789.") == host.npos &&
      ::inet_pton(AF_INET, host.c_str(), &address) != 1) {
    return "has a host that is neither a name nor an IPv4 address of four numbers";
  }
  out = std::move(host);
  return {};
}

// HOST or HOST:PORT. `port` keeps its value if there is none.
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

// Whatever could end the request line early, or does not belong into a URL unencoded.
bool is_path_character(char c) { return c > ' ' && c <= '~' && !one_of(c, "\"<>\\^`{|}"); }

std::string parse_path(std::string_view text, std::string& out) {
  if (!std::all_of(text.begin(), text.end(), is_path_character)) {
    return "has a path with characters that must be percent-encoded";
  }
  if (text.size() > kMaxPath) return "has a path of more than 1024 bytes";
  while (text.ends_with('/')) text.remove_suffix(1);
  out = text;
  return {};
}

std::string check_rest_scheme(std::string_view scheme) {
  if (scheme == "http" || scheme == "https") return {};
  return "must begin with http:// or https://, as in https://exchange.example";
}

std::string check_scheme(std::string_view scheme) {
  if (scheme == "ws" || scheme == "wss") return {};
  if (scheme == "http" || scheme == "https") {
    return "is not a WebSocket address; write " + std::string(scheme == "http" ? "ws" : "wss") +
           ":// in place of " + std::string(scheme) + "://";
  }
  return "must begin with ws:// or wss://, as in wss://exchange.example";
}

/// `check` says what is wrong with a scheme.
std::string parse(std::string_view text, std::string (*check)(std::string_view), Url& out) {
  const std::size_t separator = text.find("://");
  if (separator == text.npos) return check("");
  Url url;
  url.scheme = options::lower_case(text.substr(0, separator));
  std::string problem = check(url.scheme);
  if (!problem.empty()) return problem;

  const std::string_view rest = text.substr(separator + 3);
  if (rest.find('?') != rest.npos) {
    return "has a query ('?'), which would end up in logs; the key belongs into api-key-file";
  }
  if (rest.find('#') != rest.npos) return "has a fragment ('#'), which the server never sees";
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != authority.npos) {
    return "has user information ('@'), which would end up in logs; the key belongs into "
           "api-key-file";
  }

  url.port = default_port(url.scheme);
  problem = parse_authority(authority, url.host, url.port);
  if (problem.empty()) problem = parse_path(rest.substr(slash), url.path);
  if (problem.empty()) out = std::move(url);
  return problem;
}

}  // namespace

std::string Url::authority() const {
  std::string result = bracketed(host);
  if (port != default_port(scheme)) result += ':' + std::to_string(port);
  return result;
}

std::string Url::text() const { return scheme + "://" + authority() + path; }

std::string Endpoint::text() const { return bracketed(host) + ':' + std::to_string(port); }

std::string parse_url(std::string_view text, Url& out) {
  std::string problem = parse(text, check_scheme, out);
  if (problem.empty() && !out.path.ends_with(kEndpointPath)) out.path += kEndpointPath;
  return problem;
}

std::string parse_rest_url(std::string_view text, Url& out) {
  return parse(text, check_rest_scheme, out);
}

Url rest_url_of(const Url& url) { return {url.tls() ? "https" : "http", url.host, url.port, {}}; }

std::string parse_endpoint(std::string_view text, Endpoint& out) {
  Endpoint endpoint;
  std::string problem = parse_authority(text, endpoint.host, endpoint.port);
  if (problem.empty() && endpoint.port == 0) {
    problem = "has no port; write HOST:PORT, as in 127.0.0.1:9464";
  }
  if (problem.empty()) out = std::move(endpoint);
  return problem;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24U) == 127;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return result;
}

}  // namespace tickcache::daemon
