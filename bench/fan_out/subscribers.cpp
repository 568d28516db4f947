// Many WebSocket clients in one: each subscribes to all tickers, and reads as fast as it can.
// Usage: bench_subscribers PORT CLIENTS SECONDS. Prints "ready" when all are subscribed, then JSON:
// frames in that time, latencies from the exchange's send() of every 16th, and clients that were
// closed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "bench/end_to_end/tick_frames.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/histogram.hpp"

namespace {

using namespace tickcache::bench;

constexpr std::uint64_t kSampled = 16;
constexpr std::int64_t kWarmUp = 500'000'000;

/// A request with an empty mask, which is one too.
std::string subscription() {
  const std::string text = R"({"action":"subscribe","channel":"ticker_all"})";
  std::string frame = "\x81";
  frame += static_cast<char>(0x80U | text.size());
  return frame.append(4, '\0') + text;
}

class Subscriber {
 public:
  explicit Subscriber(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot connect");
    }
    const std::string request =
        "GET /ws/v1?api_key=ak_bench HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n";
    write(request);
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
      char byte = 0;
      if (::read(fd_, &byte, 1) != 1) throw std::runtime_error("no handshake");
      answer += byte;
    }
    if (!answer.starts_with("HTTP/1.1 101")) throw std::runtime_error("refused: " + answer);
    write(subscription());
  }

  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Reads what is there and gives each ticker to `take`. False if the connection was closed.
  template <class Take>
  bool read(Take take) {
    const std::size_t room = std::size_t{256} << 10;
    const std::size_t had = bytes_.size();
    bytes_.resize(had + room);
    const ssize_t size = ::recv(fd_, bytes_.data() + had, room, MSG_DONTWAIT);
    bytes_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size <= 0) return size < 0 && errno == EAGAIN;
    std::string_view rest = bytes_;
    while (rest.size() >= 2) {
      const auto small = static_cast<unsigned char>(rest[1]);
      const std::size_t header = small < 126 ? 2 : 4;
      if (rest.size() < header) break;
      std::size_t length = small;
      if (small == 126) {
        length = (static_cast<std::size_t>(static_cast<unsigned char>(rest[2])) << 8) |
                 static_cast<unsigned char>(rest[3]);
      }
      if (rest.size() < header + length) break;
      const std::string_view payload = rest.substr(header, length);
      if (static_cast<unsigned char>(rest[0]) == 0x88) return false;
      if (payload.find("\"quantity\"") != payload.npos) take(payload);
      rest.remove_prefix(header + length);
    }
    bytes_.erase(0, bytes_.size() - rest.size());
    return true;
  }

 private:
  void write(std::string_view text) const {
    if (::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      throw std::system_error(errno, std::generic_category(), "cannot write");
    }
  }

  int fd_;
  std::string bytes_;
};

/// The exchange's stamp, with or without a blank after the colon.
std::int64_t stamp_of(std::string_view message) {
  const auto at = message.find("\"quantity\":") + 11;
  std::int64_t stamp = 0;
  for (const char c : message.substr(at)) {
    if (c >= '0' && c <= '9') stamp = stamp * 10 + (c - '0');
    if (c == ',') break;
  }
  return stamp - kStampOffset;
}

void read_some(int poll, std::vector<epoll_event>& events, std::vector<Subscriber>& clients,
               std::uint64_t& frames, std::uint64_t& closed, Histogram& latencies) {
  const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
  for (int i = 0; i < ready; ++i) {
    const std::int64_t now = boot_now();
    Subscriber& client = clients[events[static_cast<std::size_t>(i)].data.u64];
    const bool open = client.read([&](std::string_view message) {
      if (frames++ % kSampled == 0) latencies.add(now - stamp_of(message));
    });
    if (open) continue;
    ++closed;
    ::epoll_ctl(poll, EPOLL_CTL_DEL, client.fd(), nullptr);
  }
}

int run(std::uint16_t port, std::size_t count, double seconds) {
  std::vector<Subscriber> clients;
  const int poll = ::epoll_create1(0);
  for (std::size_t i = 0; i < count; ++i) {
    clients.emplace_back(port);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, clients.back().fd(), &event);
  }
  Histogram latencies;
  std::uint64_t frames = 0;
  std::uint64_t closed = 0;
  std::vector<epoll_event> events(count);
  const auto read_until = [&](std::int64_t end) {
    while (boot_now() < end) read_some(poll, events, clients, frames, closed, latencies);
  };
  // The latest values, which each gets at first, are older.
  read_until(boot_now() + kWarmUp);
  std::cout << "ready" << std::endl;
  latencies = {};
  frames = 0;
  const std::int64_t begin = boot_now();
  read_until(begin + static_cast<std::int64_t>(seconds * 1e9));
  const auto took = static_cast<double>(boot_now() - begin) / 1e9;
  std::cout << "{" << latencies.json() << R"(,"frames":)" << frames << R"(,"seconds":)" << took
            << R"(,"closed":)" << closed << "}" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bench_subscribers PORT CLIENTS SECONDS\n";
    return 2;
  }
  try {
    return run(static_cast<std::uint16_t>(std::atoi(argv[1])),
               static_cast<std::size_t>(std::atoi(argv[2])), std::atof(argv[3]));
  } catch (const std::exception& error) {
    std::cerr << "bench_subscribers: " << error.what() << '\n';
    return 1;
  }
}
