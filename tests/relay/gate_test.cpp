#include "bridges/relay/gate.hpp"

#include <doctest/doctest.h>

namespace tickcache::relay {
namespace {

namespace http = boost::beast::http;

struct Asked {
  std::string host = "127.0.0.1:8010";
  std::string origin = {};
  std::string authorization = {};
  std::string target = "/v1/prices";
};

/// 0: it may.
unsigned refusal(const Config& config, const Asked& asked) {
  web::Request request(http::verb::get, asked.target, 11);
  if (!asked.host.empty()) request.set(http::field::host, asked.host);
  if (!asked.origin.empty()) request.set(http::field::origin, asked.origin);
  if (!asked.authorization.empty()) request.set(http::field::authorization, asked.authorization);
  const auto target = parse_target(asked.target);
  REQUIRE(target);
  const auto response = Gate(config).refusal(request, *target);
  if (!response) return 0;
  CHECK(response->body().find(R"("code":")") != std::string::npos);
  return response->result_int();
}

TEST_CASE("gate: by addresses, localhost and configured names, whatever the port") {
  Config config;
  config.hosts = {"prices.example"};
  for (const char* host : {"127.0.0.1:8010", "127.0.0.1", "localhost", "LocalHost:1", "[::1]:8010",
                           "192.168.1.2:8010", "prices.example", "PRICES.example:443", ""}) {
    CAPTURE(host);
    CHECK(refusal(config, {.host = host}) == 0);
  }
  for (const char* host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "prices.example.evil",
        "evil.example:8010", "[evil]", "0x7f000001", "prices.example@evil.example", "127.1"}) {
    CAPTURE(host);
    CHECK(refusal(config, {.host = host}) == 421);
  }
}

TEST_CASE("gate: pages of the relay itself and of configured origins") {
  Config config;
  config.origins = {"https://desk.example"};
  for (const char* origin : {"http://127.0.0.1:8010", "https://desk.example"}) {
    CAPTURE(origin);
    CHECK(refusal(config, {.origin = origin}) == 0);
  }
  for (const char* origin :
       {"http://evil.example", "null", "http://127.0.0.1:3000", "http://127.0.0.1",
        "http://localhost:8010", "https://desk.example.evil", "http://desk.example",
        "https://desk.example:8443", "127.0.0.1:8010"}) {
    CAPTURE(origin);
    CHECK(refusal(config, {.origin = origin}) == 403);
  }
  // Without a Host header nothing is the relay's own.
  CHECK(refusal(config, {.host = "", .origin = "http://"}) == 403);
}

TEST_CASE("gate: a page of a configured origin may read the answer") {
  Config config;
  config.origins = {"https://desk.example"};
  const auto allowed = [&](const char* origin) {
    web::Request request(http::verb::get, "/", 11);
    if (origin != nullptr) request.set(http::field::origin, origin);
    web::Response response;
    Gate(config).open_to_origin(request, response);
    CHECK((response[http::field::vary] == "Origin") ==
          (response.count(http::field::access_control_allow_origin) == 1));
    return std::string(response[http::field::access_control_allow_origin]);
  };
  CHECK(allowed(nullptr).empty());
  CHECK(allowed("https://desk.example") == "https://desk.example");
  CHECK(allowed("https://evil.example").empty());
}

TEST_CASE("gate: the token, in the header or the query, opens all but the page and health") {
  Config config;
  config.token = "0123456789abcdef";
  CHECK(refusal(config, {}) == 401);
  CHECK(refusal(config, {.authorization = "Bearer 0123456789abcdef"}) == 0);
  CHECK(refusal(config, {.authorization = "bearer 0123456789abcdef"}) == 0);
  CHECK(refusal(config, {.target = "/v1/prices?token=0123456789abcdef"}) == 0);
  for (const char* wrong :
       {"Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Bearer ", "Bearer",
        "0123456789abcdef", "Basic 0123456789abcdef", "Bearer  0123456789abcdef"}) {
    CAPTURE(wrong);
    CHECK(refusal(config, {.authorization = wrong}) == 401);
  }
  // A wrong one in the header is not made good by the query.
  CHECK(refusal(config, {.authorization = "Bearer wrong-wrong-wrong",
                         .target = "/?x=1&token=0123456789abcdef"}) == 0);
  CHECK(refusal(config, {.authorization = "Bearer wrong-wrong-wrong",
                         .target = "/v1/prices?token=0123456789abcdef"}) == 401);
  for (const char* closed : {"/ws/v1", "/v1/stream", "/metrics", "/readyz", "/openapi.json",
                             "/v1/orders?token=", "/v1/prices?token=0"}) {
    CAPTURE(closed);
    CHECK(refusal(config, {.target = closed}) == 401);
  }
  for (const char* open : {"/", "/healthz", "/?token=wrong"}) {
    CAPTURE(open);
    CHECK(refusal(config, {.target = open}) == 0);
  }
  // Who may not ask at all is not asked for the token.
  CHECK(refusal(config, {.host = "evil.example"}) == 421);
}

}  // namespace
}  // namespace tickcache::relay
