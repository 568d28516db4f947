// A client that speaks the platform's WebSocket protocol.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <string_view>

#include "bridges/relay/client.hpp"
#include "bridges/relay/request.hpp"

namespace tickcache::relay {

class WebSocketClient : public Client {
 public:
  /// The longest message that it may send.
  static constexpr std::size_t kMaxMessage = 4096;

  /// Hands out `{"type":"ping"}` this often, as the platform does.
  static constexpr std::int64_t kPingEvery = 30'000'000'000;
  /// How long a close may take.
  static constexpr std::int64_t kCloseWithin = 2'000'000'000;

  WebSocketClient(Hub& hub, web::Socket socket, web::Seat seat, Manners manners);

  /// Answers `upgrade` and begins to read. Call it when a shared_ptr holds the client.
  void accept(web::Request upgrade);

  void on_time(std::int64_t now_ns) override;
  void end(std::string_view why) override;

 private:
  using Stream = boost::beast::websocket::stream<Wire&, false>;

  void read();
  void on_read(boost::system::error_code error);
  void on_request(std::string_view text);
  void answer(std::string_view type, const Request& request);
  void complain(std::string_view code, std::string_view message);
  void close(boost::beast::websocket::close_code code, std::string_view why);

  web::Request upgrade_;
  Stream stream_;
  boost::beast::flat_buffer buffer_{kMaxMessage};
  std::int64_t pinged_ns_ = 0;
  std::int64_t closing_ns_ = 0;  ///< 0: it is not being closed
};

}  // namespace tickcache::relay
