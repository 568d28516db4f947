#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tickcache::sim {

struct HttpRequest {
  std::string method;
  std::string target;
  std::string api_key;  // of the header X-API-Key
  std::string body;
  bool keep_alive = true;
};

struct HttpResponse {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  bool headers_first = false;  // before those of the content, as the platform's limiter does
};

// The response as the platform's server writes it. time_us: its clock.
std::string response_text(const HttpResponse& response, std::int64_t time_us, bool keep_alive);

// {"error":{"code":…,"message":…,"details":…}}; details is a finished object, or empty: left out.
HttpResponse error_response(unsigned status, std::string_view code, std::string_view message,
                            std::string_view details = {});

// The 422 to a whole number in the query that is none, or out of range. constraint: "" if it is no
// number, else "less_than_equal" or "greater_than_equal", with the bound.
HttpResponse refused_number(std::string_view name, std::string_view input,
                            std::string_view constraint, std::int64_t bound);

// "2026-02-23T15:30:45.123456Z"; without a fraction if that is 0, as Python writes it.
std::string rest_time(std::int64_t microseconds);

}  // namespace tickcache::sim
