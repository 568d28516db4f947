#include "bridges/relay/relay.hpp"

#include <boost/beast/websocket/rfc6455.hpp>
#include <utility>

#include "bridges/program.hpp"
#include "bridges/relay/event_stream.hpp"
#include "bridges/relay/websocket_client.hpp"
#include "encode/words.hpp"

namespace tickcache::relay {
namespace {

namespace http = boost::beast::http;
using namespace std::chrono_literals;

/// Connections for requests while all places are taken, so that health and metrics still answer.
constexpr std::size_t kForRequests = 16;
/// For the close frames, at the end.
constexpr std::chrono::milliseconds kLastWords = 200ms;

web::Limits limits_of(const Config& config) {
  return {.connections = config.max_clients + kForRequests,
          .taken = config.max_clients,
          .header = std::size_t{8} << 10,
          .patience = 5s,
          .idle = 60s};
}

bool is_stream(const Target& target) {
  return target.path == std::vector<std::string>{"v1", "stream"};
}

bool is_set(std::string_view value) { return !value.empty() && value != "0" && value != "false"; }

/// Who knows of these does not take the relay for the platform.
Manners manners_of(const web::Request& request, const Target& target) {
  Manners manners;
  manners.conflates = is_set(target["conflate"]);
  manners.is_told = is_stream(target) || manners.conflates || is_set(target["status"]);
  manners.form = is_stream(target) ? Form::events : Form::enveloped;
  manners.key = key_of(request, target);
  return manners;
}

std::optional<Target> target_of(const web::Request& request) {
  return parse_target(web::target(request));
}

/// The feed's state, or why the segment cannot be read.
std::string state_of(Hub& hub) {
  const FeedStatus status = hub.status();
  if (status.freshness == Freshness::down) {
    // A reader that was there before the segment says no more than that it has none.
    try {
      const Reader probe(hub.reader().segment());
    } catch (const SegmentError& error) {
      return bridges::advice(kName, error);
    }
  }
  return "the feed is " + encode::verdict(status.freshness, status.reason);
}

}  // namespace

Relay::Relay(Config config)
    : config_(std::move(config)),
      hub_(io_, config_.segment),
      server_(io_, config_.listen, site(), limits_of(config_)) {}

void Relay::run(const std::function<void(const std::string& line)>& say) {
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (!error) stop();
  });
  hub_.start();
  if (say) report(say);
  io_.run();
}

web::Site Relay::site() {
  return {[this](const web::Request& request) { return answer(request); },
          [this](web::Request&& request, web::Socket&& socket, web::Seat seat) {
            take(std::move(request), std::move(socket), std::move(seat));
          }};
}

/// Nothing if the connection becomes a client of the hub.
std::optional<web::Response> Relay::answer(const web::Request& request) {
  auto response = respond(request);
  if (response) gate_.open_to_origin(request, *response);
  return response;
}

std::optional<web::Response> Relay::respond(const web::Request& request) {
  const auto target = target_of(request);
  if (!target) {
    return error_response(http::status::bad_request, "BAD_REQUEST",
                          "the path or the query is not percent-encoded correctly");
  }
  if (auto refusal = gate_.refusal(request, *target)) return refusal;
  if (is_stream(*target)) {
    const std::string problem = EventStream::problem_with(*target, hub_, key_of(request, *target));
    if (!problem.empty()) return error_response(http::status::bad_request, "BAD_REQUEST", problem);
    if (request.method() == http::verb::get) return std::nullopt;
    return web::make_response(http::status::ok, {}, EventStream::kType);
  }
  if (target->path != std::vector<std::string>{"ws", "v1"})
    return api_response(hub_, server_, request, *target);
  if (!boost::beast::websocket::is_upgrade(request)) {
    auto response = error_response(http::status::upgrade_required, "UPGRADE_REQUIRED",
                                   "connect here with a WebSocket client");
    response.set(http::field::upgrade, "websocket");
    return response;
  }
  const FeedStatus status = hub_.status();
  if (status.freshness == Freshness::live || manners_of(request, *target).is_told) {
    return std::nullopt;
  }
  // As an exchange that is down: a client that could not notice otherwise tries again later.
  auto response = error_response(http::status::service_unavailable, "NOT_LIVE",
                                 "the feed is " + encode::verdict(status.freshness, status.reason));
  response.set(http::field::retry_after, "1");
  return response;
}

void Relay::take(web::Request&& request, web::Socket&& socket, web::Seat seat) {
  const Target target = *target_of(request);
  Manners manners = manners_of(request, target);
  if (is_stream(target)) {
    const auto stream =
        std::make_shared<EventStream>(hub_, std::move(socket), std::move(seat), std::move(manners));
    const std::string_view last = web::header(request, "Last-Event-ID");
    auto head = web::make_response(http::status::ok, {}, EventStream::kType);
    head.set("X-Accel-Buffering", "no");
    gate_.open_to_origin(request, head);
    return stream->accept(target, last.empty() ? target["last_event_id"] : last,
                          web::head_text(std::move(head)));
  }
  std::make_shared<WebSocketClient>(hub_, std::move(socket), std::move(seat), std::move(manners))
      ->accept(std::move(request));
}

/// Once a second, so that a state which flaps makes few lines.
void Relay::report(const std::function<void(const std::string& line)>& say) {
  second_.expires_after(1s);
  second_.async_wait([this, &say](boost::system::error_code error) {
    if (error) return;
    std::string now = state_of(hub_);
    if (now != said_) say(now);
    said_ = std::move(now);
    report(say);
  });
}

void Relay::stop() {
  second_.cancel();
  hub_.stop();
  last_words_.expires_after(kLastWords);
  last_words_.async_wait([this](boost::system::error_code) { io_.stop(); });
}

}  // namespace tickcache::relay
