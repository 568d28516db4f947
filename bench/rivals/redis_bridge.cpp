// The rival for wake-ups: takes the exchange's messages with bare Beast and publishes each, as it
// is, to Redis. Usage: bench_redis_bridge PORT SOCKET COUNTER_FILE
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include "bench/rivals/redis.hpp"
#include "bench/support/counter_file.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tickcache::bench::Redis;

class Bridge {
 public:
  Bridge(asio::io_context& io, std::uint16_t port, const std::string& socket, const char* counter)
      : redis_(socket), replies_(io, redis_.context()->fd), stream_(io), counter_(counter) {
    beast::get_lowest_layer(stream_).connect(
        asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
    stream_.handshake("127.0.0.1", "/ws/v1?api_key=ak_bench");
    redis_.do_not_block();
    take_replies();
    read();
  }
  ~Bridge() { replies_.release(); }  // the descriptor is hiredis's
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

 private:
  void read() {
    stream_.async_read(buffer_, [this](beast::error_code error, std::size_t) {
      if (error) return replies_.cancel();
      redis_.publish("ticks", buffer_.cdata().data(), buffer_.size());
      counter_.store(++messages_);
      buffer_.consume(buffer_.size());
      read();
    });
  }

  /// Redis says for each message how many have got it; nobody waits for that.
  void take_replies() {
    replies_.async_wait(asio::posix::stream_descriptor::wait_read, [this](beast::error_code error) {
      if (error) return;
      redis_.drop_replies();
      take_replies();
    });
  }

  Redis redis_;
  asio::posix::stream_descriptor replies_;
  beast::websocket::stream<beast::tcp_stream, false> stream_;
  beast::flat_buffer buffer_;
  tickcache::bench::CounterFile counter_;
  std::uint64_t messages_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bench_redis_bridge PORT SOCKET COUNTER_FILE\n";
    return 2;
  }
  try {
    asio::io_context io(1);
    const Bridge bridge(io, static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2], argv[3]);
    io.run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_redis_bridge: " << error.what() << '\n';
    return 1;
  }
}
