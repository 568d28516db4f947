#include "daemon/candles/candle_rig.hpp"

namespace tickcache::daemon {
namespace {

WriterOptions writer_options(const std::string& segment) {
  WriterOptions options;
  options.segment = segment;
  options.capacities.symbols = 64;
  options.capacities.tape = 1024;
  options.capacities.series = 128;
  options.url = "ws://127.0.0.1:8000/ws/v1";
  options.key = "ak_test";
  return options;
}

template <class T>
T text(std::string_view value) {
  T result;
  REQUIRE(result.assign(value));
  return result;
}

Decimal decimal(std::string_view value) {
  const auto result = Decimal::parse(value);
  REQUIRE(result.has_value());
  return *result;
}

}  // namespace

Channel candles_of(std::string_view symbol, std::string_view interval) {
  return {ChannelKind::candles, text<SymbolText>(symbol), text<IntervalText>(interval)};
}

std::vector<Channel> all_intervals(std::string_view symbol) {
  std::vector<Channel> channels;
  for (const MadeInterval& interval : kMadeIntervals) {
    channels.push_back(candles_of(symbol, interval.name));
  }
  return channels;
}

CandleRig::CandleRig(const std::vector<Channel>& made, bool requested) {
  wanted_.all_symbols = true;
  want(made, requested);
  restart();
}

void CandleRig::want(const std::vector<Channel>& made, bool requested) {
  wanted_.made_candles = made;
  wanted_.candles = requested ? made : std::vector<Channel>();
  if (publisher) publisher->want(wanted_);
}

void CandleRig::restart() {
  publisher.reset();
  writer.reset();
  writer.emplace(writer_options(name_.str()), now.count());
  publisher.emplace(*writer, wanted_, TrustSettings{30s, 2s});
  publisher->set_unix_offset(Time(kMidnight) - kStart);
}

void CandleRig::connect() {
  publisher->begin_epoch(0, now);
  publisher->set_unix_offset(Time(kMidnight) - kStart);
  publisher->set_connection(0, ConnectionState::up, now);
  publisher->message(0, 1, now);
  publisher->set_channel(0, Channel{}, ChannelState::acknowledged, {}, now);
}

void CandleRig::disconnect() { publisher->set_connection(0, ConnectionState::waiting, now); }

void CandleRig::pass(Time span, Time step) {
  for (const Time end = now + span; now < end;) {
    now = std::min(end, now + step);
    publisher->on_beat(now);
  }
}

void CandleRig::pass_until(Time since_midnight, Time step) {
  REQUIRE(kStart + since_midnight >= now);
  pass(kStart + since_midnight - now, step);
}

void CandleRig::tick(std::string_view price, std::string_view quantity, Time age,
                     std::string_view symbol) {
  tick_of(since_midnight() - age, price, quantity, symbol);
}

void CandleRig::tick_of(Time time, std::string_view price, std::string_view quantity,
                        std::string_view symbol) {
  TickEvent event;
  event.symbol = text<SymbolText>(symbol);
  event.ticker.set_price(decimal(price));
  if (!quantity.empty()) event.ticker.set_quantity(decimal(quantity));
  if (time >= Time(0)) event.ticker.exchange_time_ns = unix_time(time);
  publisher->message(0, 100, now);
  publisher->publish(event, Belongs::present, 0, now);
}

void CandleRig::exchange_candle(std::string_view interval, Time open_time, std::string_view price,
                                bool closed) {
  CandleEvent event;
  event.symbol = text<SymbolText>("BTCUSDT");
  event.interval = text<IntervalText>(interval);
  Candle& candle = event.candle;
  candle.open_time_ns = unix_time(open_time);
  candle.open = candle.high = candle.low = candle.close = decimal(price);
  candle.volume.assign("1");
  candle.closed = closed ? 1 : 0;
  publisher->publish(event, Belongs::present, 0, now);
}

void CandleRig::answer(std::size_t series, Time open_time, std::string_view price,
                       std::uint64_t trades, std::string_view volume) {
  AnsweredCandle answered;
  Candle& candle = answered.candle;
  candle.open_time_ns = unix_time(open_time);
  candle.open = candle.high = candle.low = candle.close = decimal(price);
  candle.volume.assign(volume);
  answered.trades = trades;
  publisher->answer_candles(series, {answered}, now);
}

std::optional<std::uint32_t> CandleRig::slot(std::string_view interval, std::string_view symbol) {
  return writer->view().find_series(SymbolKey::from(symbol), text<IntervalText>(interval));
}

std::map<Time, Candle> CandleRig::closed(std::string_view interval, std::string_view symbol) {
  std::map<Time, Candle> result;
  const auto series = slot(interval, symbol);
  if (!series) return result;
  const auto ring = writer->view().closed_candles(*series);
  for (std::uint64_t at = ring.head(); at > 0; --at) {
    Candle candle;
    if (ring.read(at, candle) != ReadResult::ok || candle.received_ns == 0) break;
    result.try_emplace(Time(candle.open_time_ns - kMidnight), candle);
  }
  return result;
}

std::uint64_t CandleRig::stored(std::string_view interval, std::string_view symbol) {
  const auto series = slot(interval, symbol);
  return series ? writer->view().closed_candles(*series).head() : 0;
}

std::optional<Candle> CandleRig::open(std::string_view interval, std::string_view symbol) {
  const auto series = slot(interval, symbol);
  Candle candle;
  if (!series || !writer->view().open_candle(*series).latest(candle)) return std::nullopt;
  return candle;
}

std::optional<ChannelStatus> CandleRig::channel(std::string_view symbol,
                                                std::string_view interval) {
  Reader reader(name_.str());
  const auto status = std::make_unique<Status>();
  reader.status(*status);
  for (std::size_t i = 0; i < status->channel_count; ++i) {
    const ChannelStatus& channel = status->channels[i];
    if (channel.symbol == symbol && channel.interval == interval) return channel;
  }
  return std::nullopt;
}

std::string text_of(const Candle& candle) {
  std::string text = candle.open.str() + ' ' + candle.high.str() + ' ' + candle.low.str() + ' ' +
                     candle.close.str() + ' ' + std::string(candle.volume.view());
  if (!candle.is_complete()) text += " incomplete";
  if (candle.origin == static_cast<std::uint8_t>(Source::rest)) text += " rest";
  if (candle.origin == static_cast<std::uint8_t>(Source::websocket)) text += " exchange";
  return text;
}

}  // namespace tickcache::daemon
