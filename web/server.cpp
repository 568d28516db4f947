#include "web/server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "options/text.hpp"

namespace tickcache::web {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::string_view kFull = "too many clients\n";
constexpr auto kAcceptAgainAfter = std::chrono::seconds(1);
/// What may still come after a request that was answered, before the connection is closed.
constexpr std::size_t kMaxIgnored = std::size_t{64} << 10;

http::status status_of(error_code error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return http::status::request_header_fields_too_large;
  if (error == http::error::body_limit) return http::status::payload_too_large;
  return http::status::bad_request;
}

/// One connection: requests and their answers.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// `site` stays until close().
  Session(tcp::socket socket, const Site& site, const Limits& limits,
          std::shared_ptr<std::size_t> taken)
      : stream_(std::move(socket)), site_(&site), limits_(limits), taken_(std::move(taken)) {}

  void read(std::chrono::milliseconds wait) {
    has_asked_ = false;
    stream_.expires_after(wait);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header));
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

  void close() {
    site_ = nullptr;
    stream_.close();
  }

  /// Whether its request has come, so that it is being answered.
  [[nodiscard]] bool has_asked() const noexcept { return has_asked_; }

 private:
  void on_read(error_code error) {
    if (site_ == nullptr) return;
    const error_code parsing = http::error::bad_method;
    if (error && error.category() != parsing.category()) return;  // gone, or too slow
    if (error == http::error::end_of_stream || error == http::error::partial_message) return;
    has_asked_ = true;
    if (error) return respond(make_response(status_of(error), error.message() + "\n"), false);
    const Request& request = parser_->get();
    const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
    if (!reads) {
      Response response = make_response(http::status::method_not_allowed, "GET and HEAD only\n");
      response.set(http::field::allow, "GET, HEAD");
      return respond(std::move(response), false);
    }
    auto response = site_->answer(request);
    if (!response && *taken_ < limits_.taken) return give_away();
    if (!response) {
      response = make_response(http::status::service_unavailable, std::string(kFull));
      response->set(http::field::retry_after, "1");
    }
    const bool stays = limits_.idle.count() > 0 && request.keep_alive() && parser_->is_done();
    respond(std::move(*response), stays);
  }

  void give_away() {
    stream_.expires_never();
    ++*taken_;
    Seat seat(nullptr, [taken = taken_](std::nullptr_t) { --*taken; });
    site_->take(parser_->release(), stream_.release_socket(), std::move(seat));
  }

  void respond(Response response, bool stays) {
    response_ = std::move(response);
    response_.keep_alive(stays);
    response_.prepare_payload();
    if (parser_->is_header_done() && parser_->get().method() == http::verb::head) {
      response_.body().clear();
    }
    stream_.expires_after(limits_.patience);
    http::async_write(stream_, response_,
                      [self = shared_from_this(), stays](error_code result, std::size_t) {
                        self->on_write(result, stays);
                      });
  }

  void on_write(error_code error, bool stays) {
    if (error || site_ == nullptr) return;
    if (stays) return read(limits_.idle);
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
  const Site* site_;
  const Limits limits_;
  std::shared_ptr<std::size_t> taken_;  ///< connections given to Site::take()
  beast::flat_buffer buffer_{limits_.header + 1};
  std::optional<http::request_parser<http::empty_body>> parser_;
  Response response_;
  std::array<char, 512> rest_{};
  std::size_t ignored_ = 0;
  bool has_asked_ = false;
};

}  // namespace

Response make_response(http::status status, std::string body, std::string_view type) {
  Response response(status, 11);
  response.set(http::field::content_type, {type.data(), type.size()});
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body);
  return response;
}

std::string head_text(Response response) {
  response.keep_alive(false);
  std::ostringstream text;
  text << response.base();
  return text.str();
}

std::string_view header(const Request& request, http::field field) {
  const auto value = request[field];
  return {value.data(), value.size()};
}

std::string_view header(const Request& request, std::string_view name) {
  const auto value = request[beast::string_view(name.data(), name.size())];
  return {value.data(), value.size()};
}

