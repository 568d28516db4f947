// Random messages in random forms, put together by a generator that shares nothing with the
// decoder.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "tests/daemon/decode/decoding.hpp"

using namespace tickcache;
using namespace tickcache::daemon;

namespace {

/// Draws values, and writes them in one of the forms that mean the same.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  bool coin() { return below(2) == 0; }
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string digits(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + below(10));
    return text;
  }

  /// A positive number of up to 18 digits, with up to 12 after the point.
  std::string number() {
    const std::size_t after = below(13);
    std::string whole = coin() ? "0" : std::to_string(1 + below(999'999));
    if (after == 0) return whole == "0" ? "1" : whole;
    std::string fraction = digits(after);
    if (whole == "0") fraction.back() = '7';
    return whole + "." + fraction;
  }

  /// `plain` as a JSON value: a string or a number, perhaps with an exponent.
  std::string as_decimal(const std::string& plain) {
    const std::string text = below(3) == 0 ? with_exponent(plain) : plain;
    return coin() ? quoted(text) : text;
  }

  std::string as_time(std::int64_t milliseconds) {
    switch (below(5)) {
      case 0:
        return std::to_string(milliseconds);
      case 1:
        return quoted(std::to_string(milliseconds));
      case 2:
        return std::to_string(milliseconds) + "." + std::string(1 + below(3), '0');
      case 3:
        return quoted(iso(milliseconds, 0) + (coin() ? "Z" : "+00:00"));
      default:
        return quoted(iso(milliseconds, 330) + "+05:30");
    }
  }

  /// A JSON string; any character may be written as an escape.
  std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        result += std::string("\\") + c;
      } else if (below(50) == 0 && static_cast<unsigned char>(c) < 0x80) {
        char escape[8];
        std::snprintf(escape, sizeof escape, coin() ? "\\u%04x" : "\\u%04X",
                      static_cast<unsigned>(c));
        result += escape;
      } else {
        result += c;
      }
    }
    return result + "\"";
  }

  std::string any_case(std::string text) {
    for (char& c : text) {
      if (c >= 'A' && c <= 'Z' && coin()) c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
  }

  std::string blanks() {
    std::string text;
    for (std::size_t count = below(4) == 0 ? below(4) : 0; count > 0; --count)
      text += " \t\r\n"[below(4)];
    return text;
  }

  /// An object of `members`, whose values are JSON, in any order and with strangers among them.
  std::string object(std::vector<std::pair<std::string, std::string>> members) {
    for (std::size_t strangers = below(3); strangers > 0; --strangers) {
      members.emplace_back("x" + digits(6), stranger(0));
    }
    std::shuffle(members.begin(), members.end(), random_);
    std::string text = "{" + blanks();
    for (const auto& [name, value] : members) {
      if (&name != &members.front().first) text += "," + blanks();
      text += quoted(name) + blanks() + ":" + blanks() + value + blanks();
    }
    return text + "}";
  }

  std::string symbol() {
    std::string text;
    for (std::size_t size = 1 + below(31); size > 0; --size)
      text += "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[below(36)];
    return text == "ALL" ? "BTCUSDT" : text;
  }

 private:
  std::string with_exponent(const std::string& plain) {
    // The digits without the point are the number times 10^(digits after it).
    const auto point = plain.find('.');
    if (point == std::string::npos) return plain + (coin() ? "e0" : "E+00");
    const std::size_t after = plain.size() - point - 1;
    std::string moved = plain.substr(0, point) + plain.substr(point + 1);
    moved.erase(0, std::min(moved.find_first_not_of('0'), moved.size() - 1));
    return moved + (coin() ? "e-" : "E-0") + std::to_string(after);
  }

  static std::string iso(std::int64_t milliseconds, int minutes_ahead) {
    const std::time_t local = milliseconds / 1000 + minutes_ahead * 60;
    std::tm parts{};
    gmtime_r(&local, &parts);
    char date[32];
    std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    char text[64];
    std::snprintf(text, sizeof text, "%s.%03d", date, static_cast<int>(milliseconds % 1000));
    return text;
  }

  std::string stranger(int depth) {
    switch (below(depth < 4 ? 6 : 4)) {
      case 0:
        return "null";
      case 1:
        return coin() ? "true" : "false";
      case 2:
        return "-" + number();
      case 3:
        return quoted("price \"\\ \xE2\x80\x94 \xF0\x9F\x98\x80");
      case 4:
        return "[" + stranger(depth + 1) + "," + stranger(depth + 1) + "]";
      default:
        return R"({"price":1,"price":)" + stranger(depth + 1) + "}";
    }
  }

  std::mt19937_64 random_;
};

