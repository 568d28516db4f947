// The short cut for usual ticks: which messages take it, and that it never says anything else than
// the general way. decode_exactly() holds both against each other in every test of the decoder.
#include "daemon/platform/usual_tick.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "support/seed.hpp"
#include "tests/daemon/decode/decoding.hpp"

using namespace tickcache;
using namespace tickcache::daemon;

namespace {

bool is_usual(std::string_view message) {
  TickEvent event;
  return read_usual_tick(message, event);
}

TEST_CASE("usual tick: what both dialects send takes the short cut") {
  const std::string messages[] = {
      R"({"channel": "ticker", "symbol": "BTCUSDT", "data": {"price": "64521.30000000", )"
      R"("quantity": "0.012", "timestamp": "2026-02-23T15:30:45.123Z", "is_buyer_maker": false}})",
      R"({"channel":"ticker","symbol":"BTCUSDT","data":{"price":"64521.30000000",)"
      R"("quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false}})",
      R"({"type":"ticker","symbol":"BTCUSDT","price":64521.30000000,"quantity":0.012,)"
      R"("timestamp":1771860645123,"is_buyer_maker":false})",
      R"({"type": "ticker", "symbol": "BTCUSDT", "price": 64521.30000000, "quantity": "0.012", )"
      R"("timestamp": "2026-02-23T15:30:45.123Z", "is_buyer_maker": false})",
  };
  Decoder decoder;
  for (const std::string& message : messages) {
    CAPTURE(message);
    CHECK(is_usual(message));
    const auto* tick = std::get_if<TickEvent>(&decode_exactly(decoder, message));
    REQUIRE(tick);
    CHECK(tick->symbol == "BTCUSDT");
    CHECK(tick->ticker.price().str() == "64521.30000000");
    REQUIRE(tick->ticker.quantity());
    CHECK(tick->ticker.quantity()->str() == "0.012");
    CHECK(tick->ticker.exchange_time_ns == 1'771'860'645'123'000'000);
    CHECK(tick->ticker.buyer_is_maker() == false);
  }
}

TEST_CASE("usual tick: quantity, time and maker may be missing") {
  Decoder decoder;
  const std::string message = R"({"type":"ticker","symbol":"A","price":"1"})";
  CHECK(is_usual(message));
  const auto* tick = std::get_if<TickEvent>(&decode_exactly(decoder, message));
  REQUIRE(tick);
  CHECK(tick->ticker.price().str() == "1");
  CHECK_FALSE(tick->ticker.quantity());
  CHECK_FALSE(tick->ticker.buyer_is_maker());
  CHECK(tick->ticker.exchange_time_ns == 0);
}

TEST_CASE("usual tick: what is not plain is left to the general way") {
  const std::string messages[] = {
      "",
      R"({"type":"ticker"})",
      R"({"type":"ping"})",
      R"({"type":"ticker","symbol":"","price":"1","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"btcusdt","price":"1","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A12345678901234567890123456789012","price":"1"})",
      R"({"type":"ticker","symbol":"A","price":"0","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":"0.000","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":"-1","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":"007","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":"1.","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":".1","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":"1e3","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":"1234567890.123456789","timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":"1" ,"timestamp":1771860645123})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":177186064512})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":0771860645123})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":7258118400000})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":1771860645123.0})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":"2026-02-29T15:30:45.123Z"})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":"2026-02-23T24:30:45.123Z"})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":"2026-02-23T15:60:45.123Z"})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":"2026-02-23T15:30:60.123Z"})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":"2026-02-23T15:30:45.1234Z"})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":"1969-02-23T15:30:45.123Z"})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":"2200-01-01T00:00:00.000Z"})",
      R"({"type":"ticker","symbol":"A","price":"1","timestamp":"2026-02-23T15:30:45.12)",
      R"({"type":"ticker","symbol":"A","price":"1","is_buyer_maker":null})",
      R"({"type":"ticker","symbol":"A","price":"1","is_buyer_maker":true)",
      R"({"type":"ticker","symbol":"A","price":"1","is_buyer_maker":true}})",
      R"({"type":"ticker","symbol":"A","price":"1","is_buyer_maker":true} )",
      R"({"type":"ticker","symbol":"A","price":"1","x":1})",
      R"({"type":"ticker","symbol":"A","price":"1","price":"1"})",
      R"({"type":"ticker","symbol":"A","data":{"price":"1"})",
      R"({"type":"ticker","symbol":"A","data":{"price":"1"},"x":1})",
      R"({"channel":"ticker:A","data":{"price":"1","timestamp":1771860645123}})",
  };
  Decoder decoder;
  for (const std::string& message : messages) {
    CAPTURE(message);
    CHECK_FALSE(is_usual(message));
    CHECK_NOTHROW(decode_exactly(decoder, message));
  }
}

