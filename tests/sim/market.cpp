#include "sim/market.hpp"

#include <algorithm>

#include "sim/checksum.hpp"
#include "sim/fixed_point.hpp"
#include "sim/json_text.hpp"
#include "sim/symbols.hpp"

namespace tickcache::sim {
namespace {

constexpr int kQuantityDigits = 8;

// A specification server may write a price as a number or as a string, and a time in either form:
// each symbol keeps to one, so that both are always on the wire.
bool price_is_number(std::uint32_t symbol) { return symbol % 2 == 1; }
bool time_is_number(std::uint32_t symbol) { return symbol % 3 == 1; }

std::string real_prefix(const std::string& symbol) {
  return R"({"channel": "ticker", "symbol": ")" + symbol + R"(", "data": {"price": ")";
}

std::string spec_prefix(const std::string& symbol, bool number) {
  return R"({"type":"ticker","symbol":")" + symbol + (number ? R"(","price":)" : R"(","price":")");
}

}  // namespace

Stamp Stamp::at(std::int64_t milliseconds) {
  return {iso_time(milliseconds), std::to_string(milliseconds)};
}

Market::Market(const Options& options)
    : dialect_(options.dialect), checksum_(options.checksum), random_(options.seed) {
  for (const Listing& listing : listings(options.symbols)) {
    const auto at = static_cast<std::uint32_t>(names_.size());
    names_.push_back(listing.symbol);
    index_.emplace(listing.symbol, at);
    const bool spec = dialect_ == Dialect::spec;
    instruments_.push_back(
        {symbol_hash(listing.symbol), 0, listing.price, listing.step,
         std::max(listing.price / 4, listing.step), listing.price * 4,
         checksum_ ? kChecksumDigits : listing.digits,
         spec ? spec_prefix(listing.symbol, price_is_number(at)) : real_prefix(listing.symbol)});
  }
}

std::optional<std::uint32_t> Market::find(std::string_view symbol) const {
  const auto found = index_.find(std::string(symbol));
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

std::uint32_t Market::choose() {
  const std::uint64_t size = instruments_.size();
  const std::uint64_t turn = turn_++;
  if (turn % 2 == 0) return static_cast<std::uint32_t>(turn / 2 % size);
  const std::uint64_t draw = random_.below(size);
  return static_cast<std::uint32_t>(draw * draw / size);
}

void Market::walk(Instrument& instrument) {
  const std::int64_t span = std::max<std::int64_t>(1, instrument.price / instrument.step / 2000);
  const std::int64_t moved = instrument.price + random_.around_zero(span) * instrument.step;
  if (moved >= instrument.lowest && moved <= instrument.highest) instrument.price = moved;
}

Tick Market::next() {
  const std::uint32_t symbol = choose();
  Instrument& instrument = instruments_[symbol];
  Tick tick{symbol, ++instrument.sequence, 0, 0, (random_.next() & 1U) != 0};
  if (checksum_) {
    tick.price = instrument.price = checksum_price(instrument.hash, tick.sequence);
    tick.quantity = checksum_quantity(tick.sequence);
  } else {
    walk(instrument);
    tick.price = instrument.price;
    tick.quantity = 1 + static_cast<std::int64_t>(random_.below(300'000'000));
  }
  return tick;
}

void Market::append_message(const Tick& tick, const Stamp& stamp, std::string& out) const {
  if (dialect_ == Dialect::real) {
    append_real(tick, stamp, out);
  } else {
    append_spec(tick, stamp, out);
  }
}

void Market::append_real(const Tick& tick, const Stamp& stamp, std::string& out) const {
  const Instrument& instrument = instruments_[tick.symbol];
  out += instrument.prefix;
  append_fixed(out, tick.price, instrument.digits);
  out += R"(", "quantity": ")";
  append_fixed(out, tick.quantity, kQuantityDigits);
  if (!stamp.is_empty()) {
    out += R"(", "timestamp": ")";
    out += stamp.iso;
  }
  out += tick.is_buyer_maker ? R"(", "is_buyer_maker": true}})" : R"(", "is_buyer_maker": false}})";
}

void Market::append_spec(const Tick& tick, const Stamp& stamp, std::string& out) const {
  const Instrument& instrument = instruments_[tick.symbol];
  out += instrument.prefix;
  append_fixed(out, tick.price, instrument.digits);
  if (!price_is_number(tick.symbol)) out += '"';
  if (checksum_) {
    // The specification's ticker has no quantity; the checksum needs one.
    out += R"(,"quantity":")";
    append_fixed(out, tick.quantity, kQuantityDigits);
    out += '"';
  }
  if (stamp.is_empty()) {
    out += '}';
  } else if (time_is_number(tick.symbol)) {
    out += R"(,"timestamp":)";
    out += stamp.epoch_ms;
    out += '}';
  } else {
    out += R"(,"timestamp":")";
    out += stamp.iso;
    out += "\"}";
  }
}

void Market::append_price(const Tick& tick, std::string& out) const {
  append_fixed(out, tick.price, instruments_[tick.symbol].digits);
}

std::string ticker_message(Dialect dialect, std::string_view symbol, std::string_view price,
                           std::string_view quantity, std::string_view iso_timestamp) {
  std::string out;
  if (dialect == Dialect::spec) {
    ObjectText message(out, false);
    message.text("type", "ticker").text("symbol", symbol).text("price", price);
    if (!quantity.empty()) message.text("quantity", quantity);
    if (!iso_timestamp.empty()) message.text("timestamp", iso_timestamp);
    message.end();
    return out;
  }
  ObjectText message(out, true);
  message.text("channel", "ticker").text("symbol", symbol).key("data");
  ObjectText data(out, true);
  data.text("price", price).text("quantity", quantity);
  if (!iso_timestamp.empty()) data.text("timestamp", iso_timestamp);
  data.plain("is_buyer_maker", "false").end();
  message.end();
  return out;
}

}  // namespace tickcache::sim
