// What the text of each option means.
#include "daemon/config/config_values.hpp"
#include "tests/daemon/config/config_fixture.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;

TEST_CASE("URLs that are taken") {
  struct Row {
    const char* text;
    const char* scheme;
    const char* host;
    std::uint16_t port;
    const char* path;
    const char* shown;
  };
  for (const Row& row : {
           Row{"ws://localhost:8000", "ws", "localhost", 8000, "/ws/v1",
               "ws://localhost:8000/ws/v1"},
           Row{"ws://localhost", "ws", "localhost", 80, "/ws/v1", "ws://localhost/ws/v1"},
           Row{"wss://a.example", "wss", "a.example", 443, "/ws/v1", "wss://a.example/ws/v1"},
           Row{"wss://a.example:443/", "wss", "a.example", 443, "/ws/v1", "wss://a.example/ws/v1"},
           Row{"ws://a.example:443", "ws", "a.example", 443, "/ws/v1", "ws://a.example:443/ws/v1"},
           Row{"wss://a.example/ws/v1", "wss", "a.example", 443, "/ws/v1", "wss://a.example/ws/v1"},
           Row{"wss://a.example/ws/v1//", "wss", "a.example", 443, "/ws/v1",
               "wss://a.example/ws/v1"},
           Row{"wss://a.example/api/", "wss", "a.example", 443, "/api/ws/v1",
               "wss://a.example/api/ws/v1"},
           Row{"wss://a.example/api%20x/ws/v1", "wss", "a.example", 443, "/api%20x/ws/v1",
               "wss://a.example/api%20x/ws/v1"},
           Row{"WSS://A.Example/Api", "wss", "a.example", 443, "/Api/ws/v1",
               "wss://a.example/Api/ws/v1"},
           Row{"ws://127.0.0.1:1", "ws", "127.0.0.1", 1, "/ws/v1", "ws://127.0.0.1:1/ws/v1"},
           Row{"ws://[::1]:65535", "ws", "::1", 65535, "/ws/v1", "ws://[::1]:65535/ws/v1"},
           Row{"ws://[0:0::0:1]", "ws", "::1", 80, "/ws/v1", "ws://[::1]/ws/v1"},
           Row{"ws://exchange_1-a:80", "ws", "exchange_1-a", 80, "/ws/v1",
               "ws://exchange_1-a/ws/v1"},
       }) {
    CAPTURE(row.text);
    Url url;
    CHECK(parse_url(row.text, url) == "");
    CHECK(url.scheme == row.scheme);
    CHECK(url.host == row.host);
    CHECK(url.port == row.port);
    CHECK(url.path == row.path);
    CHECK(url.text() == row.shown);
    CHECK(url.tls() == (url.scheme == "wss"));
    Url again;
    CHECK(parse_url(url.text(), again) == "");
    CHECK(again == url);
  }
}