using MemberList = std::vector<std::pair<std::string, std::string>>;

/// The message: flat or enveloped, by channel or by type, with the symbol where it may be.
std::string message(Generator& g, const std::string& channel, const std::string& type,
                    const std::string& symbol, const std::string& interval, MemberList record) {
  const bool joined = !symbol.empty() && g.coin();
  std::string name = channel;
  if (joined) name += ":" + g.any_case(symbol) + (interval.empty() ? "" : ":" + interval);
  MemberList names;
  if (!symbol.empty() && (!joined || g.coin()))
    names.emplace_back("symbol", g.quoted(g.any_case(symbol)));
  if (!interval.empty() && (!joined || g.coin()))
    names.emplace_back("interval", g.quoted(interval));

  const bool by_channel = joined || g.coin();
  MemberList top;
  if (by_channel) top.emplace_back("channel", g.quoted(name));
  if (!by_channel || g.coin()) top.emplace_back("type", g.quoted(type));
  MemberList& owner = g.coin() ? top : record;
  owner.insert(owner.end(), names.begin(), names.end());
  if (g.coin()) {
    top.insert(top.end(), record.begin(), record.end());
  } else {
    top.emplace_back("data", g.object(record));
  }
  return g.blanks() + g.object(top) + g.blanks();
}

