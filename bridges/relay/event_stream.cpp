#include "bridges/relay/event_stream.hpp"

#include <fmt/format.h>

#include "bridges/relay/hub.hpp"
#include "options/text.hpp"

namespace tickcache::relay {
namespace {

constexpr std::string_view kHeader =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    "X-Accel-Buffering: no\r\nConnection: close\r\n";

/// So many bytes of missed events are sent in one go.
constexpr std::size_t kPortion = std::size_t{64} << 10;

constexpr std::string_view kCandles = "candles:";

constexpr std::string_view kNotKept =
    "event: gap\ndata: {\"event\":\"gap\",\"channel\":null,\"cause\":\"not_kept\"}\n\n";

bool is_all(std::string_view symbols) {
  return symbols.empty() || options::upper_case(symbols) == "ALL";
}

std::vector<std::string> channels_of(const Target& target) {
  return items_of(target.has("channels") ? target["channels"] : "ticker");
}

}  // namespace

std::string EventStream::problem_with(const Target& target, Hub& hub, std::string_view key) {
  const std::string_view symbols = target["symbols"];
  for (const std::string& channel : channels_of(target)) {
    if (channel == "ticker") {
      if (is_all(symbols)) continue;
      for (const std::string& symbol : items_of(symbols)) {
        if (!hub.symbol_number(symbol)) return fmt::format("'{}' is not a symbol", symbol);
      }
    } else if (channel.starts_with(kCandles)) {
      if (is_all(symbols)) return "candles require symbols, as in symbols=BTCUSDT,ETHUSDT";
      const std::string interval = channel.substr(kCandles.size());
      for (const std::string& symbol : items_of(symbols)) {
        if (hub.series_number(symbol, interval)) continue;
        return fmt::format("tickcached keeps no candles {0}:{1}; add {0}:{1} to its option candles",
                           options::upper_case(symbol), interval);
      }
    } else if (channel == "orders" || channel == "portfolio") {
      if (!hub.is_own_key(key)) {
        return "orders and portfolio require the API key that tickcached uses "
               "(header X-API-Key, or ?api_key=KEY)";
      }
    } else {
      return fmt::format(
          "unknown channel '{}'; there are ticker, candles:INTERVAL, orders and portfolio",
          channel);
    }
  }
  return {};
}

void EventStream::accept(const Target& target, std::string_view last_event,
                         std::string_view more_headers) {
  commented_ns_ = boot_clock().count();
  start();
  send(fmt::format("{}{}\r\n", kHeader, more_headers));
  hub().round();
  subscribe(target);
  send(frame_of(Form::events, hub().status()));
  if (!last_event.empty()) {
    replayed_ = hub().event_number(last_event);
    if (replayed_) {
      hold(true);
    } else {
      send(kNotKept);
    }
  }
  if (!replayed_) send_id();
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
    send_id();
  }
}

void EventStream::send_id() { send(fmt::format("id: {}\n\n", hub().event_id())); }

void EventStream::on_time(std::int64_t now_ns) {
  if (now_ns - commented_ns_ < kCommentEvery) return;
  commented_ns_ = now_ns;
  send(":\n\n");
}

void EventStream::end(std::string_view /*why*/) { wire().close(); }

void EventStream::subscribe(const Target& target) {
  const std::string_view symbols = target["symbols"];
  for (const std::string& channel : channels_of(target)) {
    if (channel == "orders") {
      subscriptions.orders = true;
    } else if (channel == "portfolio") {
      subscriptions.portfolio = true;
      hub().send_portfolio(*this);
    } else if (channel == "ticker" && is_all(symbols)) {
      subscribe_all(true);
    } else {
      for (const std::string& symbol : items_of(symbols)) {
        if (channel == "ticker") {
          if (const auto number = hub().symbol_number(symbol)) subscribe_symbol(*number, true);
        } else if (const auto number =
                       hub().series_number(symbol, channel.substr(kCandles.size()))) {
          subscriptions.series.set(*number, true);
        }
      }
    }
  }
}

/// A client has nothing to say; what it says is dropped, and its end is noticed.
void EventStream::watch() {
  wire().async_read_some(
      boost::asio::buffer(ignored_),
      [self = shared_from_this(), this](boost::system::error_code error, std::size_t) {
        error ? wire().close() : watch();
      });
}

}  // namespace tickcache::relay
