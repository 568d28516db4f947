// The TCP connection, and TLS over it, as a session uses them: what a hostile peer can make it read
// is bounded, and neither the end of a response nor that of a connection waits for the peer.
#pragma once

#include <algorithm>
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
#include <boost/beast/core/saved_handler.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include "daemon/receive_buffer.hpp"

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

/// `Next`, Plain or Tls, that reads as much as there is into a buffer of its own. Beast, on top,
/// reads from there, one frame at a time; what a session takes from the buffer itself, Beast never
/// sees.
template <class Next>
class ReadAhead : public Next {
 public:
  using Next::Next;

  [[nodiscard]] ReceiveBuffer& buffer() noexcept { return buffer_; }
  [[nodiscard]] const ReceiveBuffer& buffer() const noexcept { return buffer_; }

  /// Reads on behind what is in the buffer, then calls handler(error), which keeps the stream
  /// alive. Not while Beast reads. If Beast begins to read meanwhile (to close), what comes is
  /// Beast's, and the handler is not called.
  template <class Handler>
  void async_fill(Handler handler) {
    filling_ = true;
    Next::async_read_some(space(), [this, handler = std::move(handler)](
                                       boost::system::error_code error, std::size_t size) mutable {
      filling_ = false;
      fill_error_ = error;
      buffer_.commit(size);
      if (!waiting_.maybe_invoke()) handler(error);
    });
  }

  /// For Beast.
  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    using Reading = Reader<std::decay_t<Handler>, Buffers>;
    Reading reading(std::forward<Handler>(handler), *this, buffers);
    if (filling_) {
      waiting_.emplace(std::move(reading));
    } else if (buffer_.portion() > 0) {
      fill_error_ = {};
      boost::asio::post(this->get_executor(), std::move(reading));
    } else {
      Next::async_read_some(space(), std::move(reading));
    }
  }

 private:
  using Executor = boost::asio::any_io_executor;

  /// Beast's read, until there is something for it.
  template <class Handler, class Buffers>
  class Reader : public boost::beast::async_base<Handler, Executor> {
   public:
    Reader(Handler handler, ReadAhead& stream, const Buffers& buffers)
        : boost::beast::async_base<Handler, Executor>(std::move(handler), stream.get_executor()),
          stream_(&stream),
          buffers_(buffers) {}

    void operator()(boost::system::error_code error, std::size_t size) {
      stream_->buffer_.commit(size);
      go_on(error);
    }
    void operator()() { go_on(stream_->fill_error_); }

   private:
    void go_on(boost::system::error_code error) {
      if (stream_->buffer_.portion() > 0) {
        this->complete_now(boost::system::error_code(), stream_->hand_out(buffers_));
      } else if (error) {
        this->complete_now(error, std::size_t{0});
      } else {
        stream_->Next::async_read_some(stream_->space(), std::move(*this));
      }
    }

    ReadAhead* stream_;
    Buffers buffers_;
  };

  [[nodiscard]] boost::asio::mutable_buffer space() noexcept {
    const std::span<char> free = buffer_.space();
    return {free.data(), free.size()};
  }

  template <class Buffers>
  std::size_t hand_out(const Buffers& buffers) noexcept {
    const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(buffers);
    const std::size_t size = std::min(first.size(), buffer_.portion());
    buffer_.take({static_cast<char*>(first.data()), size});
    return size;
  }

  ReceiveBuffer buffer_;
  bool filling_ = false;
  boost::system::error_code fill_error_;
  boost::beast::saved_handler waiting_;  ///< Beast's read, until the fill has ended
};

/// How Beast ends a connection after a close frame or a broken rule. Its own versions wait until
/// the peer closes too, so that a peer that never does hides its close code, and a dead connection
/// passes for a living one. This only says that nothing more will be sent; the session closes.
template <class Next, class Handler>
void async_teardown(boost::beast::role_type, ReadAhead<Next>& stream, Handler&& handler) {
  boost::system::error_code ignored;
  boost::beast::get_lowest_layer(stream).socket().shutdown(
      boost::asio::ip::tcp::socket::shutdown_send, ignored);
  boost::asio::post(stream.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                     boost::system::error_code()));
}

}  // namespace tickcache::daemon
