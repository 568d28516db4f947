#include "bridges/relay/event_stream.hpp"

#include <fmt/format.h>

#include "bridges/relay/hub.hpp"
#include "encode/untrusted.hpp"
#include "options/text.hpp"

namespace tickcache::relay {
namespace {

/// So many bytes of missed events are sent in one go.
constexpr std::size_t kPortion = std::size_t{64} << 10;

constexpr std::string_view kCandles = "candles:";

constexpr std::string_view kNotKept =
    "event: gap\ndata: {\"event\":\"gap\",\"channel\":null,\"cause\":\"not_kept\"}\n\n";

/// What the query asks for. Sets `problem` if there is no such channel.
std::vector<Request> requests_of(const Target& target, std::string& problem) {
  const std::string_view symbols = target["symbols"];
  const bool is_all = symbols.empty() || means_all(symbols);
  std::vector<Request> requests;
  for (const std::string& channel :
       items_of(target.has("channels") ? target["channels"] : "ticker")) {
    Request request;
    if (channel == "orders" || channel == "portfolio") {
      request.channel = channel == "orders" ? ChannelKind::orders : ChannelKind::portfolio;
      requests.push_back(request);
      continue;
    }
    if (channel.starts_with(kCandles)) {
      request.channel = ChannelKind::candles;
      request.interval = channel.substr(kCandles.size());
      if (is_all) problem = "candles require symbols, as in symbols=BTCUSDT,ETHUSDT";
    } else if (channel == "ticker") {
      request.channel = is_all ? ChannelKind::all_tickers : ChannelKind::ticker;
    } else {
      problem = fmt::format(
          "unknown channel '{}'; there are ticker, candles:INTERVAL, orders and portfolio",
          encode::printable(channel));
    }
    if (request.channel == ChannelKind::all_tickers) requests.push_back(request);
    if (is_all) continue;
    for (const std::string& symbol : items_of(symbols)) {
      request.symbol = options::upper_case(symbol);
      requests.push_back(request);
    }
  }
  return requests;
}

}  // namespace

std::string EventStream::problem_with(const Target& target, Hub& hub, std::string_view key) {
  std::string problem;
  for (const Request& request : requests_of(target, problem)) {
    if (problem.empty()) problem = refusal(hub, key, request);
  }
  return problem;
}

void EventStream::accept(const Target& target, std::string_view last_event, std::string_view head) {
  commented_ns_ = BootClock::now().time_since_epoch().count();
  start();
  send(head);
  hub().round();
  std::string none;
  for (const Request& request : requests_of(target, none)) subscribe(request, true);
  send(frame_of(Form::events, hub().status()));
  if (!last_event.empty()) {
    replayed_ = hub().event_number(last_event);
    if (replayed_) {
      hold(true);
    } else {
      send(kNotKept);
    }
  }
  if (!replayed_) begin();
  on_drained();
  watch();
}

void EventStream::on_drained() {
  replay();
  if (!replayed_) catch_up();
}

/// What it had missed, as far as it takes it.
void EventStream::replay() {
  while (replayed_ && is_open() && !wire().is_behind()) {
    const auto events = hub().events_after(*replayed_, *this, kPortion);
    if (!events) {
      send(kNotKept);
    } else {
      if (!events->empty()) send(*events);
      if (*replayed_ < hub().last_event()) continue;
      forget_due();
    }
    replayed_.reset();
    hold(false);
    events ? send_id() : begin();
  }
}

/// Without events from before.
void EventStream::begin() {
  if (subscriptions().portfolio) hub().send_portfolio(*this);
  send_id();
}

void EventStream::send_id() { send(fmt::format("id: {}\n\n", hub().event_id())); }

void EventStream::on_time(std::int64_t now_ns) {
  if (now_ns - commented_ns_ < kCommentEvery) return;
  commented_ns_ = now_ns;
  send(":\n\n");
}

void EventStream::end(std::string_view /*why*/) { wire().close(); }

/// A client has nothing to say; what it says is dropped, and its end is noticed.
void EventStream::watch() {
  wire().async_read_some(
      boost::asio::buffer(ignored_),
      [self = shared_from_this(), this](boost::system::error_code error, std::size_t) {
        error ? wire().close() : watch();
      });
}

}  // namespace tickcache::relay