TEST_CASE("URLs that are refused, and why") {
  struct Row {
    std::string text;
    const char* reason;
  };
  for (const Row& row : {
           Row{"", "must begin with ws:// or wss://"},
           Row{"localhost:8000", "must begin with ws:// or wss://"},
           Row{"ftp://a.example", "must begin with ws:// or wss://"},
           Row{"http://a.example", "write ws:// in place of http://"},
           Row{"HTTPS://a.example", "write wss:// in place of https://"},
           Row{"wss://u:p@a.example", "user information"},
           Row{"wss://a.example?api_key=k", "has a query"},
           Row{"wss://a.example/ws/v1?api_key=k", "has a query"},
           Row{"wss://a.example/#x", "has a fragment"},
           Row{"wss://", "has no host"},
           Row{"wss:///ws/v1", "has no host"},
           Row{"wss://:80", "has no host"},
           Row{"wss://a b", "has a host with other characters"},
           Row{"wss://a\r\nX: y", "has a host with other characters"},
           Row{"wss://" + std::string(254, 'a'), "more than 253 bytes"},
           Row{"wss://127.1", "neither a name nor an IPv4 address"},
           Row{"wss://256.0.0.1", "neither a name nor an IPv4 address"},
           Row{"wss://::1:8000", "write it as in [::1]:8000"},
           Row{"wss://[::1", "'[' without ']'"},
           Row{"wss://[a.example]", "not an IPv6 address"},
           Row{"wss://[]", "not an IPv6 address"},
           Row{"wss://[fe80::1%eth0]", "not an IPv6 address"},
           Row{"wss://[::1]8000", "something other than ':PORT'"},
           Row{"wss://a.example:", "not a number from 1 to 65535"},
           Row{"wss://a.example:0", "not a number from 1 to 65535"},
           Row{"wss://a.example:65536", "not a number from 1 to 65535"},
           Row{"wss://a.example:80x", "not a number from 1 to 65535"},
           Row{"wss://a.example:-1", "not a number from 1 to 65535"},
           Row{"wss://a.example/a b", "percent-encoded"},
           Row{"wss://a.example/\xc3\xa4", "percent-encoded"},
           Row{"wss://a.example/\r\nX:y", "percent-encoded"},
           Row{"wss://a.example/" + std::string(1024, 'a'), "more than 1024 bytes"},
       }) {
    CAPTURE(row.text);
    Url url;
    CHECK(has(parse_url(row.text, url), row.reason));
    CHECK(url == Url{});
  }
}

