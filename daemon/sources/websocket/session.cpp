#include "daemon/sources/websocket/session.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "daemon/platform/endpoint.hpp"
#include "daemon/platform/request.hpp"
#include "daemon/sources/net/retry_after.hpp"
#include "daemon/sources/net/transport.hpp"
#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {

namespace {

/// Maximum number of messages that share one clock read, if they arrived together.
constexpr unsigned kClockEvery = 16;

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

class WebSocketSession final : public Session,
                               public Transport::FillListener,
                               public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(asio::io_context& io, const SessionSettings& settings, SessionId id,
                   SessionListener& listener)
      : Session(id),
        settings_(settings),
        listener_(&listener),
        stream_(io, settings.tls_context()),
        dialer_(io, settings, transport()),
        timer_(io) {}

  void start() {
    dialer_.start(id().attempt,
                  [self = self()](const Failure* failure) { self->on_dialed(failure); });
  }

  void send_text(std::string text) override {
    queue_.push_back(std::move(text));
    write_next();
  }

  void send_pong() override {
    pong_waits_ = true;
    write_next();
  }

  void send_ping() override {
    if (pinging_ || !open_ || listener_ == nullptr) return;
    pinging_ = true;
    // A failure shows in the read, or in the next message that is sent.
    stream_.async_ping({}, [self = self()](error_code) { self->pinging_ = false; });
  }

  void close(bool abort) override {
    listener_ = nullptr;
    if (abort || !open_) return cut();
    linger();
    stream_.async_close(websocket::close_code::normal,
                        [self = self()](error_code) { self->cut(); });
  }

 private:
  std::shared_ptr<WebSocketSession> self() { return shared_from_this(); }

  Transport& transport() { return stream_.next_layer(); }

  void on_dialed(const Failure* failure) {
    if (failure != nullptr) return report(*failure);
    timer_.expires_at(dialer_.handshake_deadline());
    timer_.async_wait([self = self()](error_code error) {
      if (!error) self->on_timeout();
    });
    begin_upgrade();
  }

