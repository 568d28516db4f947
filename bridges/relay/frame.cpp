#include "bridges/relay/frame.hpp"

#include <optional>

#include "encode/records.hpp"

namespace tickcache::relay {
namespace {

using encode::Clocks;
using encode::JsonLine;

/// A message in one of the platform's two forms. Its data is inside "data", or beside the rest.
class Message {
 public:
  Message(Form form, std::string_view channel, std::string_view type)
      : is_enveloped_(form == Form::enveloped) {
    is_enveloped_ ? json_.text("channel", channel) : json_.text("type", type);
  }

  JsonLine& json() noexcept { return json_; }
  void begin_data() {
    if (is_enveloped_) json_.begin_object("data");
  }
  void end_data() {
    if (is_enveloped_) json_.end_object();
  }

  // The platform omits what there is not.
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) json_.text(key, value);
  }
  void decimal(std::string_view key, const std::optional<Decimal>& value) {
    if (value) json_.decimal(key, value);
  }
  void time(std::string_view key, std::int64_t unix_ns) {
    if (unix_ns != 0) json_.time(key, unix_ns);
  }

  std::string finish(const FeedStatus& trust, std::int64_t age_ns) {
    json_.text("freshness", to_string(trust.freshness));
    json_.text_or_null("reason", trust.reason == Reason::none ? "" : to_string(trust.reason));
    json_.milliseconds("age_ms", age_ns);
    return websocket_frame(json_);
  }

 private:
  bool is_enveloped_;
  JsonLine json_;
};

/// The platform's clients expect a time and a quantity in every tick: without an exchange's time,
/// that of the receipt; without a quantity, 0.
std::string ticker_message(Form form, std::string_view symbol, const Ticker& ticker,
                           const FeedStatus& trust, std::uint64_t missed, const Clocks& clocks) {
  Message message(form, "ticker", "ticker");
  message.json().text("symbol", symbol);
  message.begin_data();
  message.json().decimal("price", ticker.price());
  message.json().text("quantity", ticker.quantity() ? ticker.quantity()->str() : "0");
  message.json().time("timestamp", ticker.exchange_time_ns != 0
                                       ? ticker.exchange_time_ns
                                       : clocks.to_unix(ticker.received_ns));
  message.json().boolean("is_buyer_maker", ticker.buyer_is_maker().value_or(false));
  message.end_data();
  if (ticker.is_snapshot()) message.json().boolean("snapshot", true);
  if (missed > 0) message.json().number("missed", missed);
  return message.finish(trust, clocks.age(ticker.received_ns));
}

std::string event_text(std::string_view name, std::string_view line) {
  std::string text;
  text.reserve(name.size() + line.size() + 16);
  return text.append("event: ").append(name).append("\ndata: ").append(line).append("\n");
}

/// What the command line says of the feed; in a frame, under the key by which the platform tells
/// messages.
template <class Event>
std::string feed_frame(Form form, std::string_view name, const Event& event) {
  if (form == Form::events) return event_text(name, encode::json_line(event));
  std::string line = encode::json_line(event, "type");
  line.pop_back();  // the line's end
  return websocket_frame(line);
}

}  // namespace

std::string frame_of(Form form, const Tick& tick, const FeedStatus& trust, const Clocks& clocks) {
  if (form == Form::events) return event_text("ticker", encode::json_line(tick, clocks));
  return ticker_message(form, tick.symbol.view(), tick.ticker, trust, tick.missed, clocks);
}

std::string frame_of(Form form, std::string_view symbol, const Result<Ticker>& ticker,
                     std::uint64_t missed, const Clocks& clocks) {
  if (form == Form::events) {
    return event_text("price", encode::json_line(symbol, ticker, missed));
  }
  return ticker_message(form, symbol, ticker.value, {ticker.freshness, ticker.reason}, missed,
                        clocks);
}

