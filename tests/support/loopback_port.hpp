// A loopback port of one's own.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace tickcache::test {

enum class PortUse {
  refuses,    ///< connections are refused, and nobody else can have it meanwhile
  is_silent,  ///< connections are taken and never answered
  is_free,    ///< reserved for a program under test, which listens with SO_REUSEADDR
};

class LoopbackPort {
 public:
  explicit LoopbackPort(PortUse use) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    if (use == PortUse::is_free) setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* address = reinterpret_cast<sockaddr*>(&address_);
    REQUIRE(bind(fd_, address, size) == 0);
    REQUIRE(getsockname(fd_, address, &size) == 0);
    if (use == PortUse::is_silent) REQUIRE(listen(fd_, 8) == 0);
  }
  ~LoopbackPort() { close(fd_); }
  LoopbackPort(const LoopbackPort&) = delete;
  LoopbackPort& operator=(const LoopbackPort&) = delete;

  [[nodiscard]] std::uint16_t number() const { return ntohs(address_.sin_port); }
  [[nodiscard]] std::string endpoint() const { return "127.0.0.1:" + std::to_string(number()); }
  [[nodiscard]] std::string url() const { return "ws://" + endpoint(); }

 private:
  int fd_;
  sockaddr_in address_{};
};

}  // namespace tickcache::test
