#include "daemon/service/metrics_listener.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "encode/prometheus.hpp"

namespace tickcache::daemon {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

using Response = http::response<http::string_body>;

constexpr auto kAcceptAgainAfter = std::chrono::seconds(1);
/// What may still come after a request that was answered, before the connection is closed.
constexpr std::size_t kMaxIgnored = std::size_t{64} << 10;

Response make_response(http::status status, std::string body,
                       std::string_view type = "text/plain; charset=utf-8") {
  Response response(status, 11);
  response.set(http::field::content_type, {type.data(), type.size()});
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(false);
  response.body() = std::move(body);
  return response;
}

/// Not the name of a web page whose author has it resolve to this machine (DNS rebinding). HTTP/1.0
/// names no host.
bool is_host_of_this_machine(std::string_view host) {
  if (host.empty()) return true;
  const auto bracket = host.find(']');
  if (host.starts_with('[') && bracket != host.npos) {
    host = host.substr(1, bracket - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  if (beast::iequals({host.data(), host.size()}, "localhost")) return true;
  error_code not_an_address;
  asio::ip::make_address(std::string(host), not_an_address);
  return !not_an_address;
}

Response answer(std::string_view target, const MetricsPages& pages) {
  target = target.substr(0, target.find('?'));
  if (target == "/metrics") {
    return make_response(http::status::ok, pages.metrics(), encode::kContentType);
  }
  if (target == "/healthz") return make_response(http::status::ok, "ok\n");
  if (target == "/readyz") {
    const std::string reason = pages.not_ready();
    if (reason.empty()) return make_response(http::status::ok, "live\n");
    return make_response(http::status::service_unavailable, reason + "\n");
  }
  return make_response(http::status::not_found, "there are /metrics, /healthz and /readyz\n");
}

Response answer(const http::request<http::empty_body>& request, const MetricsPages& pages) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Response response = make_response(http::status::method_not_allowed, "GET and HEAD only\n");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  const auto host = request[http::field::host];
  if (!is_host_of_this_machine({host.data(), host.size()})) {
    return make_response(http::status::misdirected_request,
                         "the host must be localhost or an address\n");
  }
  const auto target = request.target();
  return answer(std::string_view(target.data(), target.size()), pages);
}

http::status status_of(error_code error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return http::status::request_header_fields_too_large;
  if (error == http::error::body_limit) return http::status::payload_too_large;
  return http::status::bad_request;
}

/// One request and its answer.
class Client : public std::enable_shared_from_this<Client> {
 public:
  /// `pages` stay until close().
  Client(tcp::socket socket, const MetricsPages& pages)
      : stream_(std::move(socket)), pages_(&pages) {}

  void start(std::chrono::milliseconds patience) {
    patience_ = patience;
    stream_.expires_after(patience_);
    parser_.header_limit(MetricsListener::kMaxHeader);
    http::async_read_header(
        stream_, buffer_, parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

  void close() {
    pages_ = nullptr;
    stream_.close();
  }

  /// Whether its request has come, so that it is being answered.
  [[nodiscard]] bool has_asked() const noexcept { return has_asked_; }

 private:
  void on_read(error_code error) {
    if (pages_ == nullptr) return;
    const error_code parsing = http::error::bad_method;
    if (error && error.category() != parsing.category()) return;  // gone, or too slow
    if (error == http::error::end_of_stream || error == http::error::partial_message) return;
    has_asked_ = true;
    response_ = error ? make_response(status_of(error), error.message() + "\n")
                      : answer(parser_.get(), *pages_);
    response_.prepare_payload();
    if (!error && parser_.get().method() == http::verb::head) response_.body().clear();
    stream_.expires_after(patience_);
    http::async_write(
        stream_, response_,
        [self = shared_from_this()](error_code result, std::size_t) { self->on_write(result); });
  }

  void on_write(error_code error) {
    if (error || pages_ == nullptr) return;
    // Closing with unread data would reset the connection and discard the response.
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    ignore_rest();
  }

  void ignore_rest() {
    stream_.async_read_some(asio::buffer(rest_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              self->ignored_ += size;
                              if (!error && self->ignored_ < kMaxIgnored) self->ignore_rest();
                            });
  }

  beast::tcp_stream stream_;
  const MetricsPages* pages_;
  std::chrono::milliseconds patience_{};
  beast::flat_buffer buffer_{MetricsListener::kMaxHeader + 1};
  http::request_parser<http::empty_body> parser_;
  Response response_;
  std::array<char, 512> rest_{};
  std::size_t ignored_ = 0;
  bool has_asked_ = false;
};

}  // namespace

class MetricsListener::Server : public std::enable_shared_from_this<Server> {
 public:
  Server(asio::io_context& io, MetricsPages pages, std::chrono::milliseconds patience)
      : pages_(std::move(pages)), patience_(patience), acceptor_(io), pause_(io) {}

  void listen(const tcp::endpoint& where) {
    acceptor_.open(where.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(where);
    acceptor_.listen(static_cast<int>(kMaxConnections));
    accept();
  }

  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  void close() {
    closed_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (const auto& weak : clients_) {
      if (const auto client = weak.lock()) client->close();
    }
  }

 private:
  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
      self->on_accept(error, std::move(socket));
    });
  }

  void on_accept(error_code error, tcp::socket socket) {
    if (closed_) return;
    if (error) return accept_later();
    std::erase_if(clients_, [](const auto& weak) { return weak.expired(); });
    if (clients_.size() == kMaxConnections) {
      // The oldest that has not asked yet; a slow one must not keep out one that asks at once.
      const auto idle = std::find_if(clients_.begin(), clients_.end(), [](const auto& weak) {
        const auto client = weak.lock();
        return client && !client->has_asked();
      });
      const auto gives_way = idle == clients_.end() ? clients_.begin() : idle;
      if (const auto client = gives_way->lock()) client->close();
      clients_.erase(gives_way);
    }
    const auto client = std::make_shared<Client>(std::move(socket), pages_);
    clients_.push_back(client);
    client->start(patience_);
    accept();
  }

  /// No descriptor to be had, most likely.
  void accept_later() {
    pause_.expires_after(kAcceptAgainAfter);
    pause_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && !self->closed_) self->accept();
    });
  }

  MetricsPages pages_;
  std::chrono::milliseconds patience_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::vector<std::weak_ptr<Client>> clients_;  ///< the oldest first
  bool closed_ = false;
};

MetricsListener::MetricsListener(asio::io_context& io, const Endpoint& where, MetricsPages pages,
                                 std::chrono::milliseconds patience)
    : server_(std::make_shared<Server>(io, std::move(pages), patience)) {
  error_code not_an_address;
  auto address = asio::ip::make_address(where.host, not_an_address);
  if (not_an_address) address = asio::ip::address_v4::loopback();
  try {
    server_->listen({address, where.port});
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("metrics-listen: cannot listen on " + where.text() + ": " +
                             error.code().message());
  }
}

MetricsListener::~MetricsListener() { server_->close(); }

tcp::endpoint MetricsListener::endpoint() const { return server_->endpoint(); }

}  // namespace tickcache::daemon
