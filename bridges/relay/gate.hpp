// Who may ask: the names of this machine, the web pages and the token.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "bridges/relay/config.hpp"
#include "bridges/relay/target.hpp"
#include "web/server.hpp"

namespace tickcache::relay {

/// Of an answer.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// Belongs to the loop.
class Gate {
 public:
  /// `config` must outlive it.
  explicit Gate(const Config& config) : config_(config) {}

  /// The answer to who may not ask; nothing for who may.
  [[nodiscard]] std::optional<web::Response> refusal(const web::Request& request,
                                                     const Target& target) const;

  /// The answer's headers that let a web page of another origin read it; none if no such page has
  /// asked. Values are views of the request.
  [[nodiscard]] std::vector<Header> origin_headers(const web::Request& request) const;

 private:
  [[nodiscard]] bool is_known_origin(std::string_view origin, std::string_view host) const;
  [[nodiscard]] bool has_token(const web::Request& request, const Target& target) const;

  const Config& config_;
};

/// An answer that says in JSON what is wrong: {"error":{"code":…,"message":…}}.
[[nodiscard]] web::Response error_response(boost::beast::http::status status, std::string_view code,
                                           std::string_view message);

}  // namespace tickcache::relay
