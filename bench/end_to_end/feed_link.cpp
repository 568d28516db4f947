#include "bench/end_to_end/feed_link.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cerrno>
#include <system_error>

namespace tickcache::bench {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Beast answers the upgrade; the frames are written past it.
void answer_upgrade(int socket) {
  namespace asio = boost::asio;
  const int copy = dup(socket);
  if (copy < 0) fail("dup");
  asio::io_context io;
  boost::beast::websocket::stream<asio::ip::tcp::socket, false> stream(
      asio::ip::tcp::socket(io, asio::ip::tcp::v4(), copy));
  stream.accept();
}

}  // namespace

FeedLink::FeedLink() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (listener_ < 0 || bind(listener_, generic, size) != 0 || listen(listener_, 1) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    fail("listen");
  }
  port_ = ntohs(address.sin_port);
}

FeedLink::~FeedLink() {
  if (socket_ >= 0) close(socket_);
  if (listener_ >= 0) close(listener_);
}

void FeedLink::accept() {
  socket_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket_ < 0) fail("accept");
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  answer_upgrade(socket_);
}

void FeedLink::send(std::string_view bytes) {
  char ignored[4096];
  while (recv(socket_, ignored, sizeof ignored, MSG_DONTWAIT) > 0) {
  }
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace tickcache::bench
