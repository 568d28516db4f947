// The answers to requests by HTTP: the latest records as JSON, the page, health and metrics.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bridges/relay/hub.hpp"
#include "bridges/relay/target.hpp"
#include "web/server.hpp"

namespace tickcache::relay {

/// Belongs to the loop.
class Api {
 public:
  /// `hub` must outlive it. `connections`: how many there are.
  Api(Hub& hub, std::function<std::size_t()> connections)
      : hub_(hub), connections_(std::move(connections)) {}

  /// Of everything but WebSocket and streams.
  [[nodiscard]] web::Response answer(const web::Request& request, const Target& target);

 private:
  [[nodiscard]] web::Response answer_v1(const web::Request& request, const Target& target);
  [[nodiscard]] web::Response price(const Target& target);
  [[nodiscard]] web::Response prices(const Target& target);
  [[nodiscard]] web::Response orders(const Target& target);
  [[nodiscard]] web::Response portfolio(const Target& target);
  [[nodiscard]] web::Response candles(const Target& target);
  [[nodiscard]] web::Response status();
  [[nodiscard]] web::Response ready();
  [[nodiscard]] web::Response metrics();

  Hub& hub_;
  std::function<std::size_t()> connections_;
};

/// The page, whose own scripts alone may run.
[[nodiscard]] web::Response page_response();

/// The API key that a request gives: header X-API-Key, or api_key in the query.
[[nodiscard]] std::string_view key_of(const web::Request& request, const Target& target);

}  // namespace tickcache::relay
