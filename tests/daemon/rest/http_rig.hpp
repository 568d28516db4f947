// A client on a loop of its own, and what servers of every kind answer to it.
#pragma once

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/rest/http_client.hpp"
#include "support/soon.hpp"
#include "tests/faults/hostile.hpp"

namespace tickcache::daemon {

using namespace std::chrono_literals;
using faults::Hostile;
using faults::Peer;
using faults::Script;

inline constexpr const char* kKey = "ak_VerySecret-0123456789";
/// For what never answers.
inline constexpr std::chrono::milliseconds kShort{100};

std::string ok(const std::string& body, const std::string& headers = {});

/// Answers each request with `answer`, until the client goes.
Script always(const std::string& answer);

/// Answers one request with these bytes; then the connection ends, or is held.
Script once(const std::string& bytes, bool then_hold = false);

struct Rig {
  boost::asio::io_context io{1};
  DialSettings settings;
  std::optional<HttpClient> client;
  std::vector<HttpResult> results;

  explicit Rig(std::uint16_t port, const std::string& scheme = "ws",
               const std::string& host = "127.0.0.1");

  void begin(std::chrono::nanoseconds timeout = test::kPatience, bool with_key = false,
             const std::string& target = "/api/v1/market/prices?symbols=BTCUSDT");
  bool run_until(const std::function<bool()>& done);
  /// Whether nothing of the client is on the loop any more.
  bool leaves_loop();

  HttpResult get(std::chrono::nanoseconds timeout = test::kPatience, bool with_key = false);
  HttpAnswer answer(bool with_key = false);
  HttpFailure failure(std::chrono::nanoseconds timeout = test::kPatience, bool with_key = false);
};

/// Why one request to a server with this script fails.
std::string why(const Script& script, std::chrono::nanoseconds timeout = test::kPatience);

bool has(const std::string& text, const std::string& part);

}  // namespace tickcache::daemon
