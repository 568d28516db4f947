#include "daemon/sources/net/transport.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

namespace tickcache::daemon {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Lets the kernel detect a peer that has vanished.
void set_socket_options(int socket) {
  const auto set = [&](int level, int option, int value) {
    setsockopt(socket, level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

/// OpenSSL checks the host itself: unlike with a callback, the result then distinguishes a wrong
/// host from other problems.
bool expect_host(SSL* tls, const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
  }
  return SSL_set_tlsext_host_name(tls, host.c_str()) == 1 && SSL_set1_host(tls, host.c_str()) == 1;
}

}  // namespace

Transport::Transport(asio::io_context& io, asio::ssl::context* tls) : socket_(io) {
  if (tls != nullptr) tls_.emplace(socket_, *tls);
}

void Transport::connect(const asio::ip::tcp::endpoint& endpoint, Result result) {
  close();
  socket_.async_connect(endpoint, [this, result = std::move(result)](error_code error) {
    if (!error && socket_.is_open()) set_socket_options(socket_.native_handle());
    result(error);
  });
}

void Transport::shake_hands(const std::string& host, Result result) {
  error_code error;
  if (!expect_host(tls_->native_handle(), host)) error = asio::error::invalid_argument;
  if (!error) tls_->set_verify_mode(asio::ssl::verify_peer, error);
  if (error)
    return asio::post(get_executor(), [result = std::move(result), error] { result(error); });
  tls_->async_handshake(asio::ssl::stream_base::client, std::move(result));
}

std::string Transport::certificate_problem() {
  if (!tls_) return {};
  const long result = SSL_get_verify_result(tls_->native_handle());
  if (result == X509_V_OK) return {};
  return std::string("certificate: ") + X509_verify_cert_error_string(result);
}

void Transport::shut_down_sending() noexcept {
  error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void Transport::close() noexcept {
  error_code ignored;
  socket_.close(ignored);
}

void Transport::fill(std::shared_ptr<FillListener> listener) {
  filling_ = true;
  receive([this, listener = std::move(listener)] {
    filling_ = false;
    if (waiting_.has_value()) {
      go_on(std::move(waiting_));
    } else {
      listener->on_fill(read_error_);
    }
  });
}

void Transport::read(Then then) {
  if (filling_) {
    waiting_ = std::move(then);
  } else if (buffer_.portion() > 0) {
    hand_out();
    asio::post(get_executor(), [then = std::move(then)]() mutable { then.invoke(); });
  } else {
    receive([this, then = std::move(then)]() mutable { go_on(std::move(then)); });
  }
}

/// Something was received, or the socket has an error.
void Transport::go_on(Then then) {
  if (buffer_.portion() > 0) {
    hand_out();
    then.invoke();
  } else if (read_error_) {
    read_ = 0;
    then.invoke();
  } else {
    receive([this, then = std::move(then)]() mutable { go_on(std::move(then)); });
  }
}

void Transport::hand_out() noexcept {
  read_ = std::min(wanted_.size(), buffer_.portion());
  buffer_.take(wanted_.first(read_));
  read_error_ = {};
}

template <class Done>
void Transport::receive(Done done) {
  if (unfinished_ >= kMaxUnfinished) {
    read_error_ = asio::error::message_size;
    return asio::post(get_executor(), std::move(done));
  }
  const std::span<char> space = buffer_.space();
  auto received = [this, done = std::move(done)](error_code error, std::size_t size) mutable {
    read_error_ = error;
    unfinished_ += size;
    buffer_.commit(size);
    done();
  };
  const asio::mutable_buffer into(space.data(), space.size());
  if (tls_) {
    tls_->async_read_some(into, std::move(received));
  } else {
    socket_.async_read_some(into, std::move(received));
  }
}

void Transport::write(const Gathered& buffers, Then then) {
  auto sent = [this, then = std::move(then)](error_code error, std::size_t size) mutable {
    write_error_ = error;
    written_ = size;
    then.invoke();
  };
  if (tls_) {
    tls_->async_write_some(buffers, std::move(sent));
  } else {
    socket_.async_write_some(buffers, std::move(sent));
  }
}

}  // namespace tickcache::daemon
