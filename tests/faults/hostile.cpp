#include "tests/faults/hostile.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace tickcache::faults {

namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_in address_of(const char* address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (inet_pton(AF_INET, address, &result.sin_addr) != 1) throw std::runtime_error("inet_pton");
  return result;
}

int new_socket(int flags = 0) {
  return checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket");
}

std::uint16_t bind_to(int fd, const char* address) {
  sockaddr_in name = address_of(address, 0);
  socklen_t size = sizeof name;
  checked(bind(fd, reinterpret_cast<const sockaddr*>(&name), size), "bind");
  checked(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size), "getsockname");
  return ntohs(name.sin_port);
}

}  // namespace

Hostile::Hostile(std::vector<Script> scripts, const HostileOptions& options)
    : scripts_(std::move(scripts)),
      options_(options),
      listener_(new_socket()),
      stop_event_(checked(eventfd(0, EFD_CLOEXEC), "eventfd")) {
  if (options_.receive_buffer != 0) {
    setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer, sizeof(int));
  }
  port_ = bind_to(listener_, options_.address);
  checked(listen(listener_, 64), "listen");
  accepting_ = std::thread(&Hostile::accept_all, this);
}

Hostile::~Hostile() {
  eventfd_write(stop_event_, 1);
  shutdown(listener_, SHUT_RDWR);  // ends accept()
  accepting_.join();
  for (std::thread& thread : serving_) thread.join();
  close(listener_);
  close(stop_event_);
}

void Hostile::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    const int one = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const std::lock_guard lock(mutex_);
    const Script& script = scripts_[std::min(accepted_.size(), scripts_.size() - 1)];
    accepted_.push_back(std::chrono::steady_clock::now());
    serving_.emplace_back(&Hostile::serve, this, socket, std::cref(script));
  }
}

void Hostile::serve(int socket, const Script& script) {
  try {
    Peer peer(socket, stop_event_, options_.tls);
    script(peer);
  } catch (const Stopped&) {
    // As it should be.
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hostile exchange: %s\n", error.what());
    std::abort();  // a script that is wrong must not pass for a client that behaves
  }
}

std::size_t Hostile::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_.size();
}

std::vector<SteadyTime> Hostile::accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

BoundSocket::BoundSocket(const char* address) : fd_(new_socket()) { port_ = bind_to(fd_, address); }

BoundSocket::~BoundSocket() { close(fd_); }

BlackHole::BlackHole(const char* address) : listener_(address) {
  checked(listen(listener_.fd(), 0), "listen");
  const sockaddr_in name = address_of(address, listener_.port());
  // The queue takes one or two; a few more make sure that it is full.
  for (int i = 0; i < 4; ++i) {
    waiting_.push_back(new_socket(SOCK_NONBLOCK));
    connect(waiting_.back(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
}

BlackHole::~BlackHole() {
  for (const int fd : waiting_) close(fd);
}

Script good_session(std::string symbol, std::string price) {
  return [symbol = std::move(symbol), price = std::move(price)](Peer& peer) {
    peer.accept();
    serve_well(peer, symbol, price);
  };
}

void serve_well(Peer& peer, const std::string& symbol, const std::string& price) {
  do {
    const auto frame = peer.read_frame(milliseconds(10));
    if (!frame) continue;
    if (frame->opcode == kClose) return;
    const std::string answer = acknowledgement_of(frame->payload);
    if (!answer.empty()) peer.text(answer);
  } while (peer.text(tick(symbol, price)));
}

}  // namespace tickcache::faults
