#include "daemon/loop/raw_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace tickcache::daemon {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct RawServer::Client {
  explicit Client(tcp::socket connected) : socket(std::move(connected)) {}
  tcp::socket socket;
  std::string buffer;
};

RawServer::RawServer(asio::io_context& io, Script script)
    : script_(std::move(script)),
      acceptor_(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {
  accept();
}

tcp::endpoint RawServer::endpoint() const { return acceptor_.local_endpoint(); }

void RawServer::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error) return;
    socket.set_option(tcp::no_delay(true));
    read_request(std::make_shared<Client>(std::move(socket)));
    accept();
  });
}

void RawServer::read_request(const std::shared_ptr<Client>& client) {
  asio::async_read_until(client->socket, asio::dynamic_buffer(client->buffer), "\r\n\r\n",
                         [this, client](error_code error, std::size_t size) {
                           if (error) return void(++gone_);
                           requests_.push_back(client->buffer.substr(0, size));
                           client->buffer.erase(0, size);
                           received_ += client->buffer;
                           write(client, script_(requests_.back()), 0);
                         });
}

void RawServer::write(const std::shared_ptr<Client>& client, Reply reply, std::size_t piece) {
  if (piece == reply.pieces.size()) {
    if (reply.then_close) client->socket.shutdown(tcp::socket::shutdown_send);
    return read_on(client);
  }
  const auto shared = std::make_shared<Reply>(std::move(reply));
  asio::async_write(client->socket, asio::buffer(shared->pieces[piece]),
                    [this, client, shared, piece](error_code error, std::size_t) {
                      if (error) return void(++gone_);
                      write(client, std::move(*shared), piece + 1);
                    });
}

void RawServer::read_on(const std::shared_ptr<Client>& client) {
  client->buffer.resize(4096);
  client->socket.async_read_some(asio::buffer(client->buffer),
                                 [this, client](error_code error, std::size_t size) {
                                   if (error) return void(++gone_);
                                   received_.append(client->buffer, 0, size);
                                   read_on(client);
                                 });
}

std::string accepting(const std::string& request) {
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const std::size_t begin = request.find(kName) + kName.size();
  const std::string key = request.substr(begin, request.find("\r\n", begin) - begin);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         sim::accept_token(key) + "\r\n\r\n";
}

std::string frame(std::string_view text) { return frame(sim::Opcode::text, text); }

std::string frame(sim::Opcode opcode, std::string_view payload) {
  std::string out;
  sim::append_frame(out, opcode, payload);
  return out;
}

}  // namespace tickcache::daemon
