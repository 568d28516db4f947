// orders --follow.
#include <doctest/doctest.h>

#include <string>

#include "cli/json_keys.hpp"
#include "cli/script.hpp"

using namespace tickcache;
using namespace tickcache::test;

TEST_CASE("orders -f lists what there is, and then what comes") {
  Script script;
  script.order("first");
  script.order("second");
  script.when("second", [&] { script.order("third"); })
      .when("third", [&] { script.segment.disconnect(), script.segment.connect(); })
      .when("may be missing since", [&] { script.order("fourth with a longer name"); });
  const Finished result = script.run({"orders", "-f", "-n", "1", "-C", "2"});
  CHECK(result.code == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].starts_with("RECEIVED"));
  CHECK(lines[1].ends_with("second"));
  CHECK(lines[2].ends_with("third"));
  CHECK(contains(lines[3], "updates may be missing since"));
  CHECK(lines[4].ends_with("fourth with a longer name"));
  CHECK(lines[1].find("second") == lines[2].find("third"));
}

TEST_CASE("orders -f --json has the keys of orders, and a line for each gap") {
  Script script;
  script.order("first");
  script.when("first", [&] { script.segment.disconnect(), script.segment.connect(); })
      .when("\"position\":null", [&] { script.order("second"); });
  const Finished result = script.run({"orders", "-f", "--json", "-C", "1"});
  CHECK(result.code == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 3);
  CHECK(keys_of(parsed(lines[0])) == keys_of(parsed(lines[1])));
  CHECK(keys_of(parsed(lines[0])) == keys_of(parsed(lines[2])));
  CHECK(text_of(parsed(lines[0]), "order_id") == "first");
  CHECK(text_of(parsed(lines[0]), "freshness") == "live");
  CHECK(text_of(parsed(lines[1]), "order_id") == "null");
  CHECK(text_of(parsed(lines[1]), "gap_since") != "null");
  CHECK(text_of(parsed(lines[2]), "order_id") == "second");
  CHECK(parsed(lines[2])["position"].GetUint64() == 2);
}

TEST_CASE("orders -f says on standard error when the feed is lost and comes back") {
  Script script;
  script.segment.disconnect();
  script
      .when("RECEIVED",
            [&] {
              script.segment.connect();
              script.segment.writer().flush();
              script.order("first");
            })
      .when("first", [&] { script.order("second"); });
  const Finished result = script.run({"orders", "-f", "-C", "2"});
  CHECK(result.code == 0);
  CHECK(contains(result.out, "second"));
  CHECK(result.err ==
        "tickcache: the feed is stale: feed reconnecting\ntickcache: the feed is live\n");
}
