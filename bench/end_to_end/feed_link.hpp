// The exchange's end of one client's connection.
#pragma once

#include <cstdint>
#include <string_view>

namespace tickcache::bench {

/// Listens on a free port of 127.0.0.1 and serves one client. Throws boost::system::system_error.
class FeedLink {
 public:
  FeedLink();
  ~FeedLink();
  FeedLink(const FeedLink&) = delete;
  FeedLink& operator=(const FeedLink&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Waits for the client and answers its upgrade.
  void accept();
  /// Writes all of it, and waits where the client does not read. What the client sent is thrown
  /// away.
  void send(std::string_view bytes);

 private:
  int listener_ = -1;
  int socket_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace tickcache::bench
