#include "cli/print/text.hpp"

#include <doctest/doctest.h>

#include "encode/untrusted.hpp"

using namespace tickcache::cli;
using tickcache::encode::valid_utf8;

TEST_CASE("bytes that are no UTF-8 are replaced, one by one") {
  CHECK(valid_utf8("") == "");
  CHECK(valid_utf8("a\u00e9\u2014\U0001F600") == "a\u00e9\u2014\U0001F600");
  CHECK(valid_utf8("\xff") == "\uFFFD");
  CHECK(valid_utf8("a\xe2\x80") == "a\uFFFD\uFFFD");          // cut
  CHECK(valid_utf8("\xc0\xaf") == "\uFFFD\uFFFD");            // overlong
  CHECK(valid_utf8("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");  // a surrogate
  CHECK(valid_utf8("\xf4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST_CASE("control characters are written out") {
  CHECK(printable("a\x1b[31m\n\t\r\x7f") == "a\\x1b[31m\\n\\t\\r\\x7f");
  CHECK(printable("\u009b31m") == "\\u009b31m");
  CHECK(printable("\u00e9 \u2014") == "\u00e9 \u2014");
}

TEST_CASE("widths count columns") {
  CHECK(display_width("SYMBOL\u2026") == 7);
  CHECK(display_width("币安人生USDT") == 12);
  CHECK(display_width("e\u0301\U0001F600") == 3);
  CHECK(clip("币安人生USDT", 4) == "币安");
  CHECK(clip("币安人生USDT", 5) == "币安");
  CHECK(clip("币安人生USDT", 9) == "币安人生U");
  CHECK(clip("e\u0301x", 1) == "e\u0301");
  CHECK(clip("ab\u2026cd", 3) == "ab\u2026");
  CHECK(clip("ab", 3) == "ab");
  CHECK(clip("ab", 0) == "");
}

TEST_CASE("only ASCII letters change their case") {
  CHECK(upper_case("btcUsdt\u00e9") == "BTCUSDT\u00e9");
  CHECK(lower_case("BTC1") == "btc1");
}
