// A client's connection: what is read from it, and a bounded queue of what it has not taken yet.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "web/server.hpp"

namespace tickcache::relay {

/// The layer below Beast's WebSocket. Beast's own writes (handshake, pongs, the close) go through
/// the same queue as what the hub sends, which is written in whole frames, so they never cut one.
///
/// A write is tried at once; only what the socket does not take is copied. Belongs to the loop.
class Wire {
 public:
  using executor_type = web::Socket::executor_type;
  using Drained = std::function<void()>;

  /// Bytes that a client may leave unread, besides those in the socket's buffer.
  static constexpr std::size_t kMaxBacklog = std::size_t{1} << 20;

  /// `buffer` is the size of the socket's own. `seat` is kept for as long as the Wire.
  Wire(web::Socket socket, web::Seat seat, int buffer);

  [[nodiscard]] executor_type get_executor() noexcept { return socket_.get_executor(); }
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open() && !failed_; }
  [[nodiscard]] bool is_behind() const noexcept { return left_ > 0; }
  [[nodiscard]] std::size_t backlog() const noexcept { return left_; }

  /// Sends whole frames, at once or when the client takes them. False if that would leave more than
  /// kMaxBacklog unread, or the connection is gone; nothing is sent then.
  bool send(std::span<const boost::asio::const_buffer> frames);
  bool send(std::string_view frame);

  /// Called on the loop each time when everything was taken after the client had been behind.
  /// `owner` is kept while the socket is waited for.
  void on_drained(std::weak_ptr<void> owner, Drained drained);

  void shut_down_sending() noexcept;
  void close() noexcept;

  /// For Beast.
  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  /// For Beast.
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    std::string copy;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
      const boost::asio::const_buffer buffer = *at;
      copy.append(static_cast<const char*>(buffer.data()), buffer.size());
    }
    const bool sent = send(copy);
    boost::asio::post(
        get_executor(),
        boost::beast::bind_front_handler(
            std::forward<Handler>(handler),
            sent ? boost::system::error_code()
                 : boost::asio::error::make_error_code(boost::asio::error::no_buffer_space),
            sent ? copy.size() : 0));
  }

 private:
  void wait();
  void on_writable(boost::system::error_code error);
  std::size_t write(std::span<const boost::asio::const_buffer> buffers);
  void append(std::string_view bytes);
  void take_off(std::size_t size);

  web::Socket socket_;
  web::Seat seat_;
  std::deque<std::string> backlog_;  ///< in pieces: none is copied when there are more
  std::size_t sent_ = 0;             ///< bytes at the start of the first that the socket has taken
  std::size_t left_ = 0;             ///< bytes that it has not
  bool waiting_ = false;
  bool failed_ = false;
  std::weak_ptr<void> owner_;
  Drained drained_;
};

/// Beast calls these two; see daemon/sources/net/transport.hpp for why they wait for nobody.
inline void beast_close_socket(Wire& wire) { wire.close(); }

template <class Handler>
void async_teardown(boost::beast::role_type, Wire& wire, Handler&& handler) {
  wire.shut_down_sending();
  boost::asio::post(wire.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                     boost::system::error_code()));
}

}  // namespace tickcache::relay
