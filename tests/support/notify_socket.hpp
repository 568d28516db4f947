// A service manager's end of NOTIFY_SOCKET.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::test {

/// Keeps each datagram that was sent to it, in order.
class NotifySocket {
 public:
  /// `name` is a path that does not exist yet, or '@' and an abstract name.
  explicit NotifySocket(std::string name)
      : name_(std::move(name)), fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(name_.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (is_abstract()) address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  ~NotifySocket() {
    close(fd_);
    if (!is_abstract()) unlink(name_.c_str());
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  /// What NOTIFY_SOCKET is to be.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Everything that has come.
  const std::vector<std::string>& messages() {
    char buffer[4096];
    for (ssize_t size = 0; (size = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT)) >= 0;) {
      messages_.emplace_back(buffer, static_cast<std::size_t>(size));
    }
    return messages_;
  }
  void forget() {
    messages();
    messages_.clear();
  }

  /// How many of the messages have a line that begins so.
  std::size_t count(std::string_view line) {
    const auto& all = messages();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const std::string& message) {
          return message.starts_with(line) ||
                 message.find("\n" + std::string(line)) != std::string::npos;
        }));
  }
  /// The text of the last STATUS=; empty if there was none.
  std::string status() {
    std::string last;
    for (const std::string& message : messages()) {
      const std::size_t at = message.find("STATUS=");
      if (at == std::string::npos) continue;
      last = message.substr(at + 7, message.find('\n', at) - at - 7);
    }
    return last;
  }

 private:
  [[nodiscard]] bool is_abstract() const { return name_.starts_with('@'); }

  std::string name_;
  int fd_;
  std::vector<std::string> messages_;
};

}  // namespace tickcache::test
