#include "sim/client.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <optional>
#include <utility>

namespace tickcache::sim {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kMaxHeader = 8192;
constexpr std::size_t kMaxMessage = 65536;
// Above this, bytes go to the socket in the middle of a burst, so that the client reads along.
constexpr std::size_t kFlushAt = 262144;
// As long as the platform's server keeps a connection that asks nothing.
constexpr std::chrono::seconds kRequestLimit{5};
constexpr std::chrono::seconds kCloseLimit{1};
constexpr std::uint16_t kCloseUnsupported = 1003;

std::string_view text_of(boost::beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

struct Client::Request {
  boost::beast::flat_buffer buffer;
  std::optional<http::request_parser<http::string_body>> parser;
};

Client::Client(asio::ip::tcp::socket socket, std::uint64_t id, ClientHost& host,
               std::size_t queue_limit)
    : socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      id_(id),
      host_(host),
      queue_limit_(queue_limit),
      reader_(kMaxMessage) {}

void Client::start() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  read_request(std::make_shared<Request>());
}

void Client::read_request(const std::shared_ptr<Request>& request) {
  request->parser.emplace();
  request->parser->header_limit(kMaxHeader);
  request->parser->body_limit(kMaxMessage);
  end_after(kRequestLimit, Ended::by_client);
  http::async_read_header(socket_, request->buffer, *request->parser,
                          [self = shared_from_this(), request](error_code error, std::size_t) {
                            self->on_header(request, static_cast<bool>(error));
                          });
}

void Client::on_header(const std::shared_ptr<Request>& request, bool failed) {
  if (state_ != State::asking) return;
  if (failed) return cut(false, Ended::by_client);
  const auto& header = request->parser->get();
  const bool is_upgrade = boost::beast::websocket::is_upgrade(header) &&
                          header[http::field::sec_websocket_version] == "13" &&
                          !header[http::field::sec_websocket_key].empty();
  if (is_upgrade || header.target().starts_with("/ws/")) return on_upgrade(*request, is_upgrade);
  http::async_read(socket_, request->buffer, *request->parser,
                   [self = shared_from_this(), request](error_code error, std::size_t) {
                     self->on_request(request, static_cast<bool>(error));
                   });
}

void Client::on_upgrade(const Request& request, bool is_upgrade) {
  const auto& header = request.parser->get();
  const unsigned status = host_.admit(text_of(header.target()), is_upgrade);
  if (status != 0) return refuse(status);
  const auto rest = request.buffer.data();
  accept(text_of(header[http::field::sec_websocket_key]),
         {static_cast<const char*>(rest.data()), rest.size()});
}

void Client::on_request(const std::shared_ptr<Request>& request, bool failed) {
  if (state_ != State::asking) return;
  if (failed) return cut(false, Ended::by_client);
  deadline_.cancel();
  request_ = request;
  const auto& message = request->parser->get();
  HttpRequest asked;
  asked.method = text_of(message.method_string());
  asked.target = text_of(message.target());
  asked.api_key = text_of(message["X-API-Key"]);
  asked.body = message.body();
  asked.keep_alive = message.keep_alive();
  host_.on_request(*this, asked);
}

void Client::respond(std::string_view text, bool keep_alive, std::chrono::milliseconds delay) {
  pending_ = text;
  if (delay.count() == 0) return write_response(keep_alive);
  deadline_.expires_after(delay);
  deadline_.async_wait([self = shared_from_this(), keep_alive](error_code error) {
    if (!error) self->write_response(keep_alive);
  });
}

void Client::write_response(bool keep_alive) {
  if (!keep_alive) {
    request_.reset();
    state_ = State::closing;
    how_ = Ended::by_server;
    end_when_written_ = true;
  }
  flush();
}

void Client::ignore() { read(); }

void Client::refuse(unsigned status) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  pending_ = "HTTP/1.1 " + std::to_string(status) + " ";
  pending_.append(reason.data(), reason.size());
  pending_ += "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  state_ = State::closing;
  how_ = Ended::refused;
  end_when_written_ = true;
  flush();
}

void Client::accept(std::string_view key, std::string_view early_bytes) {
  pending_ =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      accept_token(key) + "\r\n\r\n";
  deadline_.cancel();
  state_ = State::open;
  host_.on_open(*this);
  flush();
  on_bytes(early_bytes);
  read();
}

void Client::read() {
  if (state_ == State::ended) return;
  socket_.async_read_some(asio::buffer(input_),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            if (error) return self->cut(false, Ended::by_client);
                            self->on_bytes({self->input_.data(), size});
                            self->read();
                          });
}

void Client::on_bytes(std::string_view bytes) {
  if (state_ == State::asking) return;  // an ignored request: only the end matters
  messages_.clear();
  const auto violation = reader_.feed(bytes, messages_);
  for (const ClientMessage& message : messages_) on_message(message);
  if (violation) close(*violation);
}

void Client::on_message(const ClientMessage& message) {
  if (message.opcode == Opcode::close) {
    if (state_ == State::open) {
      append(Opcode::close, message.payload);
      how_ = Ended::by_client;
    }
    state_ = State::closing;
    end_when_written_ = true;
    if (pending_.empty() && writing_.empty()) return cut(false, how_);
    end_after(kCloseLimit, how_);
    return flush();
  }
  if (state_ != State::open) return;
  if (message.opcode == Opcode::text) {
    host_.on_text(*this, message.payload);
  } else if (message.opcode == Opcode::ping) {
    append(Opcode::pong, message.payload);
    flush();
  } else if (message.opcode == Opcode::binary) {
    close(kCloseUnsupported);
  }
}

bool Client::send(std::string_view text) {
  if (state_ != State::open) return false;
  append(Opcode::text, text);
  if (pending_.size() + writing_.size() > queue_limit_) {
    cut(true, Ended::slow);
    return false;
  }
  if (pending_.size() > kFlushAt) flush();
  return true;
}

void Client::append(Opcode opcode, std::string_view payload) {
  append_frame(pending_, opcode, payload);
}

void Client::flush() {
  if (state_ == State::ended || pending_.empty() || !writing_.empty()) return;
  writing_.swap(pending_);
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      self->on_written(static_cast<bool>(error));
                    });
}

void Client::on_written(bool failed) {
  writing_.clear();  // keeps its memory for the next swap
  if (failed) return cut(false, Ended::by_client);
  if (!pending_.empty()) return flush();
  if (end_when_written_) return cut(false, how_);
  if (state_ == State::asking) read_request(std::exchange(request_, nullptr));
}

void Client::close(std::uint16_t code) {
  if (state_ != State::open) return;
  append(Opcode::close, close_payload(code));
  state_ = State::closing;
  how_ = Ended::by_server;
  flush();
  end_after(kCloseLimit, Ended::by_server);
}

void Client::end_after(std::chrono::milliseconds limit, Ended how) {
  deadline_.expires_after(limit);
  deadline_.async_wait([self = shared_from_this(), how](error_code error) {
    if (!error) self->cut(false, how);
  });
}

void Client::cut(bool reset, Ended how) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  deadline_.cancel();
  error_code ignored;
  if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  if (!reset) socket_.shutdown(asio::socket_base::shutdown_both, ignored);
  socket_.close(ignored);
  asio::post(socket_.get_executor(),
             [self = shared_from_this(), how] { self->host_.on_ended(*self, how); });
}

}  // namespace tickcache::sim
