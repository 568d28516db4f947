#include "bridges/relay/gate.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>

#include "encode/line.hpp"

namespace tickcache::relay {
namespace {

namespace http = boost::beast::http;

bool is_equal(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

bool is_in(const std::vector<std::string>& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& one) { return is_equal(one, text); });
}

/// In a time that does not tell how much of it was right.
bool is_same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<web::Response> Gate::refusal(const web::Request& request,
                                           const Target& target) const {
  const std::string_view host = web::header(request, http::field::host);
  // An address that others reach is asked for by that address or a name that was configured.
  if (!web::is_host_of_this_machine(host) && !is_in(config_.hosts, web::host_name(host))) {
    return error_response(http::status::misdirected_request, "UNKNOWN_HOST",
                          "the header Host names another host; if it is a name of this relay, add "
                          "it to the option hosts");
  }
  const std::string_view origin = web::header(request, http::field::origin);
  if (!origin.empty() && !is_known_origin(origin, host)) {
    return error_response(
        http::status::forbidden, "FOREIGN_ORIGIN",
        "web pages of this origin may not use the relay; if they should, add it to "
        "the option origins");
  }
  // The page itself tells nothing; it asks for the token.
  if (target.path.empty() || target.path[0] == "healthz" || has_token(request, target)) return {};
  auto response = error_response(
      http::status::unauthorized, "TOKEN_REQUIRED",
      "this relay requires its token: header 'Authorization: Bearer TOKEN', or ?token=TOKEN");
  response.set(http::field::www_authenticate, "Bearer");
  return response;
}

void Gate::open_to_origin(const web::Request& request, web::Response& response) const {
  const std::string_view origin = web::header(request, http::field::origin);
  if (!is_in(config_.origins, origin)) return;
  response.set(http::field::access_control_allow_origin, {origin.data(), origin.size()});
  response.set(http::field::vary, "Origin");
}

bool Gate::is_known_origin(std::string_view origin, std::string_view host) const {
  const std::size_t scheme = origin.find("://");
  const bool own =
      !host.empty() && scheme != origin.npos && is_equal(origin.substr(scheme + 3), host);
  return own || is_in(config_.origins, origin);
}

bool Gate::has_token(const web::Request& request, const Target& target) const {
  if (config_.token.empty()) return true;
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view given = web::header(request, http::field::authorization);
  if (is_equal(given.substr(0, kBearer.size()), kBearer)) {
    return is_same_secret(given.substr(kBearer.size()), config_.token);
  }
  return is_same_secret(target["token"], config_.token);
}

web::Response error_response(http::status status, std::string_view code, std::string_view message) {
  encode::JsonLine json;
  json.begin_object("error");
  json.text("code", code);
  json.text("message", message);
  json.end_object();
  return web::make_response(status, json.finish(), "application/json");
}

}  // namespace tickcache::relay
