// The faults of messages: JSON, prices, symbols, and what is not known.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/daemon/decode/decoding.hpp"

using namespace tickcache;
using namespace tickcache::daemon;

namespace {

const std::string kGood = R"({"type":"ticker","symbol":"BTCUSDT","price":"64521.30"})";

/// What a decoder says to `message`; it must go on as if nothing had been.
Counter why(std::string_view message) {
  static Decoder decoder;
  const Event event = decode_exactly(decoder, message);
  CHECK(is_sound(event));
  const auto* after = std::get_if<TickEvent>(&decode_exactly(decoder, kGood));
  REQUIRE(after);
  CHECK(after->ticker.price().str() == "64521.30");
  INFO("message: ", message.substr(0, 100));
  REQUIRE(std::holds_alternative<NothingEvent>(event));
  return std::get<NothingEvent>(event).why;
}

/// The ticker in `message`.
TickEvent tick(std::string_view message) {
  static Decoder decoder;
  INFO("message: ", message.substr(0, 100));
  const Event& event = decode_exactly(decoder, message);
  REQUIRE(std::holds_alternative<TickEvent>(event));
  return std::get<TickEvent>(event);
}

/// A good ticker with one more member.
std::string with(const std::string& member) {
  return kGood.substr(0, kGood.size() - 1) + "," + member + "}";
}

std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST_CASE("fault 30: depth of a million is rejected") {
  const std::size_t count = 1'000'000;
  CHECK(why(std::string(count, '[')) == Counter::rejected_json);
  CHECK(why(std::string(count, '{')) == Counter::rejected_json);
  CHECK(why(repeat("{\"a\":", 200'000)) == Counter::rejected_json);
  CHECK(why(with("\"x\":" + std::string(count, '['))) == Counter::rejected_json);
  CHECK(why(with("\"x\":" + repeat("[{\"x\":", 150'000))) == Counter::rejected_json);
}

TEST_CASE("fault 30: depth up to 64 is read, 65 is rejected") {
  // The ticker itself is one level.
  CHECK(tick(with("\"x\":" + std::string(63, '[') + std::string(63, ']'))).symbol == "BTCUSDT");
  CHECK(why(with("\"x\":" + std::string(64, '[') + std::string(64, ']'))) ==
        Counter::rejected_json);
  CHECK(tick(with("\"x\":" + repeat("{\"x\":", 63) + "1" + std::string(63, '}'))).symbol ==
        "BTCUSDT");
  CHECK(why(with("\"x\":" + repeat("{\"x\":", 64) + "1" + std::string(64, '}'))) ==
        Counter::rejected_json);
}

TEST_CASE("fault 30: a string of a megabyte is harmless where it is not read") {
  const std::string text(1'000'000, 'x');
  CHECK(tick(with("\"x\":\"" + text + "\"")).ticker.price().str() == "64521.30");
  CHECK(tick(with("\"" + text + "\":1")).symbol == "BTCUSDT");
  CHECK(tick(with("\"x\":" + repeat("\"\\u00e9", 1) + repeat("\\u00e9", 150'000) + "\"")).symbol ==
        "BTCUSDT");
  CHECK(tick(with("\"quantity\":\"" + text + "\"")).quantity_absent);
  CHECK(tick(with("\"timestamp\":\"" + text + "\"")).timestamp_ignored);
  CHECK(why(R"({"type":"ticker","symbol":"A","price":")" + text + "\"}") ==
        Counter::rejected_price);
  CHECK(why(R"({"type":"ticker","price":1,"symbol":")" + text + "\"}") == Counter::rejected_symbol);
  CHECK(why(R"({"type":")" + text + "\"}") == Counter::ignored_type);
}

TEST_CASE("fault 30: a message over a mebibyte is rejected") {
  const std::string at_limit =
      with("\"x\":\"" + std::string(Decoder::kMaxMessage - kGood.size() - 7, 'x') + "\"");
  REQUIRE(at_limit.size() == Decoder::kMaxMessage);
  CHECK(tick(at_limit).symbol == "BTCUSDT");
  CHECK(why(at_limit + " ") == Counter::rejected_json);
}

TEST_CASE("fault 30: NUL inside") {
  const std::string nul(1, '\0');
  CHECK(why(nul) == Counter::rejected_json);
  CHECK(why(kGood + nul) == Counter::rejected_json);
  CHECK(why(kGood + nul + "garbage") == Counter::rejected_json);
  CHECK(why(nul + kGood) == Counter::rejected_json);
  CHECK(why(with("\"x\":\"a" + nul + "b\"")) == Counter::rejected_json);
  CHECK(why(with("\"x\":1" + nul)) == Counter::rejected_json);
  CHECK(tick(with(R"("x":"\u0000")")).symbol == "BTCUSDT");  // as an escape it is JSON
}

TEST_CASE("fault 30: bytes after the end") {
  for (const char* rest : {"}", "x", ",", "{}", "\"", " {", "\n1", "\xEF\xBB\xBF", "\xFF", "\v"}) {
    CHECK(why(kGood + rest) == Counter::rejected_json);
  }
  CHECK(tick(kGood + " \t\r\n").symbol == "BTCUSDT");
  CHECK(tick(" \t\r\n" + kGood).symbol == "BTCUSDT");
}

TEST_CASE("fault 30: duplicate members, where they are read") {
  for (const char* message :
       {R"({"type":"ticker","type":"ticker","symbol":"A","price":1})",
        R"({"type":"ticker","symbol":"A","symbol":"A","price":1})",
        R"({"type":"ticker","symbol":"A","price":1,"price":2})",
        R"({"type":"ticker","symbol":"A","price":null,"price":2})",
        R"({"type":"ticker","symbol":"A","price":1,"pr\u0069ce":2})",
        R"({"channel":"ticker","symbol":"A","data":{"price":1},"data":{"price":2}})",
        R"({"channel":"ticker","symbol":"A","data":{"price":1},"data":null})",
        R"({"channel":"ticker","symbol":"A","data":{"price":1,"price":1}})",
        R"({"channel":"orders","channel":"orders","data":{"order_id":"a"}})",
        R"({"type":"ping","type":"ping"})", R"({"type":"error","code":"A","code":"B"})"}) {
    CAPTURE(message);
    CHECK(why(message) == Counter::rejected_duplicate);
  }
  for (const char* message :
       {R"({"type":"ticker","symbol":"A","price":1,"x":1,"x":2})",
        R"({"type":"ticker","symbol":"A","price":1,"x":{"price":1,"price":2}})",
        R"({"channel":"ticker","symbol":"A","price":5,"data":{"symbol":"A","price":1,"data":1}})",
        R"({"channel":"ticker","symbol":"A","data":{"x":{"price":3},"price":1}})"}) {
    CAPTURE(message);
    CHECK(tick(message).ticker.price().str() == "1");
  }
}

TEST_CASE("fault 30: invalid UTF-8 and lone surrogates") {
  for (const char* bad : {"\xFF",
                          "\x80",
                          "\xC0\x80",
                          "\xC1\xBF",
                          "\xE0\x80\x80",
                          "\xED\xA0\x80",
                          "\xED\xBF\xBF",
                          "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80",
                          "\xC3",
                          "\xE2\x82",
                          "\xF0\x9F\x98",
                          R"(\ud800)",
                          R"(\udbff)",
                          R"(\udc00)",
                          R"(\udfff)",
                          R"(\ud800\ud800)",
                          R"(\udc00\ud800)",
                          R"(\ud800x)",
                          R"(\ud800\n)",
                          R"(\ud800\u0041)",
                          R"(\ud83d\ude00\ude00)"}) {
    CAPTURE(bad);
    CHECK(why(with(std::string("\"x\":\"") + bad + "\"")) == Counter::rejected_encoding);
    CHECK(why(with(std::string("\"") + bad + "\":1")) == Counter::rejected_encoding);
    CHECK(why(with(std::string("\"x\":[{\"") + bad + "\":1}]")) == Counter::rejected_encoding);
    CHECK(why(with(std::string("\"timestamp\":\"") + bad + "\"")) == Counter::rejected_encoding);
  }
  for (const char* good :
       {"é", "\xEC\x80\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "😀", "\xF4\x8F\xBF\xBF",
        R"(\ud83d\ude00)", R"(\uD800\uDC00)", R"(\\udc00)", R"(\ud7ff\ue000)"}) {
    CAPTURE(good);
    CHECK(tick(with(std::string("\"x\":\"") + good + "\"")).symbol == "BTCUSDT");
  }
  // Cut in the middle of a character: nothing is read beyond the end.
  for (const char* cut : {"{\"a\":\"\xF0", "{\"a\":\"\xF0\x9F\x98", "{\"\xE2"}) {
    CHECK(why(cut) == Counter::rejected_encoding);
  }
}

TEST_CASE("fault 30: NaN, 1e999 and what else is no JSON") {
  for (const char* value :
       {"NaN",    "nan",  "Infinity",   "-Infinity", "inf",       "1e999",   "-1e999",
        "01",     "+1",   ".5",         "5.",        "0x1",       "1e",      "-",
        "tru",    "nul",  "True",       "'x'",       "\"x",       "\"\\x\"", "\"\\u12g4\"",
        "\"\t\"", "[1,]", "{\"a\":1,}", "[1 2]",     "{\"a\" 1}", "{a:1}",   "[",
        "{",      "]",    "/**/1",      "1//"}) {
    CAPTURE(value);
    CHECK(why(with(std::string("\"x\":") + value)) == Counter::rejected_json);
  }
  for (const char* message :
       {"", " ", "x", "null", "true", "1", "\"ping\"", "[]", "[{\"type\":\"ping\"}]", "{", "{}{}",
        "{\"type\"", "{\"type\":", "{\"type\":\"ping\"", "{,}", "{\"type\":\"ping\",}",
        "\xEF\xBB\xBF{}", "{'type':'ping'}"}) {
    CAPTURE(message);
    CHECK(why(message) == Counter::rejected_json);
  }
}

TEST_CASE("fault 31: prices that are kept exactly") {
  struct Case {
    const char* sent;
    const char* kept;
  };
  const Case cases[] = {
      {R"("64521.30000000")", "64521.30000000"},
      {"64521.30000000", "64521.30000000"},
      {"64521", "64521"},
      {R"("8.11e-06")", "0.00000811"},
      {"8.11e-06", "0.00000811"},
      {"1E+3", "1000"},
      {R"("9223372036854775807")", "9223372036854775807"},
      {"0.000000000000000001", "0.000000000000000001"},
      {R"("1.0000000000000000000000000000000000000000")", "1.000000000000000000"},
      // A double would make 0.30000000000000004 of it.
      {"0.300000000000000044", "0.300000000000000044"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.sent);
    CHECK(tick(std::string(R"({"type":"ticker","symbol":"A","price":)") + c.sent + "}")
              .ticker.price()
              .str() == c.kept);
  }
}

TEST_CASE("fault 31: prices that are rejected") {
  for (const char* price : {R"("-1")",
                            "-1",
                            "-0.00000001",
                            "0",
                            R"("0")",
                            "0.0",
                            "-0",
                            "0e5",
                            R"("")",
                            R"(" ")",
                            R"("NaN")",
                            R"("nan")",
                            R"("Infinity")",
                            R"("1e999")",
                            R"("1,5")",
                            R"("+1")",
                            R"(" 1")",
                            R"("1 ")",
                            R"(".5")",
                            R"("5.")",
                            R"("01")",
                            R"("0x10")",
                            R"("1_000")",
                            R"("1234567890123456789012345678901234567890")",
                            "1234567890123456789012345678901234567890",
                            R"("0.1234567890123456789012345678901234567890")",
                            R"("9223372036854775808")",
                            "1e19",
                            "1e-19",
                            "1e300",
                            R"("1e-999999999999")",
                            "null",
                            "true",
                            "{}",
                            "[]",
                            R"(["1"])",
                            R"({"price":"1"})"}) {
    CAPTURE(price);
    CHECK(why(std::string(R"({"type":"ticker","symbol":"A","price":)") + price + "}") ==
          Counter::rejected_price);
    CHECK(why(std::string(R"({"channel":"ticker","symbol":"A","data":{"price":)") + price + "}}") ==
          Counter::rejected_price);
  }
  CHECK(why(R"({"type":"ticker","symbol":"A"})") == Counter::rejected_price);
  CHECK(why(R"({"channel":"ticker","symbol":"A","price":1,"data":{}})") == Counter::rejected_price);
  for (const char* price : {"NaN", "1e999"}) {
    CHECK(why(std::string(R"({"type":"ticker","symbol":"A","price":)") + price + "}") ==
          Counter::rejected_json);
  }
}

TEST_CASE("fault 32: symbols that are rejected") {
  const std::string symbols[] = {R"("")",
                                 "null",
                                 "1",
                                 "true",
                                 "{}",
                                 R"(["A"])",
                                 '"' + std::string(32, 'A') + '"',
                                 R"("A B")",
                                 R"(" A")",
                                 R"("A\n")",
                                 R"("\u0000")",
                                 R"("A\u0000")",
                                 R"("\u001b[2J")",
                                 R"("A\u007f")",
                                 R"("A\"")",
                                 R"("A'")",
                                 R"("A\t")"};
  for (const std::string& symbol : symbols) {
    CAPTURE(symbol);
    CHECK(why(R"({"type":"ticker","price":1,"symbol":)" + symbol + "}") ==
          Counter::rejected_symbol);
    CHECK(why(R"({"channel":"ticker","data":{"price":1},"symbol":)" + symbol + "}") ==
          Counter::rejected_symbol);
    if (symbol == "null") continue;
    CHECK(why(R"({"channel":"ticker:A","data":{"price":1,"symbol":)" + symbol + "}}") ==
          Counter::rejected_symbol);
    CHECK(why(R"({"type":"order","order_id":"a","symbol":)" + symbol + "}") ==
          Counter::rejected_symbol);
  }
  CHECK(why(R"({"channel":"ticker:","data":{"price":1}})") == Counter::rejected_symbol);
  CHECK(why(R"({"channel":"ticker:A B","data":{"price":1}})") == Counter::rejected_symbol);
  CHECK(why(R"({"channel":"ticker","data":{"price":1}})") == Counter::rejected_symbol);
  CHECK(why(R"({"channel":"ticker_all","data":{"price":1}})") == Counter::rejected_symbol);
  CHECK(tick(R"({"type":"ticker","price":1,"symbol":")" + std::string(31, 'A') + "\"}").symbol ==
        std::string(31, 'A'));
  CHECK(tick(R"({"type":"ticker","price":1,"symbol":"a"})").symbol == "A");
  // The interval is what follows the last colon, so that it cannot swallow a part of the symbol.
  CHECK(why(R"({"channel":"candles:A:B:1m","symbol":"A","data":{}})") == Counter::rejected_field);
}

TEST_CASE("fault 33: unknown types and channels") {
  for (const char* message :
       {"{}", R"({"type":"pong"})", R"({"type":"welcome"})",
        R"({"type":"Ticker","symbol":"A","price":1})", R"({"type":""})", R"({"type":1})",
        R"({"type":null})", R"({"type":{}})", R"({"channel":"trades","data":{}})",
        R"({"channel":"ticker2","symbol":"A","data":{"price":1}})",
        R"({"channel":"","symbol":"A","data":{"price":1}})",
        R"({"channel":1,"symbol":"A","data":{"price":1}})",
        R"({"channel":["ticker"],"data":{"price":1}})",
        R"({"channel":"TICKER","symbol":"A","data":{"price":1}})", R"({"symbol":"A","price":1})",
        R"({"data":{"type":"ticker","symbol":"A","price":1}})",
        R"({"action":"subscribe","channel":"ticker2"})",
        R"({"channel":"orders:1","data":{"order_id":"a"}})",
        R"({"channel":"depth","data":[1,2]})"}) {
    CAPTURE(message);
    CHECK(why(message) == Counter::ignored_type);
  }
}

TEST_CASE(
    "fault 33: a type that is not known is ignored, whatever the channel, and the other way "
    "round") {
  for (const char* message :
       {R"({"channel":"ticker","type":"average_24h","symbol":"A","data":{"price":1}})",
        R"({"channel":"averages","type":"ticker","symbol":"A","data":{"price":1}})",
        R"({"channel":"orders","type":"summary","data":{"order_id":"a"}})",
        R"({"channel":"ticker","type":7,"symbol":"A","data":{"price":1}})"}) {
    CAPTURE(message);
    CHECK(why(message) == Counter::ignored_type);
  }
}

TEST_CASE("fault 33: a type that contradicts the channel is rejected") {
  for (const char* message :
       {R"({"channel":"ticker","type":"candle","symbol":"A","data":{"price":1}})",
        R"({"channel":"portfolio","type":"order","order_id":"a","total_equity":1})"}) {
    CAPTURE(message);
    CHECK(why(message) == Counter::rejected_field);
  }
  CHECK(
      tick(R"({"channel":"ticker_all","type":"ticker","symbol":"A","data":{"price":1}})").symbol ==
      "A");
  CHECK(
      tick(R"({"channel":"ticker","type":"ticker_all","symbol":"A","data":{"price":1}})").symbol ==
      "A");
}

TEST_CASE("fault 33: unknown members, anywhere and of any kind") {
  for (const char* member :
       {R"("x":null)", R"("x":true)", R"("x":-1.5e-3)", R"("x":"\"")", R"("x":[])", R"("x":{})",
        R"("":1)", R"("x":[[{"type":"ping"}],{"price":{"price":[2]}}])", R"("prices":2)",
        R"("Price":2)", R"("price ":2)", R"("x":1,"x":2)", R"("data ":{"price":2})"}) {
    CAPTURE(member);
    CHECK(tick(with(member)).ticker.price().str() == "64521.30");
    CHECK(tick(std::string(R"({"channel":"ticker","symbol":"A","data":{)") + member +
               R"(,"price":1}})")
              .ticker.price()
              .str() == "1");
  }
}

TEST_CASE("fault 33: data of a known channel that is no object is rejected") {
  for (const char* data : {"[]", R"([{"price":1}])", "\"x\"", "1", "true"}) {
    CHECK(why(std::string(R"({"channel":"ticker","symbol":"A","price":1,"data":)") + data + "}") ==
          Counter::rejected_field);
  }
}

}  // namespace
