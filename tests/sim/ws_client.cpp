#include "sim/ws_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <stdexcept>

namespace tickcache::sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::chrono::seconds kLimit{10};

}  // namespace

struct WsClient::Stream {
  asio::io_context io;
  websocket::stream<beast::tcp_stream, false> ws{io};
  beast::flat_buffer buffer;

  beast::tcp_stream& tcp() { return ws.next_layer(); }

  // Starts an operation, and runs it until it is done or its time is over.
  template <typename Start>
  error_code run(Start start) {
    error_code result;
    tcp().expires_after(kLimit);
    start([&result](error_code error, auto...) { result = error; });
    io.restart();
    io.run();
    tcp().expires_never();
    return result;
  }
};

WsClient::WsClient(std::uint16_t port, const std::string& target)
    : stream_(std::make_unique<Stream>()) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  error_code error = stream_->run([&](auto done) { stream_->tcp().async_connect(endpoint, done); });
  if (error) throw std::runtime_error("no connection: " + error.message());
  websocket::response_type response;
  error = stream_->run(
      [&](auto done) { stream_->ws.async_handshake(response, "127.0.0.1", target, done); });
  if (error == websocket::error::upgrade_declined) {
    throw std::runtime_error("HTTP " + std::to_string(response.result_int()));
  }
  if (error) throw std::runtime_error("no upgrade: " + error.message());
}

WsClient::~WsClient() = default;

void WsClient::send(std::string_view text) {
  const error_code error = stream_->run(
      [&](auto done) { stream_->ws.async_write(asio::buffer(text.data(), text.size()), done); });
  if (error) throw std::runtime_error("not sent: " + error.message());
}

std::optional<std::string> WsClient::read() {
  stream_->buffer.clear();
  const error_code error =
      stream_->run([&](auto done) { stream_->ws.async_read(stream_->buffer, done); });
  if (error == beast::error::timeout) throw std::runtime_error("nothing came for ten seconds");
  if (error) return std::nullopt;
  return beast::buffers_to_string(stream_->buffer.data());
}

std::uint16_t WsClient::close_code() const { return stream_->ws.reason().code; }

void WsClient::close() {
  stream_->run([&](auto done) { stream_->ws.async_close(websocket::close_code::normal, done); });
}

unsigned upgrade_status(std::uint16_t port, const std::string& target) {
  try {
    const WsClient client(port, target);
    return 101;
  } catch (const std::runtime_error& error) {
    const std::string_view text = error.what();
    if (text.substr(0, 5) != "HTTP ") throw;
    return static_cast<unsigned>(std::stoul(std::string(text.substr(5))));
  }
}

}  // namespace tickcache::sim
