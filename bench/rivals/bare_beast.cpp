// The ceiling for ingest: an asynchronous loop of bare Beast that reads messages and only counts
// them. Usage: bench_bare_beast PORT COUNTER_FILE
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>

#include "bench/support/counter_file.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

class Client {
 public:
  Client(asio::io_context& io, std::uint16_t port, const char* counter)
      : stream_(io), counter_(counter) {
    beast::get_lowest_layer(stream_).connect(
        asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
    beast::get_lowest_layer(stream_).socket().set_option(asio::ip::tcp::no_delay(true));
    stream_.handshake("127.0.0.1", "/ws/v1?api_key=ak_bench");
  }

  void read() {
    stream_.async_read(buffer_, [this](beast::error_code error, std::size_t) {
      if (error) return;
      counter_.store(++messages_);
      buffer_.consume(buffer_.size());
      read();
    });
  }

 private:
  beast::websocket::stream<beast::tcp_stream, false> stream_;
  beast::flat_buffer buffer_;
  tickcache::bench::CounterFile counter_;
  std::uint64_t messages_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_bare_beast PORT COUNTER_FILE\n";
    return 2;
  }
  try {
    asio::io_context io(1);
    Client client(io, static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2]);
    client.read();
    io.run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_bare_beast: " << error.what() << '\n';
    return 1;
  }
}
