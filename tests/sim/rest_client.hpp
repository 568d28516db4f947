// A blocking HTTP client for tests, which keeps its connection.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace tickcache::sim {

struct RestAnswer {
  unsigned status = 0;
  std::string head;  // the header's lines
  std::string body;

  // The value of a header; its name in lower case, as the platform writes it.
  std::string header(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

// Times in the text replaced by T, so that the rest of it can be compared.
inline std::string without_times(const std::string& text) {
  static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z)");
  return std::regex_replace(text, kTime, "T");
}

class RestClient {
 public:
  explicit RestClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~RestClient() { close(fd_); }
  RestClient(const RestClient&) = delete;
  RestClient& operator=(const RestClient&) = delete;

  // headers: whole lines.
  void send(const std::string& method, const std::string& target, const std::string& headers = {},
            const std::string& body = {}) const {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers;
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n" + body;
    REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  // Nothing if the connection ends first.
  std::optional<RestAnswer> receive() {
    std::size_t end = 0;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some()) return std::nullopt;
    }
    RestAnswer answer;
    answer.head = input_.substr(0, end + 2);
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
    const std::size_t size = std::stoul(answer.header("content-length"));
    input_.erase(0, end + 4);
    while (input_.size() < size) {
      if (!read_some()) return std::nullopt;
    }
    answer.body = input_.substr(0, size);
    input_.erase(0, size);
    return answer;
  }
  RestAnswer get(const std::string& target, const std::string& headers = {}) {
    send("GET", target, headers);
    const auto answer = receive();
    REQUIRE(answer);
    return *answer;
  }
  // Whether something, or the end, can be read now.
  bool is_readable() const { return is_readable_within(0); }

 private:
  bool is_readable_within(int milliseconds) const {
    pollfd ready{fd_, POLLIN, 0};
    return poll(&ready, 1, milliseconds) == 1;
  }
  bool read_some() {
    char buffer[65536];
    REQUIRE(is_readable_within(10'000));
    const ssize_t size = recv(fd_, buffer, sizeof buffer, 0);
    if (size <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  int fd_;
  std::string input_;
};

}  // namespace tickcache::sim