TEST_CASE("this machine is told from others") {
  for (const char* host : {"localhost", "127.0.0.1", "127.255.3.4", "::1"}) {
    CAPTURE(host);
    CHECK(is_loopback(host));
  }
  for (const char* host : {"", "localhost.example", "127.example", "128.0.0.1", "::2", "0.0.0.0",
                           "::", "10.0.0.1", "::ffff:10.0.0.1"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("of many wrong items the first are named and the rest are counted") {
  Fixture f;
  std::string list = "BTCUSDT";
  for (int i = 0; i < 20'000; ++i) list += ",A" + std::to_string(i) + "=";
  f.arguments = {"--symbols=" + list};
  const std::string error = f.error();
  CHECK(has(error, "'A9=' is not a symbol"));
  CHECK_FALSE(has(error, "'A10='"));
  CHECK(has(error, "and 19990 more items are wrong"));
}

TEST_CASE("a long list keeps each symbol once, in the order of the file") {
  Fixture f;
  std::string list;
  for (int i = 0; i < 2 * 20'000; ++i) list += "SYM" + std::to_string(i % 20'000) + ",";
  f.arguments = {"--symbols=" + list + "btcusdt", "--max-symbols=32768"};
  const auto names = f.config().symbols.names;
  CHECK(names.size() == 20'001);
  CHECK(names[19'999] == "SYM19999");
  CHECK(names[20'000] == "BTCUSDT");
}

TEST_CASE("metrics are served on this machine only") {
  Fixture f;
  f.arguments = {"--metrics-listen=127.0.0.1:9464"};
  CHECK(f.config().metrics_listen == Endpoint{"127.0.0.1", 9464});
  struct Row {
    const char* text;
    const char* reason;
  };
  for (const Row& row : {
           Row{"9464", "neither a name nor an IPv4 address"},
           Row{"localhost", "has no port"},
           Row{"localhost:", "port that is not a number"},
           Row{"0.0.0.0:9464", "not an address of this machine alone"},
           Row{"[::]:9464", "not an address of this machine alone"},
           Row{"::1:9464", "without brackets"},
       }) {
    CAPTURE(row.text);
    f.arguments = {std::string("--metrics-listen=") + row.text};
    CHECK(has(f.error(), row.reason));
  }
}

TEST_CASE("the length of the tape") {
  std::uint32_t ticks = 0;
  CHECK(parse_tape("16777216", ticks) == "");
  CHECK(ticks == 1U << 24U);
  for (const char* text : {"512", "33554432", "65535", "0", ""}) {
    CAPTURE(text);
    CHECK(parse_tape(text, ticks) == "must be a power of two from 1024 to 16777216");
  }
  CHECK(ticks == 1U << 24U);
}

TEST_CASE("symbols: all, none or a list") {
  const auto parsed = [](const char* text) {
    Symbols symbols;
    CHECK(parse_symbols(text, symbols) == "");
    return symbols;
  };
  CHECK(parsed("all") == Symbols{true, {}});
  CHECK(parsed("All") == Symbols{true, {}});
  CHECK(parsed("NONE") == Symbols{false, {}});
  CHECK(parsed("btcusdt ,\tETHUSDT,BtcUsdt") == Symbols{false, {"BTCUSDT", "ETHUSDT"}});
  CHECK(parsed("币安人生usdt") == Symbols{false, {"币安人生USDT"}});
  CHECK(parsed("éusdt,😀USDT") == Symbols{false, {"éUSDT", "😀USDT"}});  // upper-casing is ASCII's
  CHECK(parsed("1000PEPE-USDT.P/X_$") == Symbols{false, {"1000PEPE-USDT.P/X_$"}});
  CHECK(parsed("a234567890123456789012345678901").names.front().size() == 31);

  struct Row {
    const char* text;
    const char* reason;
  };
  for (const Row& row : {
           Row{"", "must be all, none or a list"},
           Row{"  ", "must be all, none or a list"},
           Row{"BTCUSDT,", "an item is empty"},
           Row{"BTCUSDT,,ETHUSDT", "an item is empty"},
           Row{"all,BTCUSDT", "'all' must stand alone"},
           Row{"BTCUSDT,None", "'None' must stand alone"},
           Row{"BTC USDT", "'BTC USDT' is not a symbol"},
           Row{"ticker:BTCUSDT", "is not a symbol"},
           Row{"BTC\"", "is not a symbol"},
           Row{"BTC'", "is not a symbol"},
           Row{"BTC\\", "is not a symbol"},
           Row{"BTC\x01", "'BTC\\x01' is not a symbol"},
           Row{"BTCUSDT;ETHUSDT",
               "'BTCUSDT;ETHUSDT' is not a symbol: it has ';'; give symbols such as "
               "BTCUSDT, separated by commas"},
           Row{"BTCUSDT|ETHUSDT", "it has '|'"},
           Row{"[BTCUSDT]", "it has '['"},
           Row{"BTC*", "it has '*'"},
           Row{"币安人生USDT，BTCUSDT", "it has '，'"},
           Row{"币安\u3000人生", "is not a symbol"},
           Row{"BTC\xc2\x85", "a control character"},
           Row{"BTC\u202eUSDT",
               "'BTC\\u202eUSDT' is not a symbol: it has the invisible character "
               "\\u202e"},
           Row{"币安\u200b", "the invisible character \\u200b"},
           Row{"\ufeffBTCUSDT", "the invisible character \\ufeff"},
           Row{"币安人生币安人生币安人", "is longer than 31 bytes"},
           Row{"B\xe5\xb8", "a byte that is not UTF-8"},
           Row{"a2345678901234567890123456789012", "is longer than 31 bytes"},
       }) {
    CAPTURE(row.text);
    Symbols symbols{false, {"KEPT"}};
    CHECK(has(parse_symbols(row.text, symbols), row.reason));
    CHECK(symbols.names.front() == "KEPT");
  }
  Symbols symbols;
  const std::string both = parse_symbols("A:B,GOOD,C D", symbols);
  CHECK(has(both, "'A:B' is not"));
  CHECK(has(both, "; 'C D' is not"));
}

TEST_CASE("candles: none or a list of series") {
  std::vector<CandleSeries> candles{{"OLD", "1m"}};
  CHECK(parse_candles("", candles) == "");
  CHECK(candles.empty());
  CHECK(parse_candles("btcusdt:1m, ETHUSDT:12h,BTCUSDT:1m,X:3d,X:1w,X:999m", candles) == "");
  CHECK(candles ==
        std::vector<CandleSeries>{
            {"BTCUSDT", "1m"}, {"ETHUSDT", "12h"}, {"X", "3d"}, {"X", "1w"}, {"X", "999m"}});
  CHECK(parse_candles("None", candles) == "");
  CHECK(candles.empty());

  for (const char* text :
       {"BTCUSDT", "BTCUSDT:", "BTCUSDT:m", "BTCUSDT:1", "BTCUSDT:0m", "BTCUSDT:01m", "BTCUSDT:1M",
        "BTCUSDT:1s", "BTCUSDT:1000m", "BTCUSDT:-1m", "BTCUSDT: 1m", "BTCUSDT:1m:1h"}) {
    CAPTURE(text);
    CHECK(has(parse_candles(text, candles), "is not SYMBOL:INTERVAL"));
  }
  CHECK(has(parse_candles(":1m", candles), "an item is empty"));
  CHECK(has(parse_candles("A:1m,,B:1m", candles), "is not SYMBOL:INTERVAL"));
  CHECK(
      has(parse_candles("all:3m", candles), "'all:3m' has no interval of which candles are made"));
  CHECK(parse_candles("All:1m,BTCUSDT:3m", candles) == "");
  CHECK(candles == std::vector<CandleSeries>{{"ALL", "1m"}, {"BTCUSDT", "3m"}});
  CHECK(show_candles(candles) == "all:1m,BTCUSDT:3m");

  std::string many = "S0:1m";
  for (int i = 1; i < 64; ++i) many += ",S" + std::to_string(i) + ":1m";
  CHECK(parse_candles(many, candles) == "");
  CHECK(candles.size() == 64);
  CHECK(has(parse_candles(many + ",S64:1m", candles), "has 65 series; use at most 64"));
  CHECK(candles.size() == 64);
}

TEST_CASE("segment names and modes") {
  std::string name;
  for (const std::string& text :
       {std::string("a"), std::string("A.b_c-9"), std::string(200, 'x')}) {
    CHECK(parse_segment_name(text, name) == "");
    CHECK(name == text);
  }
  for (const std::string& text :
       {std::string(), std::string(".a"), std::string("-a"), std::string("a/b"), std::string("a b"),
        std::string("a.next"), std::string("a.lock"), std::string(201, 'x')}) {
    CAPTURE(text);
    CHECK(parse_segment_name(text, name) != "");
  }

  std::uint32_t mode = 0;
  CHECK(parse_mode("0644", mode) == "");
  CHECK(mode == 0644);
  CHECK(parse_mode("600", mode) == "");
  CHECK(mode == 0600);
  CHECK(show_mode(mode) == "0600");
  for (const char* text : {"", "6", "64", "0680", "06400", "00640", "1640", "rw-", "0x1a", "0660",
                           "0642", "0440", "0240", "0750"}) {
    CAPTURE(text);
    CHECK(has(parse_mode(text, mode), "must be 0600, 0604, 0640 or 0644"));
  }
  CHECK(mode == 0600);
}

TEST_CASE("a file of certificates must be readable, and hold one") {
  Fixture f;
  const std::string certificate = "of the exchange\n-----BEGIN CERTIFICATE-----\n";
  f.arguments = {"--ca-file=" + f.directory.write("ca.pem", certificate)};
  CHECK(f.config().ca_file == f.directory.path("ca.pem"));
  f.arguments = {"--ca-file=" + f.directory.write("key.pem", "-----BEGIN PRIVATE KEY-----\n")};
  CHECK(has(f.error(), "holds no certificate"));
  f.arguments = {"--ca-file=" + f.directory.path("")};
  CHECK(has(f.error(), "holds no certificate"));
  f.arguments = {"--ca-file=" + f.directory.path("missing.pem")};
  CHECK(has(f.error(), "cannot be read"));
}

}  // namespace
}  // namespace tickcache::daemon
