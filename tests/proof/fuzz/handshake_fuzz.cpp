// Any bytes as the exchange's answer and frames, through a real session on a real socket: it
// reports one end, and nothing after that. Seeds: tests/data/corpus/handshake.
//
// The first byte of an input chooses. Bit 0: the bytes are frames, after a good answer; or else the
// answer itself, in which "@" stands for the accept token that the request asks for. Bits 1 to 3:
// how long the pieces are that the bytes come in.
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "daemon/sources/websocket/session.hpp"
#include "tests/proof/fuzz/fuzz_input.hpp"

namespace {

using namespace tickcache::daemon;
using tickcache::test::FuzzInput;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

void require(bool holds) {
  if (!holds) std::abort();
}

/// RFC 6455, 4.2.2: what proves that the request was understood.
std::string accept_token(const std::string& request) {
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const std::size_t begin = request.find(kName) + kName.size();
  const std::string text = request.substr(begin, request.find("\r\n", begin) - begin) +
                           "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> hash;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  std::array<unsigned char, 32> encoded;
  const int size = EVP_EncodeBlock(encoded.data(), hash.data(), static_cast<int>(hash.size()));
  return {encoded.begin(), encoded.begin() + size};
}

std::string answer_to(const std::string& request, std::uint8_t how, std::string_view bytes) {
  const std::string token = accept_token(request);
  if ((how & 1) != 0) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           token + "\r\n\r\n" + std::string(bytes);
  }
  std::string answer(bytes);
  if (const std::size_t at = answer.find('@'); at != std::string::npos) {
    answer.replace(at, 1, token);
  }
  return answer;
}

/// One client; answers its request with the input and closes its side.
class Server {
 public:
  Server(asio::io_context& io, std::uint8_t how, std::string_view bytes)
      : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        socket_(io),
        how_(how),
        bytes_(bytes) {
    acceptor_.async_accept(socket_, [this](error_code error) {
      if (!error) read();
    });
  }

  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  void read() {
    socket_.set_option(tcp::no_delay(true));
    asio::async_read_until(socket_, asio::dynamic_buffer(request_), "\r\n\r\n",
                           [this](error_code error, std::size_t) {
                             if (error) return;
                             answer_ = answer_to(request_, how_, bytes_);
                             write(0);
                           });
  }

  void write(std::size_t from) {
    if (from >= answer_.size()) {
      error_code ignored;
      socket_.shutdown(tcp::socket::shutdown_send, ignored);
      return drain();
    }
    constexpr std::size_t kPieces[] = {1U << 20, 1, 2, 3, 7, 16, 100, 1000};
    const std::size_t piece = kPieces[(how_ >> 1) % 8];
    asio::async_write(socket_,
                      asio::buffer(answer_.data() + from, std::min(piece, answer_.size() - from)),
                      [this, from](error_code error, std::size_t size) {
                        if (!error) write(from + size);
                      });
  }

  void drain() {
    socket_.async_read_some(asio::buffer(sink_), [this](error_code error, std::size_t) {
      if (!error) drain();
    });
  }

  tcp::acceptor acceptor_;
  tcp::socket socket_;
  std::uint8_t how_;
  std::string_view bytes_;
  std::string request_;
  std::string answer_;
  std::array<char, 4096> sink_;
};

class Listener final : public SessionListener {
 public:
  [[nodiscard]] int ends() const noexcept { return ends_; }

 private:
  void on_open(SessionId) override {
    require(!open_ && ends_ == 0);
    open_ = true;
  }
  void on_failed(SessionId, const Failure&) override {
    require(!open_);
    ++ends_;
  }
  void on_text(SessionId, std::string_view message, Time) override {
    require(open_ && ends_ == 0 && message.size() <= kMaxMessageSize);
  }
  void on_binary(SessionId, std::string_view message, Time) override {
    require(open_ && ends_ == 0 && message.size() <= kMaxMessageSize);
  }
  void on_closed(SessionId, int code) override {
    require(open_ && code >= 1000 && code <= 65535);
    ++ends_;
  }

  bool open_ = false;
  int ends_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const auto how = input.take<std::uint8_t>();
  asio::io_context io(1);
  Server server(io, how, input.rest());
  Listener listener;
  SessionSettings settings;
  require(parse_url("ws://exchange.test:8000", settings.url).empty());
  settings.api_key = ApiKey("ak_test");
  settings.close_timeout = std::chrono::milliseconds(1);
  settings.resolve = [&](const std::string&, std::uint16_t, Resolved resolved) {
    asio::post(io, [resolved = std::move(resolved), &server] {
      resolved(error_code(), {server.endpoint()});
    });
  };
  std::shared_ptr<Session> session = start_session(io, settings, {0, 1}, listener);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (listener.ends() == 0 && std::chrono::steady_clock::now() < deadline) {
    io.run_one_for(std::chrono::milliseconds(100));
  }
  require(listener.ends() == 1);
  // What is still on its way must not report a second end.
  session->close(true);
  session.reset();
  io.poll();
  require(listener.ends() == 1);
  return 0;
}
