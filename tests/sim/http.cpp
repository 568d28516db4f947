#include "sim/http.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <utility>

#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

std::string_view reason(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

std::string formatted(std::int64_t seconds, const char* format) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

std::string response_text(const HttpResponse& response, std::int64_t time_us, bool keep_alive) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text += reason(response.status);
  text += "\r\ndate: " + formatted(time_us / 1'000'000, "%a, %d %b %Y %H:%M:%S GMT");
  text += "\r\nserver: uvicorn\r\n";
  std::string extra;
  for (const auto& [name, value] : response.headers) {
    extra.append(name).append(": ").append(value).append("\r\n");
  }
  if (response.headers_first) text += std::exchange(extra, {});
  text += "content-length: " + std::to_string(response.body.size());
  text += "\r\ncontent-type: " + response.content_type + "\r\n" + extra;
  if (!keep_alive) text += "connection: close\r\n";
  return text + "\r\n" + response.body;
}

HttpResponse error_response(unsigned status, std::string_view code, std::string_view message,
                            std::string_view details) {
  std::string error;
  ObjectText object(error, false);
  object.text("code", code).text("message", message);
  if (!details.empty()) object.plain("details", details);
  object.end();
  HttpResponse response;
  response.status = status;
  ObjectText(response.body, false).plain("error", error).end();
  return response;
}

HttpResponse refused_number(std::string_view name, std::string_view input,
                            std::string_view constraint, std::int64_t bound) {
  const bool is_most = constraint == "less_than_equal";
  std::string message = "Input should be a valid integer, unable to parse string as an integer";
  if (!constraint.empty()) {
    message = std::string("Input should be ") + (is_most ? "less" : "greater") +
              " than or equal to " + std::to_string(bound);
  }
  std::string place = R"(["query",)";
  append_json_string(place, name);
  std::string entry;
  ObjectText object(entry, false);
  object.text("type", constraint.empty() ? "int_parsing" : constraint).plain("loc", place + "]");
  object.text("msg", message).text("input", input);
  if (!constraint.empty()) {
    object.plain("ctx", (is_most ? R"({"le":)" : R"({"ge":)") + std::to_string(bound) + "}");
  }
  object.end();
  HttpResponse response;
  response.status = 422;
  ObjectText(response.body, false).plain("detail", "[" + entry + "]").end();
  return response;
}

std::string rest_time(std::int64_t microseconds) {
  std::string text = formatted(microseconds / 1'000'000, "%Y-%m-%dT%H:%M:%S");
  const auto fraction = static_cast<int>(microseconds % 1'000'000);
  if (fraction != 0) {
    std::array<char, 16> digits{};
    const int length = std::snprintf(digits.data(), digits.size(), ".%06d", fraction);
    text.append(digits.data(), static_cast<std::size_t>(length));
  }
  return text + "Z";
}

}  // namespace tickcache::sim
