// TCP, or TLS over it, as a session uses it: the layer below Beast's WebSocket. What a hostile peer
// can make it read is bounded, and neither the end of a response nor that of a connection waits for
// the peer.
//
// One class for both, whose socket sees few types of handlers: Beast's operations are compiled once
// for each stream type, the socket's once for each handler type.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/saved_handler.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "daemon/sources/websocket/receive_buffer.hpp"

namespace tickcache::daemon {

/// Reads as much as there is into a buffer of its own. Beast, on top, reads from there, one frame
/// at a time; messages that a session takes from the buffer itself, Beast never sees. Every handler
/// is called once, on the loop, with operation_aborted after close(); it keeps the transport alive.
class Transport {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor_type>;
  using Result = std::function<void(boost::system::error_code)>;

  /// Receives the end of a fill().
  class FillListener {
   public:
    virtual void on_fill(boost::system::error_code error) = 0;

   protected:
    ~FillListener() = default;
  };

  /// How much may be read without a complete message: four times the longest message, for the
  /// headers of its fragments. Beast reads on through empty fragments and control frames for as
  /// long as they come; past this limit a read fails with message_size.
  static constexpr std::size_t kMaxUnfinished = std::size_t{4} << 20;

  /// With TLS unless `tls` is null; `tls` and `io` outlive it.
  Transport(boost::asio::io_context& io, boost::asio::ssl::context* tls);

  [[nodiscard]] executor_type get_executor() noexcept { return socket_.get_executor(); }
  [[nodiscard]] ReceiveBuffer& buffer() noexcept { return buffer_; }
  [[nodiscard]] bool is_tls() const noexcept { return tls_.has_value(); }

  /// Closes the socket that is open, if any, and connects to another endpoint.
  void connect(const boost::asio::ip::tcp::endpoint& endpoint, Result result);
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  /// Once connected, with TLS: shakes hands, and fails unless the certificate is one for `host`.
  void shake_hands(const std::string& host, Result result);
  /// Why the certificate was refused; empty if it was not.
  [[nodiscard]] std::string certificate_problem();
  /// Tells the peer that nothing more will be sent.
  void shut_down_sending() noexcept;
  void close() noexcept;

  /// A message is complete: kMaxUnfinished begins anew.
  void on_message() noexcept { unfinished_ = 0; }
  /// Reads more into the buffer. Not while Beast reads. If Beast begins to read meanwhile (to
  /// close), Beast gets what comes, and the listener is not told.
  void fill(std::shared_ptr<FillListener> listener);

  /// For Beast, which reads and writes once at a time.
  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    const boost::asio::mutable_buffer out = *boost::asio::buffer_sequence_begin(buffers);
    wanted_ = {static_cast<char*>(out.data()), out.size()};
    Then then;
    then.emplace([this, handler = std::forward<Handler>(handler)]() mutable {
      handler(read_error_, read_);
    });
    read(std::move(then));
  }

  /// For Beast.
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    Gathered some;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end && !some.full(); ++at) {
      some.add(*at);
    }
    Then then;
    then.emplace([this, handler = std::forward<Handler>(handler)]() mutable {
      handler(write_error_, written_);
    });
    write(some, std::move(then));
  }

 private:
  using Tls = boost::asio::ssl::stream<Socket&>;
  using Then = boost::beast::saved_handler;

  /// The first buffers of a sequence.
  class Gathered {
   public:
    [[nodiscard]] bool full() const noexcept { return size_ == buffers_.size(); }
    void add(boost::asio::const_buffer buffer) noexcept { buffers_[size_++] = buffer; }
    [[nodiscard]] const boost::asio::const_buffer* begin() const noexcept {
      return buffers_.data();
    }
    [[nodiscard]] const boost::asio::const_buffer* end() const noexcept {
      return buffers_.data() + size_;
    }

   private:
    std::array<boost::asio::const_buffer, 8> buffers_;
    std::size_t size_ = 0;
  };

  void read(Then then);
  void go_on(Then then);
  void hand_out() noexcept;
  template <class Done>
  void receive(Done done);
  void write(const Gathered& buffers, Then then);

  Socket socket_;
  std::optional<Tls> tls_;
  ReceiveBuffer buffer_;
  std::size_t unfinished_ = 0;
  bool filling_ = false;
  Then waiting_;            ///< Beast's read, until the fill has ended
  std::span<char> wanted_;  ///< where Beast's read goes
  std::size_t read_ = 0;
  boost::system::error_code read_error_;
  std::size_t written_ = 0;
  boost::system::error_code write_error_;
};

/// How Beast closes when one of its own timeouts is over; they are off.
inline void beast_close_socket(Transport& transport) { transport.close(); }

/// How Beast ends a connection after a close frame or a broken rule. Its own versions wait until
/// the peer closes too, so that a peer that never does hides its close code, and a dead connection
/// passes for a living one. This only says that nothing more will be sent; the session closes.
template <class Handler>
void async_teardown(boost::beast::role_type, Transport& transport, Handler&& handler) {
  transport.shut_down_sending();
  boost::asio::post(transport.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                     boost::system::error_code()));
}

}  // namespace tickcache::daemon
