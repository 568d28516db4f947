#include "bridges/relay/wire.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/socket_base.hpp>
#include <vector>

namespace tickcache::relay {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// A client whose machine has gone is found by the kernel: it is asked after so many seconds of
/// silence, and given up after as many without an answer.
constexpr int kAliveAfter = 30;
constexpr unsigned kGivenUpAfter = 60'000;  // milliseconds

template <class Value>
void set_option(web::Socket& socket, int name, Value value) {
  // Without the option, the client is only found gone later.
  static_cast<void>(::setsockopt(socket.native_handle(), IPPROTO_TCP, name, &value, sizeof value));
}

/// Some systems take no more buffers in one call.
constexpr std::size_t kMostBuffers = 64;

constexpr std::size_t kPiece = std::size_t{16} << 10;

}  // namespace

Wire::Wire(web::Socket socket, web::Seat seat, int buffer)
    : socket_(std::move(socket)), seat_(std::move(seat)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::send_buffer_size(buffer), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  set_option(socket_, TCP_KEEPIDLE, kAliveAfter);
  set_option(socket_, TCP_USER_TIMEOUT, kGivenUpAfter);
}

bool Wire::send(std::span<const asio::const_buffer> frames) {
  if (!is_open()) return false;
  const std::size_t size = asio::buffer_size(frames);
  std::size_t taken = 0;
  if (is_behind()) {
    if (backlog() + size > kMaxBacklog) return false;
  } else {
    taken = write(frames);
    if (failed_) return false;
  }
  for (const asio::const_buffer& frame : frames) {
    const std::size_t skipped = std::min(taken, frame.size());
    taken -= skipped;
    append({static_cast<const char*>(frame.data()) + skipped, frame.size() - skipped});
  }
  if (is_behind()) wait();
  return true;
}

bool Wire::send(std::string_view frame) {
  const asio::const_buffer one(frame.data(), frame.size());
  return send({&one, 1});
}

void Wire::on_drained(std::weak_ptr<void> owner, Drained drained) {
  owner_ = std::move(owner);
  drained_ = std::move(drained);
}

void Wire::shut_down_sending() noexcept {
  error_code ignored;
  if (!is_behind()) socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Wire::close() noexcept {
  failed_ = true;
  error_code ignored;
  socket_.close(ignored);
}

void Wire::wait() {
  if (waiting_) return;
  waiting_ = true;
  socket_.async_wait(tcp::socket::wait_write,
                     [this, owner = owner_.lock()](error_code error) { on_writable(error); });
}

void Wire::on_writable(error_code error) {
  waiting_ = false;
  if (error || !is_open()) return;
  std::vector<asio::const_buffer> rest;
  for (const std::string& piece : backlog_) rest.emplace_back(piece.data(), piece.size());
  rest.front() += sent_;
  take_off(write(rest));
  if (failed_) return;
  if (is_behind()) return wait();
  if (drained_) drained_();
}

void Wire::append(std::string_view bytes) {
  left_ += bytes.size();
  while (!bytes.empty()) {
    if (backlog_.empty() || backlog_.back().size() == kPiece) {
      backlog_.emplace_back().reserve(kPiece);
    }
    const std::string_view part = bytes.substr(0, kPiece - backlog_.back().size());
    backlog_.back() += part;
    bytes.remove_prefix(part.size());
  }
}

/// A client that was behind once must not keep the memory.
void Wire::take_off(std::size_t size) {
  left_ -= size;
  sent_ += size;
  while (!backlog_.empty() && sent_ >= backlog_.front().size()) {
    sent_ -= backlog_.front().size();
    backlog_.pop_front();
  }
}

/// The bytes that the socket has taken.
std::size_t Wire::write(std::span<const asio::const_buffer> buffers) {
  std::size_t taken = 0;
  while (!buffers.empty()) {
    const auto some = buffers.first(std::min(buffers.size(), kMostBuffers));
    error_code error;
    const std::size_t size = socket_.write_some(some, error);
    taken += size;
    if (error && error != asio::error::would_block) failed_ = true;
    if (size < asio::buffer_size(some)) break;
    buffers = buffers.subspan(some.size());
  }
  return taken;
}

}  // namespace tickcache::relay
