#include "daemon/sources/rest/http_client.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <string_view>
#include <utility>

#include "daemon/core/timing.hpp"
#include "daemon/platform/endpoint.hpp"
#include "daemon/sources/net/failure.hpp"
#include "daemon/sources/net/transport.hpp"
#include "daemon/sources/rest/answer_reader.hpp"

namespace tickcache::daemon {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// For any of the daemon's keys, names and versions: reserved in advance, because a string that
/// grows leaves copies of the key.
constexpr std::size_t kMaxFixedPart = 2048;

std::string request_text(const DialSettings& settings, const std::string& target, bool with_key) {
  std::string text;
  text.reserve(target.size() + kMaxFixedPart);
  text.append("GET ").append(target).append(" HTTP/1.1\r\n");
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  add("Host", settings.url.authority());
  add("User-Agent", settings.user_agent);
  add("Accept", "application/json");
  add("Cache-Control", "no-cache");
  if (with_key) add(kKeyHeader, settings.api_key.reveal());
  return text.append("\r\n");
}

/// A connection to the server, kept alive by its pending operations.
class HttpConnection final : public Transport::FillListener,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  /// What happens to the connection while it has an owner. Called on the loop.
  class Owner {
   public:
    virtual void on_dialed(const Failure* failure) = 0;
    virtual void on_received(error_code error) = 0;

   protected:
    ~Owner() = default;
  };

  HttpConnection(asio::io_context& io, const DialSettings& settings, std::weak_ptr<Owner> owner)
      : owner_(std::move(owner)),
        transport_(io, settings.tls_context()),
        dialer_(io, settings, transport_) {}
  ~HttpConnection() { wipe(outgoing_); }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void dial(std::uint64_t attempt) {
    dialer_.start(attempt, [self = shared_from_this()](const Failure* failure) {
      if (const auto owner = self->owner_.lock()) owner->on_dialed(failure);
    });
  }

  /// A write that fails is not reported: the read may still get the server's last words, or else
  /// fails too; the request's timeout is for the rest.
  void send(std::string text) {
    outgoing_ = std::move(text);
    asio::async_write(
        transport_, asio::buffer(outgoing_),
        [self = shared_from_this()](error_code, std::size_t) { wipe(self->outgoing_); });
  }

  /// Has on_received() called when there is something to read(), or the connection has ended.
  void receive() { transport_.fill(shared_from_this()); }

  /// Gives `reader` what was received.
  void read(AnswerReader& reader) {
    std::array<char, ReceiveBuffer::kCapacity> bytes;
    for (std::size_t size; !reader.is_over() && (size = transport_.buffer().portion()) > 0;) {
      transport_.buffer().take({bytes.data(), size});
      reader.read({bytes.data(), size});
    }
  }
  /// After an answer: prepares for another. False if this one does not end with what was received,
  /// or came before the whole request was sent.
  bool restart() {
    transport_.on_message();
    return transport_.buffer().portion() == 0 && outgoing_.empty();
  }

  void close() {
    owner_.reset();
    dialer_.cancel();
    transport_.close();
  }

 private:
  void on_fill(error_code error) override {
    if (const auto owner = owner_.lock()) owner->on_received(error);
  }

  std::weak_ptr<Owner> owner_;
  Transport transport_;
  Dialer dialer_;
  std::string outgoing_;  ///< what is being sent
};

}  // namespace

class HttpClient::State final : public HttpConnection::Owner,
                                public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, const DialSettings& settings)
      : io_(io), settings_(settings), timer_(io) {}

  void get(std::string target, bool with_key, std::chrono::nanoseconds timeout, Done done) {
    target_ = std::move(target);
    with_key_ = with_key;
    timeout_ = timeout;
    done_ = std::move(done);
    reader_ = AnswerReader();
    timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(timeout));
    timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (!error && self) self->on_timeout();
    });
    kept_ = connection_ != nullptr;
    kept_ ? send() : dial();
  }

  [[nodiscard]] bool busy() const noexcept { return done_ != nullptr; }

  void close() {
    done_ = nullptr;
    timer_.cancel();
    drop();
  }

 private:
  void on_timeout() {
    if (!busy() || timer_.expiry() > std::chrono::steady_clock::now()) return;  // a later request
    fail("no answer within " + duration_text(timeout_));
  }

  void dial() {
    connection_ = std::make_shared<HttpConnection>(io_, settings_, weak_from_this());
    connection_->dial(++dials_);
  }

  void on_dialed(const Failure* failure) override {
    if (failure != nullptr) return fail(failure_text(*failure));
    send();
    connection_->receive();
  }

  void send() { connection_->send(request_text(settings_, target_, with_key_)); }

  void on_received(error_code error) override {
    if (!busy()) return drop();  // the kept connection has ended, or sends what nobody asked for
    connection_->read(reader_);
    if (error && std::exchange(kept_, false) && !reader_.begun()) {
      drop();
      return dial();
    }
    if (error == asio::error::eof && !reader_.is_over()) reader_.read_end();
    if (reader_.complete()) return on_answer(!error);
    if (!reader_.problem().empty()) return fail(reader_.problem());
    if (error == asio::error::message_size) return fail(kAnswerTooLong);
    if (error) return fail("the connection broke (" + error.message() + ")");
    connection_->receive();
  }

  void on_answer(bool still_open) {
    if (still_open && connection_->restart() && reader_.keeps_alive()) {
      connection_->receive();
    } else {
      drop();
    }
    finish(reader_.take());
  }

  void fail(std::string why) {
    drop();
    finish(HttpFailure{std::move(why)});
  }

  void finish(HttpResult result) {
    timer_.cancel();
    const Done done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

  void drop() {
    if (connection_) connection_->close();
    connection_.reset();
  }

  asio::io_context& io_;
  const DialSettings& settings_;
  asio::steady_timer timer_;
  std::shared_ptr<HttpConnection> connection_;  ///< null: the next request dials
  std::uint64_t dials_ = 0;

  // The request under way.
  std::string target_;
  bool with_key_ = false;
  std::chrono::nanoseconds timeout_{};
  Done done_;          ///< null: none
  bool kept_ = false;  ///< on a connection that has had another
  AnswerReader reader_;
};

HttpClient::HttpClient(asio::io_context& io, const DialSettings& settings)
    : state_(std::make_shared<State>(io, settings)) {}

HttpClient::~HttpClient() { close(); }

void HttpClient::get(std::string target, bool with_key, std::chrono::nanoseconds timeout,
                     Done done) {
  state_->get(std::move(target), with_key, timeout, std::move(done));
}

bool HttpClient::busy() const noexcept { return state_->busy(); }

void HttpClient::close() { state_->close(); }

}  // namespace tickcache::daemon
