// The floor for latency: sleeps in recv() on the exchange's connection and counts the frames,
// without an event loop and without WebSocket; with "wake" it also wakes whom bench_bare_waiter
// stands for; with "spin" it never sleeps. Usage: bench_bare_socket PORT [wake|spin] COUNTER_FILE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/end_to_end/tick_frames.hpp"
#include "bench/support/counter_file.hpp"

namespace {

int connected_to(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
  const std::string request =
      "GET /ws/v1?api_key=ak_bench HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n";
  if (send(socket, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) {
    throw std::runtime_error("cannot send");
  }
  // The answer; the exchange sends nothing else until it is told to.
  std::string answer;
  char byte = 0;
  while (answer.find("\r\n\r\n") == std::string::npos && recv(socket, &byte, 1, 0) == 1) {
    answer += byte;
  }
  return socket;
}

/// Frames in what has come, of which a part may still be on its way.
class Frames {
 public:
  /// Returns how many more are whole now.
  std::uint64_t add(std::string_view bytes) {
    begun_ += bytes;
    std::uint64_t frames = 0;
    std::size_t at = 0;
    while (begun_.size() - at >= kHeader) {
      const std::size_t size = kHeader + (byte(at + 2) << 8) + byte(at + 3);
      if (begun_.size() - at < size) break;
      last_ = begun_.substr(at, size);
      at += size;
      ++frames;
    }
    begun_.erase(0, at);
    return frames;
  }
  [[nodiscard]] const std::string& last() const noexcept { return last_; }

 private:
  static constexpr std::size_t kHeader =
      4;  // all of the exchange's frames have two bytes of length

  [[nodiscard]] std::size_t byte(std::size_t at) const {
    return static_cast<unsigned char>(begun_[at]);
  }

  std::string begun_;
  std::string last_;
};

void run(std::uint16_t port, std::string_view mode, const char* counter_file) {
  const bool wake = mode == "wake";
  const int flags = mode == "spin" ? MSG_DONTWAIT : 0;
  tickcache::bench::CounterFile counter(counter_file);
  const int socket = connected_to(port);
  std::vector<char> buffer(std::size_t{1} << 16);
  Frames frames;
  std::uint64_t messages = 0;
  for (;;) {
    const ssize_t size = recv(socket, buffer.data(), buffer.size(), flags);
    if (size < 0 && errno == EAGAIN) continue;
    if (size <= 0) break;
    messages += frames.add({buffer.data(), static_cast<std::size_t>(size)});
    if (wake && !frames.last().empty()) {
      counter.store_and_wake(messages, tickcache::bench::stamp_in(frames.last()));
    } else {
      counter.store(messages);
    }
  }
  close(socket);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::cerr << "usage: bench_bare_socket PORT [wake|spin] COUNTER_FILE\n";
    return 2;
  }
  try {
    run(static_cast<std::uint16_t>(std::atoi(argv[1])), argc == 4 ? argv[2] : "", argv[argc - 1]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_bare_socket: " << error.what() << '\n';
    return 1;
  }
}
