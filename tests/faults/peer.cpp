#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "tests/faults/hostile.hpp"

namespace tickcache::faults {

namespace {

constexpr long kEnd = 0;  // by FIN, RST or an error, it is all the same to a script
constexpr long kAgain = -1;

}  // namespace

Peer::Peer(int socket, int stop_event, SSL_CTX* tls) : socket_(socket), stop_event_(stop_event) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (tls != nullptr) tls_ = SSL_new(tls);
}

Peer::~Peer() {
  SSL_free(tls_);
  if (socket_ >= 0) close(socket_);
}

bool Peer::start_tls() {
  SSL_set_fd(tls_, socket_);
  for (;;) {
    const int result = SSL_accept(tls_);
    if (result == 1) return true;
    const int why = SSL_get_error(tls_, result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
    wait_for(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
  }
}

std::string Peer::server_name() const {
  const char* name = SSL_get_servername(tls_, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string() : name;
}

/// Whether one of `events` came within `limit`.
bool Peer::wait_for(short events, std::optional<milliseconds> limit) {
  pollfd fds[] = {{socket_, events, 0}, {stop_event_, POLLIN, 0}};
  const int timeout = limit ? static_cast<int>(std::max<long>(limit->count(), 0)) : -1;
  int ready = 0;
  do {
    ready = poll(fds, 2, timeout);
  } while (ready < 0 && errno == EINTR);
  if (fds[1].revents != 0) throw Stopped();
  return ready > 0;
}

long Peer::receive(char* data, std::size_t size) {
  if (tls_ == nullptr || SSL_get_fd(tls_) < 0) {
    const ssize_t result = recv(socket_, data, size, 0);
    if (result >= 0) return result;
    return errno == EAGAIN || errno == EINTR ? kAgain : kEnd;
  }
  const int result = SSL_read(tls_, data, static_cast<int>(size));
  if (result > 0) return result;
  return SSL_get_error(tls_, result) == SSL_ERROR_WANT_READ ? kAgain : kEnd;
}

long Peer::transmit(const char* data, std::size_t size) {
  if (tls_ == nullptr || SSL_get_fd(tls_) < 0) {
    const ssize_t result = ::send(socket_, data, size, MSG_NOSIGNAL);
    if (result >= 0) return result;
    return errno == EAGAIN || errno == EINTR ? kAgain : kEnd;
  }
  const int result = SSL_write(tls_, data, static_cast<int>(size));
  if (result > 0) return result;
  return SSL_get_error(tls_, result) == SSL_ERROR_WANT_WRITE ? kAgain : kEnd;
}

/// Receives something more; false if the client is gone or `limit` is over.
bool Peer::fill(std::optional<milliseconds> limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit.value_or(milliseconds(0));
  char buffer[16384];
  for (;;) {
    const long size = receive(buffer, sizeof buffer);
    if (size == kEnd) return false;
    if (size > 0) {
      received_.append(buffer, static_cast<std::size_t>(size));
      return true;
    }
    if (limit) {
      limit = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    }
    if (!wait_for(POLLIN, limit)) return false;
  }
}

std::string Peer::read_request() {
  for (;;) {
    const std::size_t end = received_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::string request = received_.substr(0, end + 4);
      received_.erase(0, end + 4);
      return request;
    }
    if (!fill()) return std::exchange(received_, {});
  }
}

std::string Peer::accept(std::string_view first) {
  std::string request = read_request();
  send(switching_protocols(request) + std::string(first));
  return request;
}

std::vector<std::string> Peer::acknowledge(std::size_t requests) {
  std::vector<std::string> result;
  while (result.size() < requests) {
    const auto frame = read_frame();
    if (!frame) break;
    const std::string answer = acknowledgement_of(frame->payload);
    if (answer.empty()) continue;
    result.push_back(frame->payload);
    text(answer);
  }
  return result;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const long size = transmit(bytes.data(), bytes.size());
    if (size == kEnd) return false;
    if (size == kAgain) {
      wait_for(POLLOUT);
    } else {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  return true;
}

std::size_t Peer::flood(std::string_view bytes, std::size_t limit) {
  std::size_t sent = 0;
  while (sent < limit && send(bytes)) sent += bytes.size();
  return sent;
}

std::optional<ClientFrame> Peer::read_frame() {
  for (;;) {
    if (auto frame = take_frame(received_)) return frame;
    if (!fill()) return std::nullopt;
  }
}

std::optional<ClientFrame> Peer::read_frame(milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (auto frame = take_frame(received_)) return frame;
    const auto rest = deadline - std::chrono::steady_clock::now();
    if (!fill(std::chrono::ceil<milliseconds>(rest))) {
      // A client that has gone makes no noise; without this, nor would its caller.
      if (std::chrono::steady_clock::now() < deadline) pause(milliseconds(1));
      return std::nullopt;
    }
  }
}

void Peer::wait_until_gone() {
  while (fill()) received_.clear();
}

void Peer::hold() { pause(milliseconds(-1)); }

void Peer::pause(milliseconds time) {
  pollfd stop{stop_event_, POLLIN, 0};
  if (poll(&stop, 1, static_cast<int>(time.count())) > 0) throw Stopped();
}

void Peer::half_close() { shutdown(socket_, SHUT_WR); }

void Peer::cut() { close(std::exchange(socket_, -1)); }

void Peer::reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  cut();
}

}  // namespace tickcache::faults
