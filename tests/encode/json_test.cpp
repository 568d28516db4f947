#include "encode/line.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace tickcache;
using namespace tickcache::encode;

TEST_CASE("an object is one valid line, whatever the texts are") {
  JsonLine json;
  json.text("text", "a\"\\\n\x1b\xff\u2014");
  json.text_or_null("empty", "");
  json.decimal("decimal", Decimal::parse("64521.30000000"));
  json.decimal("none", std::nullopt);
  json.boolean("flag", true);
  json.number("number", std::numeric_limits<std::uint64_t>::max());
  json.milliseconds("age", 1'999'999);
  json.milliseconds("future", -1);
  json.milliseconds("unknown", std::nullopt);
  json.time("time", 1'771'860'645'123'000'000);
  json.time("never", 0);
  CHECK(json.finish() ==
        "{\"text\":\"a\\\"\\\\\\n\\u001B\uFFFD\u2014\",\"empty\":null,"
        "\"decimal\":\"64521.30000000\",\"none\":null,\"flag\":true,"
        "\"number\":18446744073709551615,\"age\":1,\"future\":0,\"unknown\":null,"
        "\"time\":\"2026-02-23T15:30:45.123Z\",\"never\":null}\n");
}

TEST_CASE("an embedded object is put on one line, its numbers to the letter") {
  CHECK(compact_json_object(
            " {\n \"a\" : [ 1.50, 1e300, -0 ],\t\"b\":{}, \"c\":\"\\u2014\\n\" }\n") ==
        "{\"a\":[1.50,1e300,-0],\"b\":{},\"c\":\"\u2014\\n\"}");
}

TEST_CASE("what is no object is not embedded") {
  for (const char* text : {"", "  ", "1", "[]", "null", "{", "{\"a\":1", "{} x", "{\"a\":\"\xff\"}",
                           "{'a':1}", "{\"a\":\"\n\"}"}) {
    CAPTURE(text);
    CHECK_FALSE(compact_json_object(text));
  }
  CHECK_FALSE(compact_json_object(std::string_view("{}\0{", 4)));
  JsonLine json;
  json.object_or_null("data", "{\"cut\": \"o");
  CHECK(json.finish() == "{\"data\":null}\n");
}

TEST_CASE("deep nesting needs no stack") {
  const std::string deep = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  CHECK(compact_json_object(deep) == deep);
}