std::string_view target(const Request& request) {
  const auto text = request.target();
  return {text.data(), text.size()};
}

std::string_view host_name(std::string_view host) noexcept {
  const auto bracket = host.find(']');
  if (host.starts_with('[') && bracket != host.npos) return host.substr(1, bracket - 1);
  return host.substr(0, host.find(':'));
}

bool is_host_of_this_machine(std::string_view host) {
  if (host.empty()) return true;
  return options::is_address(options::lower_case(host_name(host)));
}

class Server::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, Site site, const Limits& limits)
      : site_(std::move(site)), limits_(limits), acceptor_(io), pause_(io) {}

  void listen(const tcp::endpoint& where) {
    acceptor_.open(where.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(where);
    acceptor_.listen(static_cast<int>(limits_.connections));
    accept();
  }

  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  [[nodiscard]] std::size_t connections() const noexcept {
    const auto open = std::count_if(sessions_.begin(), sessions_.end(),
                                    [](const auto& session) { return !session.expired(); });
    return static_cast<std::size_t>(open) + *taken_;
  }

  void close() {
    closed_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (const auto& weak : sessions_) {
      if (const auto session = weak.lock()) session->close();
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
    std::erase_if(sessions_, [](const auto& weak) { return weak.expired(); });
    if (sessions_.size() + *taken_ >= limits_.connections && !make_room()) {
      refuse(std::move(socket));
    } else {
      const auto session = std::make_shared<Session>(std::move(socket), site_, limits_, taken_);
      sessions_.push_back(session);
      session->read(limits_.patience);
    }
    accept();
  }

  /// Closes the oldest that has not asked yet: a slow one must not keep out one that asks at once.
  /// If all have asked, the oldest of them.
  bool make_room() {
    if (sessions_.empty()) return false;
    const auto idle = std::find_if(sessions_.begin(), sessions_.end(), [](const auto& weak) {
      const auto session = weak.lock();
      return session && !session->has_asked();
    });
    const auto gives_way = idle == sessions_.end() ? sessions_.begin() : idle;
    if (const auto session = gives_way->lock()) session->close();
    sessions_.erase(gives_way);
    return true;
  }

  /// All places are taken, for as long as their clients like.
  static void refuse(tcp::socket socket) {
    static const std::string refusal =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: " +
        std::to_string(kFull.size()) + "\r\nRetry-After: 1\r\nConnection: close\r\n\r\n" +
        std::string(kFull);
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(refusal), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  /// No descriptor to be had, most likely.
  void accept_later() {
    pause_.expires_after(kAcceptAgainAfter);
    pause_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && !self->closed_) self->accept();
    });
  }

  Site site_;
  const Limits limits_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::vector<std::weak_ptr<Session>> sessions_;  ///< the oldest first
  std::shared_ptr<std::size_t> taken_ = std::make_shared<std::size_t>(0);
  bool closed_ = false;
};

Server::Server(asio::io_context& io, const options::Endpoint& where, Site site, Limits limits)
    : impl_(std::make_shared<Impl>(io, std::move(site), limits)) {
  error_code not_an_address;
  auto address = asio::ip::make_address(where.host, not_an_address);
  if (not_an_address) address = asio::ip::address_v4::loopback();
  try {
    impl_->listen({address, where.port});
  } catch (const boost::system::system_error& error) {
    std::string problem = "cannot listen on " + where.text() + ": " + error.code().message();
    if (error.code() == asio::error::address_in_use) {
      problem += "; choose another port, or stop what uses this one (ss -ltnp shows it)";
    } else if (error.code() == boost::system::errc::address_not_available) {
      problem += "; this machine does not have that address (ip address shows those that it has)";
    }
    throw std::runtime_error(problem);
  }
}

Server::~Server() { impl_->close(); }

tcp::endpoint Server::endpoint() const { return impl_->endpoint(); }

std::size_t Server::connections() const noexcept { return impl_->connections(); }

}  // namespace tickcache::web
