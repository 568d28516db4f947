#include "sim/client.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
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
constexpr std::chrono::seconds kUpgradeLimit{10};
constexpr std::chrono::seconds kCloseLimit{1};
constexpr std::uint16_t kCloseUnsupported = 1003;

}  // namespace

struct Client::Upgrade {
  boost::beast::flat_buffer buffer;
  http::request_parser<http::empty_body> parser;
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
  end_after(kUpgradeLimit, Ended::by_client);
  auto upgrade = std::make_shared<Upgrade>();
  upgrade->parser.header_limit(kMaxHeader);
  http::async_read_header(socket_, upgrade->buffer, upgrade->parser,
                          [self = shared_from_this(), upgrade](error_code error, std::size_t) {
                            self->on_upgrade(upgrade, static_cast<bool>(error));
                          });
}

void Client::on_upgrade(const std::shared_ptr<Upgrade>& upgrade, bool failed) {
  if (state_ != State::upgrading) return;
  if (failed) return cut(false, Ended::by_client);
  const auto& request = upgrade->parser.get();
  const auto text = [](boost::beast::string_view view) {
    return std::string_view(view.data(), view.size());
  };
  const bool is_upgrade = boost::beast::websocket::is_upgrade(request) &&
                          request[http::field::sec_websocket_version] == "13" &&
                          !request[http::field::sec_websocket_key].empty();
  const unsigned status = host_.admit(text(request.target()), is_upgrade);
  if (status != 0) return refuse(status);
  const auto rest = upgrade->buffer.data();
  accept(text(request[http::field::sec_websocket_key]),
         {static_cast<const char*>(rest.data()), rest.size()});
}

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
  if (end_when_written_) cut(false, how_);
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
