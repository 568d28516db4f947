#include "support/loopback_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace tickcache::test {
namespace {

// A sender is not read further while the other side has left this much.
constexpr std::size_t kMostPending = 1 << 20;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void close_side(int& fd, bool reset) {
  if (fd < 0) return;
  const linger at_once{1, 0};
  if (reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(fd, -1));
}

// A connection to the port, or -1.
int connected(std::uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close_side(fd, false);
  }
  return fd;
}

}  // namespace

LoopbackProxy::LoopbackProxy(std::uint16_t target)
    : target_(target),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      wake_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (wake_ < 0 || bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no proxy");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { loop(); });
}

LoopbackProxy::~LoopbackProxy() {
  run([this] { stopping_ = true; });
  thread_.join();
  cut();
  close(listener_);
  close(wake_);
}

void LoopbackProxy::swallow(bool on) {
  run([this, on] {
    swallows_ = on;
    if (!on) return;
    for (Connection& connection : connections_) {
      for (Side& side : connection.sides) {
        if (side.pending.empty()) continue;
        side.pending.clear();
        connection.dead = true;
      }
    }
  });
}

void LoopbackProxy::swallow_answers(bool on) {
  run([this, on] { swallows_answers_ = on; });
}

void LoopbackProxy::delay_answers(std::chrono::milliseconds span) {
  run([this, span] { delay_ = span; });
}

/// Hands on what has waited long enough. Returns how many milliseconds the next one has; -1: none
/// waits.
int LoopbackProxy::release_delayed() {
  int next = -1;
  const auto now = Clock::now();
  for (Connection& connection : connections_) {
    auto& delayed = connection.delayed;
    for (; !delayed.empty() && delayed.front().first <= now; delayed.pop_front()) {
      if (!connection.dead) connection.sides[0].pending += delayed.front().second;
    }
    if (delayed.empty()) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(delayed.front().first - now);
    next =
        next < 0 ? static_cast<int>(left.count()) : std::min(next, static_cast<int>(left.count()));
  }
  return next;
}

void LoopbackProxy::half_open() {
  run([this] {
    for (Connection& connection : connections_) {
      connection.dead = true;
      for (Side& side : connection.sides) side.pending.clear();
    }
  });
}

std::size_t LoopbackProxy::cut() {
  std::size_t count = 0;
  run([this, &count] {
    count = connections_.size();
    for (Connection& connection : connections_) {
      for (Side& side : connection.sides) close_side(side.fd, true);
    }
    connections_.clear();
  });
  return count;
}

std::size_t LoopbackProxy::connections() {
  std::size_t count = 0;
  run([this, &count] { count = connections_.size(); });
  return count;
}

void LoopbackProxy::run(const std::function<void()>& task) {
  std::packaged_task<void()> packaged(task);
  std::future<void> done = packaged.get_future();
  {
    const std::lock_guard lock(mutex_);
    // Once the thread has ended, nobody else is here.
    if (stopping_) return task();
    tasks_.push_back(std::move(packaged));
  }
  eventfd_write(wake_, 1);
  done.get();
}

void LoopbackProxy::watch(std::vector<pollfd>& watched, const Side& side, const Side& other) const {
  short events = 0;
  if (!side.ended && other.pending.size() < kMostPending) events |= POLLIN;
  if (!side.pending.empty()) events |= POLLOUT;
  // poll() reports the end of a socket even if it is asked for nothing: leave it out then.
  watched.push_back({events == 0 ? -1 : side.fd, events, 0});
}

void LoopbackProxy::loop() {
  std::vector<pollfd> watched;
  for (;;) {
    const int timeout = release_delayed();
    watched = {{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Connection& connection : connections_) {
      watch(watched, connection.sides[0], connection.sides[1]);
      watch(watched, connection.sides[1], connection.sides[0]);
    }
    if (poll(watched.data(), watched.size(), timeout) < 0) continue;
    std::size_t at = 2;
    for (auto connection = connections_.begin(); connection != connections_.end();) {
      for (std::size_t side = 0; side < 2; ++side) {
        on_ready(*connection, side, watched[at++].revents);
      }
      const bool over = connection->sides[0].fd < 0 && connection->sides[1].fd < 0;
      connection = over ? connections_.erase(connection) : std::next(connection);
    }
    if (watched[1].revents != 0) accept();
    if (watched[0].revents == 0) continue;
    eventfd_t ignored = 0;
    eventfd_read(wake_, &ignored);
    std::vector<std::packaged_task<void()>> tasks;
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
    for (auto& task : tasks) task();
    if (stopping_) return;
  }
}

void LoopbackProxy::accept() {
  int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  Connection connection;
  connection.sides[0].fd = fd;
  connection.dead = swallows_;
  if (!connection.dead && (connection.sides[1].fd = connected(target_)) < 0) {
    return close_side(fd, true);
  }
  const int yes = 1;
  for (const Side& side : connection.sides) {
    if (side.fd >= 0) setsockopt(side.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  connections_.push_back(std::move(connection));
}

void LoopbackProxy::on_ready(Connection& connection, std::size_t side, short events) {
  Side& here = connection.sides[side];
  if (here.fd < 0 || events == 0) return;
  if ((events & POLLOUT) != 0 && !here.pending.empty()) {
    const ssize_t sent =
        send(here.fd, here.pending.data(), here.pending.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return on_end(connection, side, true);
    if (sent > 0) here.pending.erase(0, static_cast<std::size_t>(sent));
    // The end of the other side, which waited for this.
    if (here.pending.empty() && connection.sides[1 - side].ended) shutdown(here.fd, SHUT_WR);
  }
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !here.ended) on_input(connection, side);
  for (const Side& each : connection.sides) {
    if (!each.ended || !each.pending.empty()) return;
  }
  for (Side& each : connection.sides) close_side(each.fd, false);
}

void LoopbackProxy::on_input(Connection& connection, std::size_t side) {
  char bytes[65536];
  const ssize_t size = recv(connection.sides[side].fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return on_end(connection, side, size < 0);
  if (swallows_) connection.dead = true;
  const bool is_answer = side == 1;
  if (is_answer && swallows_answers_) connection.dead = true;
  if (connection.dead) return;
  if (is_answer && (delay_.count() > 0 || !connection.delayed.empty())) {
    const auto at = Clock::now() + delay_;
    connection.delayed.emplace_back(at, std::string(bytes, static_cast<std::size_t>(size)));
    return;
  }
  connection.sides[1 - side].pending.append(bytes, static_cast<std::size_t>(size));
}

void LoopbackProxy::on_end(Connection& connection, std::size_t side, bool reset) {
  Side& here = connection.sides[side];
  Side& other = connection.sides[1 - side];
  here.ended = true;
  if (swallows_) connection.dead = true;
  if (connection.dead) return close_side(here.fd, false);
  if (reset) {
    close_side(here.fd, true);
    return close_side(other.fd, true);
  }
  if (other.pending.empty() && other.fd >= 0) shutdown(other.fd, SHUT_WR);
}

}  // namespace tickcache::test
