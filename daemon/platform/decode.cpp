#include "daemon/platform/decode.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "daemon/platform/amount.hpp"
#include "daemon/platform/channel_name.hpp"
#include "daemon/platform/lost_data.hpp"
#include "daemon/platform/message.hpp"
#include "daemon/platform/timestamp.hpp"
#include "daemon/platform/usual_tick.hpp"

namespace tickcache::daemon {

namespace {

/// Why a message is rejected, or nothing.
using Rejection = std::optional<Counter>;

std::optional<Decimal> decimal(const Value& value) noexcept {
  return value.is_scalar() ? Decimal::parse(value.text) : std::nullopt;
}

std::optional<std::int64_t> timestamp(const Value& value) noexcept {
  return value.is_scalar() ? parse_timestamp(value.text) : std::nullopt;
}

/// Stores a time that the message need not have. False if it has one that cannot be read.
bool read_timestamp(const Value& value, std::int64_t& out) noexcept {
  if (!value.present()) return true;
  const auto time = timestamp(value);
  if (time) out = *time;
  return time.has_value();
}

/// Stores an amount that the message need not have. False if it has one that cannot be kept.
bool read_amount(const Value& value, AmountText& out) noexcept {
  return !value.present() || (value.is_scalar() && assign_amount(value.text, out));
}

/// Stores a text; one that is no string or number counts as absent. False if it had to be cut.
template <std::size_t N>
bool read_text(const Value& value, Text<N>& out) noexcept {
  // "\u0000" would terminate the text for its readers.
  const std::string_view whole = value.text.substr(0, value.text.find('\0'));
  return out.assign(whole) && whole.size() == value.text.size();
}

std::string_view string_or_nothing(const Value& value) noexcept {
  return value.is_string() ? value.text : std::string_view{};
}

// --- Symbols and intervals, which a message can name in three places ---

/// Reads a text from the joined name, the outermost object and the record, which must agree. It
/// stays empty if none of them has one. `assign` stores it; if that fails the text is `malformed`.
template <std::size_t N>
Rejection read_agreed(std::optional<std::string_view> joined, Member member, const Message& message,
                      bool (*assign)(std::string_view, Text<N>&) noexcept, Counter malformed,
                      Text<N>& out) noexcept {
  const auto sent = [](const Value& value) {
    return value.present() ? std::optional(string_or_nothing(value)) : std::nullopt;
  };
  const Value top = message.top()[member];
  const Value body = message.enveloped() ? message.body()[member] : Value{};
  for (const auto& text : {joined, sent(top), sent(body)}) {
    if (!text) continue;
    Text<N> candidate;
    if (!assign(*text, candidate)) return malformed;
    if (!out.empty() && !(out == candidate)) return Counter::rejected_field;
    out = candidate;
  }
  return std::nullopt;
}

Rejection read_symbol(const ChannelName& name, const Message& message,
                      SymbolText& symbol) noexcept {
  return read_agreed(name.symbol, Member::symbol, message, assign_symbol, Counter::rejected_symbol,
                     symbol);
}

Rejection read_interval(const ChannelName& name, const Message& message,
                        IntervalText& interval) noexcept {
  return read_agreed(name.interval, Member::interval, message, assign_interval,
                     Counter::rejected_field, interval);
}

// --- Records ---

Rejection read_ticker(const ChannelName& name, const Message& message, TickEvent& event) noexcept {
  const Members& body = message.body();
  if (const Rejection why = read_symbol(name, message, event.symbol)) return why;
  if (event.symbol.empty()) return Counter::rejected_symbol;

  const auto price = decimal(body[Member::price]);
  if (!price || price->mantissa <= 0) return Counter::rejected_price;
  event.ticker.set_price(*price);

  const Value quantity = body[Member::quantity];
  if (const auto exact = decimal(quantity)) {
    event.ticker.set_quantity(*exact);
  } else {
    event.quantity_absent = quantity.present();
  }
  const Value maker = body[Member::is_buyer_maker];
  if (maker.kind == Value::Kind::boolean) event.ticker.set_buyer_is_maker(maker.truth);
  event.timestamp_ignored = !read_timestamp(body[Member::timestamp], event.ticker.exchange_time_ns);
  return std::nullopt;
}

Rejection read_candle(const ChannelName& name, const Message& message,
                      CandleEvent& event) noexcept {
  const Members& body = message.body();
  if (const Rejection why = read_symbol(name, message, event.symbol)) return why;
  if (event.symbol.empty()) return Counter::rejected_symbol;
  if (const Rejection why = read_interval(name, message, event.interval)) return why;
  if (event.interval.empty()) return Counter::rejected_field;

  constexpr std::pair<Member, Decimal Candle::*> kPrices[] = {{Member::open, &Candle::open},
                                                              {Member::high, &Candle::high},
                                                              {Member::low, &Candle::low},
                                                              {Member::close, &Candle::close}};
  for (const auto& [member, place] : kPrices) {
    const auto exact = decimal(body[member]);
    if (!exact || exact->mantissa <= 0) return Counter::rejected_price;
    event.candle.*place = *exact;
  }

  // Where both are sent, "time" is that of the message.
  const Value open_time = body[Member::open_time];
  const auto begins = timestamp(open_time.present() ? open_time : body[Member::time]);
  if (!begins) return Counter::rejected_field;
  event.candle.open_time_ns = *begins;

  // The specification delivers a candle when it closes, and does not say so in the message.
  const Value closed = body[Member::is_closed];
  if (closed.present() && closed.kind != Value::Kind::boolean) return Counter::rejected_field;
  event.candle.closed = !closed.present() || closed.truth ? 1 : 0;
  event.quantity_absent = !read_amount(body[Member::volume], event.candle.volume);
  return std::nullopt;
}

/// What kind of order it is. "type" of a flat message is its own, unless it means no message.
Value order_type(const Message& message) noexcept {
  const Value order_type = message.body()[Member::order_type];
  if (order_type.present()) return order_type;
  const Value type = message.body()[Member::type];
  return kind_named(type.text) ? Value{} : type;
}

/// Returns whether all texts are whole.
bool read_order_texts(const Message& message, Order& order) noexcept {
  const Members& body = message.body();
  bool whole = read_text(body[Member::order_id], order.id);
  whole &= read_text(body[Member::status], order.status);
  whole &= read_text(body[Member::side], order.side);
  whole &= read_text(body[Member::rejected_reason], order.rejected_reason);
  whole &= read_text(order_type(message), order.type);
  return whole;
}

/// Returns whether all numbers that were sent could be kept exactly.
bool read_order_decimals(const Members& body, Order& order) noexcept {
  constexpr std::pair<Member, Order::Field> kNumbers[] = {
      {Member::quantity, Order::kQuantity},
      {Member::price, Order::kPrice},
      {Member::executed_price, Order::kExecutedPrice},
      {Member::executed_quantity, Order::kExecutedQuantity},
      {Member::fee, Order::kFee}};
  bool exact = true;
  for (const auto& [member, field] : kNumbers) {
    const Value value = body[member];
    if (!value.present()) continue;
    if (const auto kept = decimal(value)) {
      order.set(field, *kept);
    } else {
      exact = false;
    }
  }
  return exact;
}

Rejection read_order(const ChannelName& name, const Message& message, OrderEvent& event) noexcept {
  const Members& body = message.body();
  Order& order = event.order;
  if (const Rejection why = read_symbol(name, message, order.symbol)) return why;
  if (!read_order_texts(message, order)) order.flags |= Order::kTextCut;
  if (order.id.empty()) return Counter::rejected_field;
  event.quantity_absent = !read_order_decimals(body, order);
  const bool filled = read_timestamp(body[Member::filled_at], order.filled_at_ns);
  const bool cancelled = read_timestamp(body[Member::cancelled_at], order.cancelled_at_ns);
  event.timestamp_ignored = !filled || !cancelled;
  if (!order.data.assign(message.body_text())) order.flags |= Order::kDataCut;
  return std::nullopt;
}

Rejection read_portfolio(const ChannelName&, const Message& message,
                         PortfolioEvent& event) noexcept {
  constexpr std::pair<Member, AmountText Portfolio::*> kAmounts[] = {
      {Member::total_equity, &Portfolio::total_equity},
      {Member::available_cash, &Portfolio::available_cash},
      {Member::unrealized_pnl, &Portfolio::unrealized_pnl},
      {Member::realized_pnl, &Portfolio::realized_pnl},
      {Member::roi_pct, &Portfolio::roi_pct}};
  const Members& body = message.body();
  bool any = false;
  for (const auto& [member, place] : kAmounts) {
    AmountText& amount = event.portfolio.*place;
    if (!read_amount(body[member], amount)) event.quantity_absent = true;
    any |= !amount.empty();
  }
  if (!any) return Counter::rejected_field;
  event.timestamp_ignored =
      !read_timestamp(body[Member::timestamp], event.portfolio.exchange_time_ns);
  return std::nullopt;
}

/// Fills a record of type E, which takes the place of whatever `event` was.
template <class E>
void read_record(Rejection (*read)(const ChannelName&, const Message&, E&) noexcept,
                 const ChannelName& name, const Message& message, Event& event) noexcept {
  if (const Rejection why = read(name, message, event.emplace<E>())) {
    event.emplace<NothingEvent>(NothingEvent{*why});
  }
}

/// Which channel a message of data belongs to, by its channel, its type or both. Nothing if it
/// names one that is not known, or two different ones: a price must not be taken from a message
/// that may mean something else.
std::optional<ChannelName> channel_of(const Message& message) noexcept {
  const Value channel = message.top()[Member::channel];
  const Value type = message.top()[Member::type];
  const auto by_type = kind_named(string_or_nothing(type));
  if (!channel.present()) {
    return by_type ? std::optional(ChannelName{*by_type, {}, {}}) : std::nullopt;
  }
  const auto name = parse_channel_name(string_or_nothing(channel));
  if (!name || !type.present()) return name;
  if (!by_type) {
    // A flat order's "type" may be the order's: "limit".
    const bool is_order = name->kind == ChannelKind::orders && !message.enveloped();
    return is_order ? name : std::nullopt;
  }
  const auto same = [](ChannelKind kind) {
    return kind == ChannelKind::all_tickers ? ChannelKind::ticker : kind;
  };
  return same(name->kind) == same(*by_type) ? name : std::nullopt;
}

bool names_channel(const Value& value) noexcept {
  return parse_channel_name(string_or_nothing(value)).has_value();
}

void read_data(const Message& message, Event& event) noexcept {
  const auto name = channel_of(message);
  if (!name) {
    const bool contradicts =
        names_channel(message.top()[Member::channel]) && names_channel(message.top()[Member::type]);
    event.emplace<NothingEvent>(
        NothingEvent{contradicts ? Counter::rejected_field : Counter::ignored_type});
    return;
  }
  if (message.top()[Member::data].present() && !message.enveloped()) {
    event.emplace<NothingEvent>(NothingEvent{Counter::rejected_field});
    return;
  }
  switch (name->kind) {
    case ChannelKind::all_tickers:
    case ChannelKind::ticker:
      return read_record(read_ticker, *name, message, event);
    case ChannelKind::candles:
      return read_record(read_candle, *name, message, event);
    case ChannelKind::orders:
      return read_record(read_order, *name, message, event);
    case ChannelKind::portfolio:
      return read_record(read_portfolio, *name, message, event);
  }
}

// --- Answers ---

/// Reads the channel that an acknowledgement names, joined or by members. False if it names none.
bool read_channel(const Message& message, Channel& channel) noexcept {
  const auto name = parse_channel_name(string_or_nothing(message.top()[Member::channel]));
  if (!name) return false;
  channel.kind = name->kind;
  if (channel.kind != ChannelKind::ticker && channel.kind != ChannelKind::candles) return true;
  if (read_symbol(*name, message, channel.symbol) || channel.symbol.empty()) return false;
  if (channel.kind == ChannelKind::candles) {
    return !read_interval(*name, message, channel.interval) && !channel.interval.empty();
  }
  if (means_all(channel.symbol.view())) channel = Channel{};
  return true;
}

void read_acknowledgement(const Message& message, bool subscribed, Event& event) noexcept {
  auto& acknowledgement = event.emplace<AcknowledgementEvent>();
  acknowledgement.subscribed = subscribed;
  acknowledgement.known = read_channel(message, acknowledgement.channel);
  if (!acknowledgement.known) acknowledgement.channel = Channel{};
}

ErrorCode error_code(std::string_view text) noexcept {
  const auto contains = [text](std::string_view word) {
    const auto same = [](char a, char b) {
      return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b;
    };
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
  };
  if (contains("AUTH") || contains("INVALID_API_KEY")) return ErrorCode::authentication;
  if (text == "INVALID_CHANNEL") return ErrorCode::invalid_channel;
  if (text == "SUBSCRIPTION_LIMIT") return ErrorCode::subscription_limit;
  if (text == "UNKNOWN_ACTION") return ErrorCode::unknown_action;
  return ErrorCode::other;
}

void read_error(const Message& message, Event& event) noexcept {
  auto& error = event.emplace<ErrorEvent>();
  const Value code = message.top()[Member::code];
  error.code = error_code(code.text);
  read_text(code, error.code_text);
  read_text(message.top()[Member::message], error.message);
}

void read_message(const Message& message, Event& event) noexcept {
  const std::string_view type = string_or_nothing(message.top()[Member::type]);
  if (type == "ping" || message.top()[Member::action].text == "ping") {
    event.emplace<PingEvent>();
  } else if (type == "subscribed" || type == "unsubscribed") {
    read_acknowledgement(message, type == "subscribed", event);
  } else if (type == "error") {
    read_error(message, event);
  } else {
    read_data(message, event);
  }
}

}  // namespace

struct Decoder::State {
  Message message{kMaxMessage};
  Event event;
};

Decoder::Decoder() : state_(std::make_unique<State>()) {}
Decoder::~Decoder() = default;

const Event& Decoder::decode(std::string_view message) noexcept {
  const Event* const tick = decode_usual_tick(message);
  return tick != nullptr ? *tick : decode_in_general(message);
}

const Event* Decoder::decode_usual_tick(std::string_view message) noexcept {
  return read_usual_tick(message, state_->event.emplace<TickEvent>()) ? &state_->event : nullptr;
}

const Event& Decoder::decode_in_general(std::string_view message) noexcept {
  if (const Rejection why = state_->message.read(message)) {
    state_->event.emplace<NothingEvent>(NothingEvent{*why});
  } else {
    read_message(state_->message, state_->event);
  }
  auto* const nothing = std::get_if<NothingEvent>(&state_->event);
  if (nothing != nullptr && nothing->why != Counter::ignored_type) {
    nothing->lost = lost_data(message);
  }
  return state_->event;
}

const Event& Decoder::reject(std::string_view message, Counter why) noexcept {
  state_->event.emplace<NothingEvent>(NothingEvent{why, lost_data(message)});
  return state_->event;
}

}  // namespace tickcache::daemon
