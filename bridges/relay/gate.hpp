// Who may ask: the names of this machine, the web pages and the token.
#pragma once

#include <optional>
#include <string_view>

#include "bridges/relay/config.hpp"
#include "bridges/relay/target.hpp"
#include "web/server.hpp"

namespace tickcache::relay {

/// Belongs to the loop.
class Gate {
 public:
  /// `config` must outlive it.
  explicit Gate(const Config& config) : config_(config) {}

  /// The answer to who may not ask; nothing for who may.
  [[nodiscard]] std::optional<web::Response> refusal(const web::Request& request,
                                                     const Target& target) const;

  /// Lets a web page of another origin read the answer, if such a page has asked.
  void open_to_origin(const web::Request& request, web::Response& response) const;

 private:
  [[nodiscard]] bool is_known_origin(std::string_view origin, std::string_view host) const;
  [[nodiscard]] bool has_token(const web::Request& request, const Target& target) const;

  const Config& config_;
};

/// An answer that says in JSON what is wrong: {"error":{"code":…,"message":…}}.
[[nodiscard]] web::Response error_response(boost::beast::http::status status, std::string_view code,
                                           std::string_view message);

}  // namespace tickcache::relay
