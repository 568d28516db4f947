#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tickcache::sim {

// A blocking WebSocket client for tests, built on Beast, so that what the exchange writes is read
// by somebody else's implementation. Every call gives up after ten seconds. Belongs to one thread.
class WsClient {
 public:
  // Connects to 127.0.0.1. Throws std::runtime_error if there is no connection, or no upgrade: then
  // it says "HTTP 403".
  explicit WsClient(std::uint16_t port, const std::string& target = "/ws/v1?api_key=ak_test");
  ~WsClient();
  WsClient(const WsClient&) = delete;
  WsClient& operator=(const WsClient&) = delete;

  void send(std::string_view text);

  // The next message, or nothing if the connection has ended; then close_code() tells how.
  std::optional<std::string> read();
  // The code of the server's close frame; 0 if there was none.
  std::uint16_t close_code() const;

  void close();

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

// The status of the answer to an upgrade, or 101 if it was accepted.
unsigned upgrade_status(std::uint16_t port, const std::string& target);

}  // namespace tickcache::sim