std::string frame_of(Form form, const OrderUpdate& update, const FeedStatus& trust,
                     const Clocks& clocks) {
  if (form == Form::events) return event_text("order", encode::json_line(update, clocks));
  const Order& order = update.order;
  Message message(form, "orders", "order");
  message.begin_data();
  message.text("order_id", order.id.view());
  message.text("status", order.status.view());
  message.text("symbol", order.symbol.view());
  message.text("side", order.side.view());
  message.decimal("quantity", order.quantity());
  message.decimal("price", order.price());
  message.decimal("executed_price", order.executed_price());
  message.decimal("executed_quantity", order.executed_quantity());
  message.decimal("fee", order.fee());
  message.time("filled_at", order.filled_at_ns);
  message.time("cancelled_at", order.cancelled_at_ns);
  message.text("rejected_reason", order.rejected_reason.view());
  // Where the data is not in "data", "type" says that this is an order.
  message.text(form == Form::enveloped ? "type" : "order_type", order.type.view());
  message.end_data();
  message.json().number("position", update.position);
  message.time("gap_since", order.gap_since_ns);
  return message.finish(trust, clocks.age(order.received_ns));
}

std::string frame_of(Form form, const ClosedCandle& closed, const FeedStatus& trust,
                     const Clocks& clocks) {
  if (form == Form::events) return event_text("candle", encode::json_line(closed, clocks));
  const Candle& candle = closed.candle;
  Message message(form, "candles", "candle");
  message.json().text("symbol", closed.symbol.view());
  message.json().text("interval", closed.interval.view());
  message.begin_data();
  message.json().time(form == Form::enveloped ? "time" : "open_time", candle.open_time_ns);
  message.json().decimal("open", candle.open);
  message.json().decimal("high", candle.high);
  message.json().decimal("low", candle.low);
  message.json().decimal("close", candle.close);
  message.text("volume", candle.volume.view());
  message.json().boolean("is_closed", true);
  message.end_data();
  message.json().boolean("complete", candle.is_complete());
  return message.finish(trust, clocks.age(candle.received_ns));
}

std::string frame_of(Form form, const PortfolioUpdate& update, const FeedStatus& trust,
                     const Clocks& clocks) {
  if (form == Form::events) return event_text("portfolio", encode::json_line(update, clocks));
  const Portfolio& portfolio = update.portfolio;
  Message message(form, "portfolio", "portfolio");
  message.begin_data();
  message.text("total_equity", portfolio.total_equity.view());
  message.text("available_cash", portfolio.available_cash.view());
  message.text("unrealized_pnl", portfolio.unrealized_pnl.view());
  message.text("realized_pnl", portfolio.realized_pnl.view());
  message.text("roi_pct", portfolio.roi_pct.view());
  message.time("timestamp", portfolio.exchange_time_ns != 0
                                ? portfolio.exchange_time_ns
                                : clocks.to_unix(portfolio.received_ns));
  message.end_data();
  return message.finish(trust, clocks.age(portfolio.received_ns));
}

std::string frame_of(Form form, const FeedStatus& status) {
  return feed_frame(form, "status", status);
}

std::string frame_of(Form form, const FeedGap& gap) { return feed_frame(form, "gap", gap); }

std::string websocket_frame(std::string_view text) {
  constexpr char kWholeText = static_cast<char>(0x81);
  std::string frame;
  frame.reserve(text.size() + 10);
  frame += kWholeText;
  const auto append_size = [&](int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      frame += static_cast<char>((text.size() >> shift) & 0xFF);
    }
  };
  if (text.size() < 126) {
    append_size(1);
  } else if (text.size() <= 0xFFFF) {
    frame += static_cast<char>(126);
    append_size(2);
  } else {
    frame += static_cast<char>(127);
    append_size(8);
  }
  return frame.append(text);
}

std::string websocket_frame(encode::JsonLine& json) {
  std::string line = json.finish();
  line.pop_back();  // the line's end
  return websocket_frame(line);
}

}  // namespace tickcache::relay