/// Ticks that are usual, or all but: each part is drawn from a list whose first entries are plain.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string tick() {
    const std::string comma = plain() ? blank_ : any({",", ", ", " ,", ",,", ",\t", ""});
    const std::string colon = plain() ? blank_ : any({":", ": ", " :", ":\n"});
    const auto between = [&](const char* sign, const std::string& odd) {
      return plain() ? sign + blank_ : odd;
    };
    const auto member = [&](const std::string& name, const std::string& value) {
      return between(",", comma) + '"' + name + '"' + between(":", colon) + value;
    };
    blank_ = below(2) == 0 ? " " : "";
    const bool enveloped = below(2) == 0;
    std::string text = std::string("{\"") + (below(2) == 0 ? "channel" : "type") + '"' +
                       between(":", colon) + "\"ticker\"" + member("symbol", symbol());
    if (enveloped) {
      text += between(",", comma) + "\"data\"" + between(":", colon) + "{\"price\"" +
              between(":", colon) + number();
    } else {
      text += member("price", number());
    }
    if (below(4) > 0) text += member(name("quantity"), number());
    if (below(8) > 0) text += member(name("timestamp"), time());
    if (below(4) > 0) text += member(name("is_buyer_maker"), maker());
    text += enveloped ? "}}" : "}";
    return text;
  }

  /// Changes, removes, doubles or adds a few bytes.
  std::string damaged(std::string text) {
    for (std::size_t count = 1 + below(3); count > 0 && !text.empty(); --count) {
      const std::size_t at = below(text.size());
      const std::size_t size = 1 + below(4);
      const char byte = kBytes[below(sizeof kBytes - 1)];
      switch (below(5)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.erase(at, size);
          break;
        case 2:
          text.insert(at, text.substr(at, size));
          break;
        case 3:
          text.insert(at, 1, byte);
          break;
        default:
          text[at] = static_cast<char>(below(256));
      }
    }
    return text;
  }

 private:
  static constexpr char kBytes[] = "0123456789.-+eE\"\\{}[]:, ABCTZaz_";

  bool plain() { return below(40) > 0; }
  std::string any(const std::vector<std::string>& choices) {
    return choices[below(choices.size())];
  }
  std::string digits(std::size_t count) {
    std::string text;
    for (; count > 0; --count) text += static_cast<char>('0' + below(10));
    return text;
  }

  std::string name(const std::string& usual) {
    return plain() ? usual : any({"price", "quantity", "timestamp", "symbol", "x", "is_closed"});
  }

  std::string symbol() {
    if (!plain())
      return any({R"("")", R"("btc")", R"("A B")", R"("\u0041")", "1", "null", R"("ALL")"});
    std::string text = "\"";
    for (std::size_t size = 1 + below(below(8) > 0 ? 12 : 34); size > 0; --size) {
      text += "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[below(36)];
    }
    return text + '"';
  }

  std::string number() {
    const std::string quote = below(2) == 0 ? "\"" : "";
    if (!plain()) {
      return quote +
             any({"0", "-1", "1e3", "1.", ".5", "01", "0.0", "1.5E-2", "", "+1", "1 ", "NaN"}) +
             quote;
    }
    std::string text = digits(below(8) > 0 ? 1 + below(7) : 1 + below(20));
    if (plain()) text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
    if (below(4) > 0) text += '.' + digits(below(8) > 0 ? 1 + below(9) : 1 + below(20));
    return quote + text + quote;
  }

  std::string time() {
    if (!plain()) {
      return any({R"("")", "null", "0", "12345", "1e12", "1771860645123.5", "99999999999999",
                  R"("2026-02-23")", R"("2026-02-23T15:30:45Z")", R"("2026-02-23 15:30:45.123Z")",
                  R"("2026-02-23T15:30:45.123+00:00")", R"("2026-02-23T15:30:45.123z")"});
    }
    if (below(3) == 0) return digits(13);
    const auto two = [&](std::size_t least, std::size_t most) {
      const std::size_t value = plain() ? least + below(most - least + 1) : below(100);
      return std::string{static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
    };
    return '"' + two(19, 22) + two(0, 99) + '-' + two(1, 12) + '-' + two(1, 31) + 'T' + two(0, 23) +
           ':' + two(0, 59) + ':' + two(0, 60) + '.' + digits(plain() ? 3 : below(11)) + "Z\"";
  }

  std::string maker() {
    return plain() ? any({"true", "false"}) : any({"null", "1", R"("true")", "tru", "True"});
  }

  std::mt19937_64 random_;
  std::string blank_;
};

TEST_CASE("usual tick: no difference to the general way, whatever the message") {
  const std::uint64_t seed = test::seed_or(std::random_device{}());
  CAPTURE(seed);
  Generator generator(seed);
  Decoder decoder;
  constexpr int kRounds = 100'000;
  int usual = 0;
  int usual_though_damaged = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::string message = generator.tick();
    const std::string damaged = generator.damaged(message);
    decode_exactly(decoder, message);
    decode_exactly(decoder, damaged);
    usual += is_usual(message) ? 1 : 0;
    usual_though_damaged += is_usual(damaged) ? 1 : 0;
  }
  // The comparison is worth something only if the short cut was taken often, and often not.
  CHECK(usual > kRounds / 4);
  CHECK(usual < kRounds * 3 / 4);
  CHECK(usual_though_damaged > kRounds / 100);
}

}  // namespace
