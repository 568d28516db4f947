#include "bridges/relay/websocket_client.hpp"

#include <utility>

#include "bridges/relay/hub.hpp"

namespace tickcache::relay {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

WebSocketClient::WebSocketClient(Hub& hub, web::Socket socket, web::Seat seat, Manners manners)
    : Client(hub, std::move(socket), std::move(seat), std::move(manners)), stream_(wire()) {
  stream_.read_message_max(kMaxMessage);
}

void WebSocketClient::accept(web::Request upgrade) {
  upgrade_ = std::move(upgrade);
  stream_.async_accept(upgrade_, [self = shared_from_this(), this](error_code error) {
    if (error) return wire().close();
    pinged_ns_ = BootClock::now().time_since_epoch().count();
    start();
    read();
    const FeedStatus status = hub().status();
    if (manners().is_told) {
      send(frame_of(manners().form, status));
    } else if (status.freshness != Freshness::live) {
      hub().end(*this);  // it was, when the client asked
    }
  });
}

void WebSocketClient::on_time(std::int64_t now_ns) {
  if (closing_ns_ != 0) {
    if (now_ns - closing_ns_ > kCloseWithin) wire().close();
    return;
  }
  if (now_ns - pinged_ns_ < kPingEvery) return;
  pinged_ns_ = now_ns;
  send(websocket_frame(R"({"type":"ping"})"));
}

void WebSocketClient::end(std::string_view why) {
  close(websocket::close_code::service_restart, why);
}

void WebSocketClient::read() {
  stream_.async_read(buffer_, [self = shared_from_this(), this](error_code error, std::size_t) {
    on_read(error);
  });
}

void WebSocketClient::on_read(error_code error) {
  if (error) return wire().close();
  if (stream_.got_binary()) return close(websocket::close_code::unknown_data, "text only");
  const auto data = buffer_.cdata();
  on_request({static_cast<const char*>(data.data()), data.size()});
  buffer_.consume(buffer_.size());
  if (is_open() && closing_ns_ == 0) read();
}

void WebSocketClient::on_request(std::string_view text) {
  // Each request has an answer: a client that reads none of them sends no more.
  if (wire().backlog() > Wire::kMaxBacklog / 2) return;
  Request request;
  if (const auto error = parse_request(text, request)) {
    return complain(error->code, error->message);
  }
  if (request.kind == Request::Kind::pong) return;
  if (request.kind == Request::Kind::ping) return send(websocket_frame(R"({"type":"pong"})"));
  if (request.is_joined) set_form(Form::flat);
  hub().round();
  const bool subscribes = request.kind == Request::Kind::subscribe;
  const std::string refused = subscribes ? refusal(hub(), manners().key, request) : "";
  if (!refused.empty()) return complain("INVALID_CHANNEL", refused);
  answer(subscribes ? "subscribed" : "unsubscribed", request);
  subscribe(request, subscribes);
  if (subscribes && request.channel == ChannelKind::portfolio) hub().send_portfolio(*this);
  catch_up();
}

void WebSocketClient::answer(std::string_view type, const Request& request) {
  encode::JsonLine json;
  json.text("type", type);
  json.text("channel", request.channel_name());
  send(websocket_frame(json));
}

void WebSocketClient::complain(std::string_view code, std::string_view message) {
  encode::JsonLine json;
  json.text("type", "error");
  json.text("code", code);
  json.text("message", message);
  send(websocket_frame(json));
}

void WebSocketClient::close(websocket::close_code code, std::string_view why) {
  if (closing_ns_ != 0) return;
  closing_ns_ = BootClock::now().time_since_epoch().count();
  end_sending();
  constexpr std::size_t kLongest = 120;  // of a close frame's text
  why = why.substr(0, kLongest);
  stream_.async_close({code, boost::string_view(why.data(), why.size())},
                      [self = shared_from_this(), this](error_code) { wire().close(); });
}

}  // namespace tickcache::relay
