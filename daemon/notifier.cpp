#include "daemon/notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tickcache::daemon {

namespace {

/// More is never on its way: each is a step of the daemon's life.
constexpr std::size_t kMaxKept = 16;

std::string socket_of_environment() {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  return name == nullptr ? std::string() : name;
}

Time watchdog_of_environment() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return Time(0);
  return std::chrono::microseconds(microseconds);
}

/// systemd compares it with its own reading of this clock.
std::string monotonic_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

std::string on_one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

}  // namespace

Notifier::Notifier() : Notifier(socket_of_environment(), watchdog_of_environment()) {}

Notifier::Notifier(std::string socket, Time watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog) {
  // Other forms (vsock) are not for services of this machine.
  const bool known = socket_.starts_with('/') || socket_.starts_with('@');
  if (!known || socket_.size() >= sizeof(sockaddr_un::sun_path)) socket_.clear();
}

void Notifier::ready() { tell("READY=1"); }

void Notifier::reloading() { tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds()); }

void Notifier::stopping(std::string_view status) {
  tell("STOPPING=1\nSTATUS=" + on_one_line(status));
}

void Notifier::status(std::string_view text, Time now) {
  if (!listens()) return;
  status_made_ = now;
  std::string line = on_one_line(text);
  if (line == status_ || !kept_.empty()) return;
  if (send("STATUS=" + line)) status_ = std::move(line);
}

void Notifier::beat(Time now) {
  if (!listens()) return;
  send_kept();
  if (watchdog_ == Time(0) || now - watchdog_fed_ < watchdog_ / 2) return;
  if (send("WATCHDOG=1")) watchdog_fed_ = now;
}

void Notifier::tell(std::string message) {
  if (!listens() || kept_.size() == kMaxKept) return;
  kept_.push_back(std::move(message));
  send_kept();
}

void Notifier::send_kept() {
  while (!kept_.empty() && send(kept_.front())) kept_.pop_front();
}

/// False if the service manager does not read at the moment. Not by sd_notify(), which would wait
/// until it does, and the feed with it.
bool Notifier::send(std::string_view message) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // abstract
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const ssize_t sent = ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), size);
  const bool full = sent < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR);
  ::close(fd);
  return !full;
}

}  // namespace tickcache::daemon