  void begin_upgrade() {
    stream_.read_message_max(kMaxMessageSize);
    stream_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(http::field::user_agent, settings_.user_agent);
    }));
    const std::string target =
        upgrade_target(settings_.url.path, percent_encoded(settings_.api_key.reveal()));
    stream_.async_handshake(response_, settings_.url.authority(), target,
                            [self = self()](error_code error) { self->on_handshake(error); });
  }

  void on_handshake(error_code error) {
    if (listener_ == nullptr) return;
    if (error == websocket::error::upgrade_declined) return fail_http();
    if (error) return fail(Failure::Kind::handshake, error);
    if (const char* const field = unasked_for()) {
      return fail(Failure::Kind::handshake, error, std::string("unasked-for ") + field);
    }
    timer_.cancel();
    open_ = true;
    transport().buffer().begin_frames();
    stream_.control_callback([this](websocket::frame_type type, beast::string_view) {
      if (type == websocket::frame_type::pong && listener_ != nullptr) listener_->on_pong(id());
    });
    listener_->on_open(id());
    deliver();
  }

  /// What the exchange selected although it was not offered, which Beast permits. Null if nothing.
  const char* unasked_for() const {
    if (!response_[http::field::sec_websocket_extensions].empty()) return "extension";
    if (!response_[http::field::sec_websocket_protocol].empty()) return "subprotocol";
    return nullptr;
  }

  /// Reports the plain messages that are there, then has more read: by Beast, if what comes next is
  /// something else.
  void deliver() {
    if (listener_ == nullptr) return;
    ReceiveBuffer& received = transport().buffer();
    Time now(boot_now());
    unsigned delivered = 0;
    while (const auto text = beast_is_next_ ? std::nullopt : received.take_text()) {
      if (++delivered % kClockEvery == 0) now = Time(boot_now());
      listener_->on_text(id(), *text, now);
      if (listener_ == nullptr) return;
    }
    if (delivered > 0) transport().on_message();
    listener_->on_drained();
    if (beast_is_next_ || received.needs_parser()) {
      stream_.async_read(buffer_,
                         [self = self()](error_code error, std::size_t) { self->on_read(error); });
    } else {
      transport().fill(self());
    }
  }

  void on_fill(error_code error) override {
    if (listener_ == nullptr) return;
    if (error) return on_end(error);
    deliver();
  }

  void on_read(error_code error) {
    if (listener_ == nullptr) return;
    if (error) return on_end(error);
    transport().on_message();
    const Time now(boot_now());
    const auto bytes = buffer_.cdata();
    const std::string_view message(static_cast<const char*>(bytes.data()), bytes.size());
    if (stream_.got_text()) {
      // Beast may notice only in the next message that a character was cut at the end of this one.
      beast_is_next_ = !message.empty() && static_cast<signed char>(message.back()) < 0;
      listener_->on_text(id(), message, now);
    } else {
      listener_->on_binary(id(), message, now);
    }
    buffer_.consume(bytes.size());
    deliver();
  }

  void on_end(error_code error) {
    const bool closed_by_peer =
        error == websocket::error::closed && stream_.reason().code != websocket::close_code::none;
    const int code = closed_by_peer ? static_cast<int>(stream_.reason().code) : 1006;
    SessionListener* listener = std::exchange(listener_, nullptr);
    linger();
    listener->on_closed(id(), code);
  }

  void write_next() {
    if (writing_ || !open_ || listener_ == nullptr) return;
    if (pong_waits_) {
      pong_waits_ = false;
      outgoing_ = kPong;
    } else if (!queue_.empty()) {
      outgoing_ = std::move(queue_.front());
      queue_.pop_front();
    } else {
      return;
    }
    writing_ = true;
    stream_.text(true);
    stream_.async_write(asio::buffer(outgoing_),
                        [self = self()](error_code error, std::size_t) { self->on_write(error); });
  }

  void on_write(error_code error) {
    writing_ = false;
    if (!error) return write_next();
    if (listener_ == nullptr) return;
    // Usually the read fails too and reports the peer's last words, such as its close code. But a
    // write may fail alone, for example when out of memory.
    timer_.expires_after(settings_.close_timeout);
    timer_.async_wait([self = self(), error](error_code waited) {
      if (!waited && self->listener_ != nullptr) self->on_end(error);
    });
  }

  void on_timeout() {
    if (listener_ == nullptr || open_) return;
    fail(Failure::Kind::timeout, asio::error::timed_out);
  }

  void fail(Failure::Kind kind, error_code error, const std::string& detail = {}) {
    Failure failure;
    failure.kind = kind;
    failure.detail = detail.empty() ? error.message() : detail;
    const int status = transport().buffer().http_status();
    if (status >= 300) {  // an answer, though its body did not end
      failure.kind = Failure::Kind::http;
      failure.http_status = status;
    }
    report(failure);
  }

  void fail_http() {
    Failure failure;
    failure.kind = Failure::Kind::http;
    failure.http_status = static_cast<int>(response_.result_int());
    const auto retry_after = response_[http::field::retry_after];
    failure.retry_after = parse_retry_after({retry_after.data(), retry_after.size()}, unix_now());
    report(failure);
  }

  void report(const Failure& failure) {
    SessionListener* listener = std::exchange(listener_, nullptr);
    cut();
    listener->on_failed(id(), failure);
  }

  /// Gives the peer time to read our close frame, and to answer it: closing with unread data would
  /// reset the connection and discard the frame.
  void linger() {
    timer_.expires_after(settings_.close_timeout);
    timer_.async_wait([self = self()](error_code error) {
      if (!error) self->cut();
    });
  }

  /// Without a closing handshake; pending operations end with operation_aborted.
  void cut() {
    dialer_.cancel();
    timer_.cancel();
    transport().close();
  }

  const SessionSettings& settings_;
  SessionListener* listener_;  ///< null: nothing is reported any more
  websocket::stream<Transport, false> stream_;
  Dialer dialer_;
  asio::steady_timer timer_;
  bool open_ = false;
  websocket::response_type response_;
  beast::flat_buffer buffer_;
  bool beast_is_next_ = false;  ///< to read, even what is plain
  std::deque<std::string> queue_;
  std::string outgoing_;
  bool writing_ = false;
  bool pong_waits_ = false;
  bool pinging_ = false;
};

}  // namespace

std::shared_ptr<Session> start_session(asio::io_context& io, const SessionSettings& settings,
                                       SessionId id, SessionListener& listener) {
  const auto session = std::make_shared<WebSocketSession>(io, settings, id, listener);
  session->start();
  return session;
}

}  // namespace tickcache::daemon
