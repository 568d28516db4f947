#include "daemon/config/url.hpp"

#include <algorithm>

#include "daemon/platform/endpoint.hpp"
#include "options/endpoint.hpp"
#include "options/text.hpp"

namespace tickcache::daemon {

using options::bracketed;
using options::parse_authority;

namespace {

constexpr std::size_t kMaxPath = 1024;

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "wss" || scheme == "https" ? 443 : 80;
}

// Whatever could end the request line early, or does not belong into a URL unencoded.
bool is_path_character(char c) {
  return c > ' ' && c <= '~' && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

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

std::string parse_url(std::string_view text, Url& out) {
  std::string problem = parse(text, check_scheme, out);
  if (problem.empty() && !out.path.ends_with(kEndpointPath)) out.path += kEndpointPath;
  return problem;
}

std::string parse_rest_url(std::string_view text, Url& out) {
  return parse(text, check_rest_scheme, out);
}

Url rest_url_of(const Url& url) { return {url.tls() ? "https" : "http", url.host, url.port, {}}; }

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
