// TCP, or TLS over TCP: the layer below Beast's WebSocket. It bounds what a hostile peer can make
// it read, and never waits for the peer to end a response or a connection.
//
// One class for both, with few handler types, saves compile time: Beast's operations are compiled
// once per stream type, the socket's once per handler type.
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

#include "daemon/sources/net/receive_buffer.hpp"

namespace tickcache::daemon {

/// Reads all available data into its buffer. Beast reads from the buffer, one frame at a time; it
/// never sees messages that the session takes directly. Every handler is called once, on the loop,
/// with operation_aborted after close(). Handlers must keep the transport alive.
class Transport {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor_type>;
  using Result = std::function<void(boost::system::error_code)>;

  /// Called when a fill() ends.
  class FillListener {
   public:
    virtual void on_fill(boost::system::error_code error) = 0;

   protected:
    ~FillListener() = default;
  };

  /// Maximum number of bytes read without a complete message: four times the longest message, to
  /// allow for the headers of its fragments. Beast accepts empty fragments and control frames
  /// without end; beyond this limit a read fails with message_size.
  static constexpr std::size_t kMaxUnfinished = std::size_t{4} << 20;

  /// With TLS unless `tls` is null. `tls` and `io` must outlive it.
  Transport(boost::asio::io_context& io, boost::asio::ssl::context* tls);

  [[nodiscard]] executor_type get_executor() noexcept { return socket_.get_executor(); }
  [[nodiscard]] ReceiveBuffer& buffer() noexcept { return buffer_; }
  [[nodiscard]] bool is_tls() const noexcept { return tls_.has_value(); }

  /// Closes the socket if it is open, and connects to `endpoint`.
  void connect(const boost::asio::ip::tcp::endpoint& endpoint, Result result);
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  /// After connect(), with TLS: does the handshake. Fails unless the certificate is valid for
  /// `host`.
  void shake_hands(const std::string& host, Result result);
  /// Why the certificate was refused; empty if it was not.
  [[nodiscard]] std::string certificate_problem();
  /// Tells the peer that nothing more will be sent.
  void shut_down_sending() noexcept;
  void close() noexcept;

  /// A message is complete: restarts the count for kMaxUnfinished.
  void on_message() noexcept { unfinished_ = 0; }
  /// Reads more into the buffer. Not while Beast reads. If Beast starts to read meanwhile (to
  /// close), Beast gets the data and the listener is not called.
  void fill(std::shared_ptr<FillListener> listener);

  /// For Beast, which has at most one read and one write in progress.
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
    auto place = some.begin();
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end && place != some.end();) {
      *place++ = *at++;
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

  /// The first buffers of a sequence; the rest is empty.
  using Gathered = std::array<boost::asio::const_buffer, 8>;

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
  Then waiting_;            ///< Beast's read, waiting for the fill to end
  std::span<char> wanted_;  ///< destination of Beast's read
  std::size_t read_ = 0;
  boost::system::error_code read_error_;
  std::size_t written_ = 0;
  boost::system::error_code write_error_;
};

/// Beast calls this when one of its own timeouts expires; they are off.
inline void beast_close_socket(Transport& transport) { transport.close(); }

/// Beast calls this to end a connection after a close frame or a protocol error. Beast's own
/// versions wait until the peer closes too: a peer that never does would hide its close code, and a
/// dead connection would seem alive. This only shuts down sending; the session closes.
template <class Handler>
void async_teardown(boost::beast::role_type, Transport& transport, Handler&& handler) {
  transport.shut_down_sending();
  boost::asio::post(transport.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                     boost::system::error_code()));
}

}  // namespace tickcache::daemon
