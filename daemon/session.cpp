#include "daemon/session.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <optional>
#include <type_traits>
#include <utility>

#include "daemon/retry_after.hpp"
#include "daemon/tcp_layer.hpp"
#include "libcache/clock.hpp"

namespace tickcache::daemon {

namespace {

/// Messages that came together are stamped with one reading of the clock, but no more than these.
constexpr unsigned kClockEvery = 16;

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

bool is_address(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

/// Finds out by itself when the other side is gone without a word.
void set_socket_options(tcp::socket& socket) {
  const auto set = [&](int level, int option, int value) {
    setsockopt(socket.native_handle(), level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

/// `Next` is Plain or Tls.
template <class Next>
class SessionOver final : public Session, public std::enable_shared_from_this<SessionOver<Next>> {
 public:
  SessionOver(asio::io_context& io, const SessionSettings& settings, Link link,
              SessionListener& listener)
      : Session(link),
        settings_(settings),
        listener_(&listener),
        stream_(make_stream(io, settings)),
        timer_(io) {}

  void start() {
    limit(settings_.resolve_timeout, Failure::Kind::resolve);
    settings_.resolve(settings_.url.host, settings_.url.port,
                      [self = self()](error_code error, const Endpoints& endpoints) {
                        self->on_resolve(error, endpoints);
                      });
  }

  void send_text(std::string text) override {
    queue_.push_back(std::move(text));
    write_next();
  }

  void send_pong() override {
    pong_waits_ = true;
    write_next();
  }

  void close(std::uint16_t code, bool abort) override {
    listener_ = nullptr;
    if (abort || !open_) return cut();
    timer_.expires_after(settings_.close_timeout);
    timer_.async_wait([self = self()](error_code error) {
      if (!error) self->cut();
    });
    stream_.async_close(websocket::close_code(code), [self = self()](error_code) { self->cut(); });
  }

 private:
  auto self() { return this->shared_from_this(); }

  using Stream = websocket::stream<ReadAhead<Next>, false>;

  static Stream make_stream(asio::io_context& io, const SessionSettings& settings) {
    if constexpr (std::is_same_v<Next, Tls>) {
      return Stream(io, *settings.tls);
    } else {
      return Stream(io);
    }
  }

  tcp::socket& socket() { return beast::get_lowest_layer(stream_).socket(); }

  void on_resolve(error_code error, const Endpoints& endpoints) {
    if (listener_ == nullptr) return;
    if (!error && endpoints.empty()) error = asio::error::host_not_found;
    if (error) return fail(Failure::Kind::resolve, error);
    const auto at_once = settings_.connect_timeout / settings_.address_timeout;
    endpoints_ = in_turns(endpoints, link().attempt, static_cast<std::size_t>(at_once));
    give_up_at_ = std::chrono::steady_clock::now() + settings_.connect_timeout;
    connect_next();
  }

  void connect_next() {
    const tcp::endpoint endpoint = endpoints_[next_endpoint_++];
    limit(settings_.address_timeout, Failure::Kind::connect);
    error_code ignored;
    socket().close(ignored);
    socket().async_connect(endpoint,
                           [self = self()](error_code result) { self->on_connect(result); });
  }

  void on_connect(error_code error) {
    if (listener_ == nullptr) return;
    // The time may have run out when the connection stood already, but nobody had been told.
    if (error == asio::error::operation_aborted || (!error && !socket().is_open())) {
      error = asio::error::timed_out;
    }
    if (error && may_try_next()) return connect_next();
    if (error) return fail(Failure::Kind::connect, error);
    set_socket_options(socket());
    limit(settings_.handshake_timeout,
          std::is_same_v<Next, Tls> ? Failure::Kind::tls : Failure::Kind::handshake);
    if constexpr (std::is_same_v<Next, Tls>) {
      begin_tls();
    } else {
      begin_upgrade();
    }
  }

  bool may_try_next() const {
    return next_endpoint_ < endpoints_.size() && std::chrono::steady_clock::now() < give_up_at_;
  }

  void begin_tls() {
    Next& tls = stream_.next_layer();
    if (!expect_host(tls.native_handle())) {
      return fail(Failure::Kind::tls, asio::error::invalid_argument);
    }
    error_code error;
    tls.set_verify_mode(asio::ssl::verify_peer, error);
    if (error) return fail(Failure::Kind::tls, error);
    tls.async_handshake(asio::ssl::stream_base::client,
                        [self = self()](error_code result) { self->on_tls(result); });
  }

  /// Left to OpenSSL, unlike with a callback, the result tells a wrong host from other problems.
  bool expect_host(SSL* tls) {
    const std::string& host = settings_.url.host;
    if (is_address(host)) {
      return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
    }
    return SSL_set_tlsext_host_name(tls, host.c_str()) == 1 &&
           SSL_set1_host(tls, host.c_str()) == 1;
  }

  void on_tls(error_code error) {
    if (listener_ == nullptr) return;
    if (error) return fail(Failure::Kind::tls, error, certificate_problem());
    phase_ = Failure::Kind::handshake;
    begin_upgrade();
  }

  std::string certificate_problem() {
    if constexpr (std::is_same_v<Next, Tls>) {
      const long result = SSL_get_verify_result(stream_.next_layer().native_handle());
      if (result != X509_V_OK) {
        return std::string("certificate: ") + X509_verify_cert_error_string(result);
      }
    }
    return {};
  }

  void begin_upgrade() {
    stream_.read_message_max(kMaxMessageSize);
    stream_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(http::field::user_agent, settings_.user_agent);
    }));
    const std::string target =
        settings_.url.path + "?api_key=" + percent_encoded(settings_.api_key.reveal());
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
    stream_.next_layer().buffer().begin_frames();
    listener_->on_open(link());
    deliver();
  }

  /// What the exchange must not choose, because it was not offered; Beast lets it. Null if nothing.
  const char* unasked_for() const {
    if (!response_[http::field::sec_websocket_extensions].empty()) return "extension";
    if (!response_[http::field::sec_websocket_protocol].empty()) return "subprotocol";
    return nullptr;
  }

  /// Reports the plain messages that are there, then has more read: by Beast, if what comes next is
  /// something else.
  void deliver() {
    if (listener_ == nullptr) return;
    ReceiveBuffer& received = stream_.next_layer().buffer();
    Time now(boot_now());
    unsigned delivered = 0;
    while (const auto text = beast_is_next_ ? std::nullopt : received.take_text()) {
      if (++delivered % kClockEvery == 0) now = Time(boot_now());
      listener_->on_text(link(), *text, now);
      if (listener_ == nullptr) return;
    }
    if (delivered > 0) beast::get_lowest_layer(stream_).rate_policy().on_message();
    listener_->on_drained();
    if (beast_is_next_ || received.needs_parser()) {
      stream_.async_read(buffer_,
                         [self = self()](error_code error, std::size_t) { self->on_read(error); });
    } else {
      stream_.next_layer().async_fill([self = self()](error_code error) { self->on_fill(error); });
    }
  }

  void on_fill(error_code error) {
    if (listener_ == nullptr) return;
    if (error) return on_end(error);
    deliver();
  }

  void on_read(error_code error) {
    if (listener_ == nullptr) return;
    if (error) return on_end(error);
    beast::get_lowest_layer(stream_).rate_policy().on_message();
    const Time now(boot_now());
    const auto bytes = buffer_.cdata();
    const std::string_view message(static_cast<const char*>(bytes.data()), bytes.size());
    if (stream_.got_text()) {
      // Beast may notice only in the next message that a character was cut at the end of this one.
      beast_is_next_ = !message.empty() && static_cast<signed char>(message.back()) < 0;
      listener_->on_text(link(), message, now);
    } else {
      listener_->on_binary(link(), message.size(), now);
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
    listener->on_closed(link(), code);
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
    // As a rule the read ends too, and says what the peer said last, such as why it closes. But a
    // write may fail alone, for want of memory, say.
    timer_.expires_after(settings_.close_timeout);
    timer_.async_wait([self = self(), error](error_code waited) {
      if (!waited && self->listener_ != nullptr) self->on_end(error);
    });
  }

  /// The present step may take this long; then it fails as `phase`.
  void limit(std::chrono::nanoseconds timeout, Failure::Kind phase) {
    phase_ = phase;
    timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(timeout));
    timer_.async_wait([self = self()](error_code error) {
      if (!error) self->on_timeout();
    });
  }

  void on_timeout() {
    if (listener_ == nullptr || open_) return;
    if (timer_.expiry() > std::chrono::steady_clock::now()) return;  // the next step has begun
    error_code ignored;
    if (phase_ == Failure::Kind::connect && may_try_next()) {
      socket().close(ignored);  // on_connect() goes on with the next address
      return;
    }
    fail(Failure::Kind::timeout, asio::error::timed_out);
  }

  void fail(Failure::Kind kind, error_code error, const std::string& detail = {}) {
    Failure failure;
    failure.kind = kind;
    failure.detail = detail.empty() ? error.message() : detail;
    const int status = stream_.next_layer().buffer().http_status();
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
    listener->on_failed(link(), failure);
  }

  /// Leaves the peer time to read our close frame: to close while something of the peer's is unread
  /// would take the frame back.
  void linger() {
    timer_.expires_after(settings_.close_timeout);
    timer_.async_wait([self = self()](error_code error) {
      if (!error) self->cut();
    });
  }

  /// Without a word; pending operations end with operation_aborted.
  void cut() {
    timer_.cancel();
    beast::get_lowest_layer(stream_).close();
  }

  const SessionSettings& settings_;
  SessionListener* listener_;  ///< null: nothing is reported any more
  Stream stream_;
  asio::steady_timer timer_;
  Endpoints endpoints_;
  std::size_t next_endpoint_ = 0;
  std::chrono::steady_clock::time_point give_up_at_;  ///< connecting
  Failure::Kind phase_ = Failure::Kind::resolve;
  bool open_ = false;
  websocket::response_type response_;
  beast::flat_buffer buffer_;
  bool beast_is_next_ = false;  ///< to read, even what is plain
  std::deque<std::string> queue_;
  std::string outgoing_;
  bool writing_ = false;
  bool pong_waits_ = false;
};

template <class Next>
std::shared_ptr<Session> start_over(asio::io_context& io, const SessionSettings& settings,
                                    Link link, SessionListener& listener) {
  auto session = std::make_shared<SessionOver<Next>>(io, settings, link, listener);
  session->start();
  return session;
}

}  // namespace

std::shared_ptr<Session> start_session(asio::io_context& io, const SessionSettings& settings,
                                       Link link, SessionListener& listener) {
  return settings.url.tls() ? start_over<Tls>(io, settings, link, listener)
                            : start_over<Plain>(io, settings, link, listener);
}

}  // namespace tickcache::daemon
