// A client that sends any bytes to a loopback port, and takes what comes back.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/soon.hpp"

namespace tickcache::test {

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~HttpClient() { close(fd_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  [[nodiscard]] bool connected() const noexcept { return connected_; }
  bool send(std::string_view bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  /// Everything up to the server's end of the connection; fails the test if that does not come.
  std::string rest() const {
    std::string text;
    char buffer[4096];
    for (;;) {
      pollfd ready{fd_, POLLIN, 0};
      REQUIRE(poll(&ready, 1, static_cast<int>(kPatience.count()) * 1000) == 1);
      const ssize_t size = recv(fd_, buffer, sizeof buffer, 0);
      if (size <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(size));
    }
  }
  /// Whether something, or the end, can be read now.
  [[nodiscard]] bool readable() const {
    pollfd ready{fd_, POLLIN, 0};
    return poll(&ready, 1, 0) == 1;
  }

 private:
  int fd_;
  bool connected_;
};

/// The whole answer to one GET.
inline std::string http_get(std::uint16_t port, const std::string& target) {
  const HttpClient client(port);
  if (!client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n")) return {};
  return client.rest();
}

}  // namespace tickcache::test