template <class Check>
void repeatedly(Check check) {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  Generator generator(seed);
  Decoder decoder;
  for (int i = 0; i < 20'000; ++i) check(generator, decoder);
}

constexpr std::int64_t kFirstTime = 1'600'000'000'000;

TEST_CASE("property: tickers come out as they were put together") {
  repeatedly([](Generator& g, Decoder& decoder) {
    const std::string symbol = g.symbol();
    const std::string price = g.number();
    const std::string quantity = g.number();
    const auto time = kFirstTime + static_cast<std::int64_t>(g.below(1'000'000'000'000));
    const bool maker = g.coin();
    const std::string sent = message(g, "ticker", "ticker", symbol, "",
                                     {{"price", g.as_decimal(price)},
                                      {"quantity", g.as_decimal(quantity)},
                                      {"timestamp", g.as_time(time)},
                                      {"is_buyer_maker", maker ? "true" : "false"}});
    CAPTURE(sent);
    const Event& event = decode_exactly(decoder, sent);
    REQUIRE(std::holds_alternative<TickEvent>(event));
    const auto& tick = std::get<TickEvent>(event);
    REQUIRE(tick.symbol == symbol);
    REQUIRE(tick.ticker.price().str() == price);
    REQUIRE(tick.ticker.quantity()->str() == quantity);
    REQUIRE(tick.ticker.exchange_time_ns == time * 1'000'000);
    REQUIRE(tick.ticker.buyer_is_maker() == maker);
  });
}

TEST_CASE("property: candles come out as they were put together") {
  repeatedly([](Generator& g, Decoder& decoder) {
    const std::string symbol = g.symbol();
    const std::string interval =
        std::vector<std::string>{"1m", "5m", "15m", "1h", "4h", "1d"}[g.below(6)];
    const std::string prices[] = {g.number(), g.number(), g.number(), g.number()};
    const std::string volume = g.number();
    const auto time = kFirstTime + static_cast<std::int64_t>(g.below(1'000'000'000'000));
    const bool closed = g.coin();
    MemberList record = {
        {"open", g.as_decimal(prices[0])}, {"high", g.as_decimal(prices[1])},
        {"low", g.as_decimal(prices[2])},  {"close", g.as_decimal(prices[3])},
        {"volume", g.as_decimal(volume)},  {g.coin() ? "time" : "open_time", g.as_time(time)}};
    if (!closed || g.coin()) record.emplace_back("is_closed", closed ? "true" : "false");
    const std::string sent =
        message(g, "candles", g.coin() ? "candle" : "candles", symbol, interval, record);
    CAPTURE(sent);
    const Event& event = decode_exactly(decoder, sent);
    REQUIRE(std::holds_alternative<CandleEvent>(event));
    const auto& candle = std::get<CandleEvent>(event);
    REQUIRE(candle.symbol == symbol);
    REQUIRE(candle.interval == interval);
    REQUIRE(candle.candle.open.str() == prices[0]);
    REQUIRE(candle.candle.high.str() == prices[1]);
    REQUIRE(candle.candle.low.str() == prices[2]);
    REQUIRE(candle.candle.close.str() == prices[3]);
    REQUIRE(candle.candle.volume == volume);
    REQUIRE(candle.candle.open_time_ns == time * 1'000'000);
    REQUIRE((candle.candle.closed == 1) == closed);
  });
}

TEST_CASE("property: orders come out as they were put together") {
  repeatedly([](Generator& g, Decoder& decoder) {
    const std::string symbol = g.symbol();
    const std::string reason = "\"" + g.digits(20) + "\" \\ \xE2\x80\x94";
    const std::string price = g.number();
    const auto time = kFirstTime + static_cast<std::int64_t>(g.below(1'000'000'000'000));
    const std::string data = g.object({{"order_id", g.quoted("id-1")},
                                       {"status", g.quoted("filled")},
                                       {"symbol", g.quoted(symbol)},
                                       {"side", g.quoted("sell")},
                                       {g.coin() ? "type" : "order_type", g.quoted("stop_loss")},
                                       {"executed_price", g.as_decimal(price)},
                                       {"filled_at", g.as_time(time)},
                                       {"rejected_reason", g.quoted(reason)}});
    const std::string sent =
        g.blanks() + g.object({{"channel", g.quoted("orders")}, {"data", data}}) + g.blanks();
    CAPTURE(sent);
    const Event& event = decode_exactly(decoder, sent);
    REQUIRE(std::holds_alternative<OrderEvent>(event));
    const Order& order = std::get<OrderEvent>(event).order;
    REQUIRE(order.id == "id-1");
    REQUIRE(order.symbol == symbol);
    REQUIRE(order.type == "stop_loss");
    REQUIRE(order.side == "sell");
    REQUIRE(order.rejected_reason == reason);
    REQUIRE(order.fields == Order::kExecutedPrice);
    REQUIRE(order.executed_price()->str() == price);
    REQUIRE(order.filled_at_ns == time * 1'000'000);
    REQUIRE(order.data.view() == std::string_view(data).substr(0, order.data.view().size()));
    REQUIRE(((order.flags & Order::kDataCut) != 0) == (data.size() > order.data.kMaxSize));
  });
}

TEST_CASE("property: portfolios come out as they were put together") {
  repeatedly([](Generator& g, Decoder& decoder) {
    const std::string equity = g.number();
    const std::string roi = "-0." + g.digits(28);
    const auto time = kFirstTime + static_cast<std::int64_t>(g.below(1'000'000'000'000));
    const std::string sent = message(g, "portfolio", "portfolio", "", "",
                                     {{"total_equity", g.as_decimal(equity)},
                                      {"roi_pct", g.coin() ? g.quoted(roi) : roi},
                                      {"timestamp", g.as_time(time)}});
    CAPTURE(sent);
    const Event& event = decode_exactly(decoder, sent);
    REQUIRE(std::holds_alternative<PortfolioEvent>(event));
    const Portfolio& portfolio = std::get<PortfolioEvent>(event).portfolio;
    REQUIRE(portfolio.total_equity == equity);
    REQUIRE(portfolio.roi_pct == roi);
    REQUIRE(portfolio.available_cash == "");
    REQUIRE(portfolio.exchange_time_ns == time * 1'000'000);
  });
}

}  // namespace
