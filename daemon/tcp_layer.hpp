// The TCP connection, and TLS over it, as a session uses them: what a hostile peer can make it read
// is bounded, and neither the end of a response nor that of a connection waits for the peer.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/async_base.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/system/error_code.hpp>
#include <charconv>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tickcache::daemon {

/// Beast reads on through empty fragments and control frames for as long as they come. This bounds
/// what may come without completing a message: four times the longest message, for the headers of
/// its fragments. What comes after that is left unread but for a byte a second, and the rule about
/// idle connections ends the session. (A Beast "rate policy".)
class UnfinishedLimit {
 public:
  void on_message() noexcept { unfinished_ = 0; }

 private:
  friend class boost::beast::rate_policy_access;
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t kLimit = std::size_t{4} << 20;

  [[nodiscard]] std::size_t available_read_bytes() const noexcept {
    return unfinished_ < kLimit ? kUnlimited : 0;
  }
  [[nodiscard]] std::size_t available_write_bytes() const noexcept { return kUnlimited; }
  void transfer_read_bytes(std::size_t size) noexcept { unfinished_ += size; }
  void transfer_write_bytes(std::size_t) const noexcept {}
  void on_timer() const noexcept {}

  std::size_t unfinished_ = 0;
};

using Plain =
    boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, UnfinishedLimit>;
using Tls = boost::asio::ssl::stream<Plain>;

/// `Next`, Plain or Tls, that remembers the HTTP status it has read. Beast gives a response only
/// when it is whole; but one whose body breaks off or never ends has said all that matters. Until
/// the header has ended, it reads little at a time: Beast refuses a handshake with a long header if
/// more than 1.5 KB of frames came with its end.
template <class Next>
class WithStatus : public Next {
 public:
  using Next::Next;

  /// The status, if what came begins with the whole header of a response; else 0.
  [[nodiscard]] int http_status() const noexcept {
    const std::string_view begin(begin_.data(), size_);
    if (!in_body() || !begin.starts_with("HTTP/1.") || begin[8] != ' ') return 0;
    int status = 0;
    std::from_chars(begin.data() + 9, begin.data() + begin.size(), status);
    return status;
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (in_body()) {
      Next::async_read_some(buffers, std::forward<Handler>(handler));
    } else {
      const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(buffers);
      const boost::asio::mutable_buffer few(first.data(), std::min(first.size(), kHeaderRead));
      Next::async_read_some(
          few, Keep<std::decay_t<Handler>>(std::forward<Handler>(handler), *this, few));
    }
  }

 private:
  using Executor = boost::asio::any_io_executor;

  template <class Handler>
  class Keep : public boost::beast::async_base<Handler, Executor> {
   public:
    Keep(Handler handler, WithStatus& stream, boost::asio::mutable_buffer buffer)
        : boost::beast::async_base<Handler, Executor>(std::move(handler), stream.get_executor()),
          stream_(&stream),
          data_(static_cast<const char*>(buffer.data())) {}

    void operator()(boost::system::error_code error, std::size_t size) {
      stream_->keep({data_, size});
      this->complete_now(error, size);
    }

   private:
    WithStatus* stream_;
    const char* data_;
  };

  static constexpr std::size_t kHeaderRead = 1024;
  static constexpr std::string_view kHeaderEnd = "\r\n\r\n";

  [[nodiscard]] bool in_body() const noexcept { return ending_ == kHeaderEnd.size(); }

  void keep(std::string_view read) noexcept {
    for (const char c : read) {
      if (in_body()) return;
      if (size_ < begin_.size()) begin_[size_++] = c;
      ending_ = c == kHeaderEnd[ending_] ? ending_ + 1 : c == '\r' ? 1 : 0;
    }
  }

  std::array<char, sizeof "HTTP/1.1 401" - 1> begin_{};
  std::size_t size_ = 0;
  std::size_t ending_ = 0;  ///< how much of kHeaderEnd has just come
};

/// How Beast ends a connection after a close frame or a broken rule. Its own versions wait until
/// the peer closes too, so that a peer that never does hides its close code, and a dead connection
/// passes for a living one. This only says that nothing more will be sent; the session closes.
template <class Next, class Handler>
void async_teardown(boost::beast::role_type, WithStatus<Next>& stream, Handler&& handler) {
  boost::system::error_code ignored;
  boost::beast::get_lowest_layer(stream).socket().shutdown(
      boost::asio::ip::tcp::socket::shutdown_send, ignored);
  boost::asio::post(stream.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                     boost::system::error_code()));
}

}  // namespace tickcache::daemon
