#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/daemon/upstream/upstream_rig.hpp"

namespace tickcache::daemon {
namespace {

using Names = std::vector<std::string>;

Names names(const std::vector<Channel>& channels) {
  Names result;
  for (const Channel& channel : channels) result.push_back(joined_name(channel));
  return result;
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back("S" + std::to_string(i) + "USDT");
  return result;
}

std::vector<Channel> series(std::size_t count) {
  std::vector<Channel> result;
  for (const std::string& name : numbered(count)) result.push_back(candles(name, "1m"));
  return result;
}

TEST_CASE("plan: tickers, orders, portfolio, candles") {
  Wanted wanted = want_symbols({"BTCUSDT", "ETHUSDT"});
  wanted.candles = {candles("BTCUSDT", "1m")};
  const Plan plan = make_plan(wanted);
  REQUIRE(plan.connections.size() == 1);
  CHECK(names(plan.connections[0]) ==
        Names{"ticker:BTCUSDT", "ticker:ETHUSDT", "orders", "portfolio", "candles:BTCUSDT:1m"});
  CHECK(!plan.widened);
}

TEST_CASE("plan: everything, if there are more symbols than free subscriptions") {
  struct Case {
    std::size_t symbols;
    bool private_channels;
    bool widened;
  };
  for (const Case c : {Case{8, true, false},
                       {9, true, true},
                       {10, false, false},
                       {11, false, true},
                       {600, true, true}}) {
    CAPTURE(c.symbols);
    const Plan plan = make_plan(want_symbols(numbered(c.symbols), c.private_channels));
    CHECK(plan.widened == c.widened);
    REQUIRE(plan.connections.size() == 1);
    CHECK(plan.contains(ticker_all()) == c.widened);
    CHECK(plan.contains(ticker("S0USDT")) != c.widened);
  }
}

TEST_CASE("plan: 12 candles beside everything, orders and portfolio take two connections") {
  const Plan plan = make_plan(want_all(series(12)));
  REQUIRE(plan.connections.size() == 2);
  CHECK(plan.connections[0].size() == 10);
  CHECK(plan.connections[1].size() == 5);
}

TEST_CASE("plan: nothing wanted still keeps the first connection") {
  const Plan plan = make_plan({});
  REQUIRE(plan.connections.size() == 1);
  CHECK(plan.connections[0].empty());
}

TEST_CASE("plan: no symbols") {
  Wanted wanted;
  wanted.orders = true;
  CHECK(names(make_plan(wanted).connections[0]) == Names{"orders"});
}

TEST_CASE("plan: there is room for all candles that can be configured") {
  const Plan plan = make_plan(want_all(series(kMaxCandleSeries)));
  CHECK(plan.connections.size() == 7);
  for (const auto& channels : plan.connections) CHECK(channels.size() <= kMaxSubscriptions);
}

TEST_CASE("plan: candles stay where they are") {
  const Plan before = make_plan(want_all(series(20)));
  REQUIRE(before.connections.size() == 3);

  auto fewer = series(20);
  fewer.erase(fewer.begin(), fewer.begin() + 6);  // six of the seven on the first connection
  const Plan after = make_plan(want_all(fewer), before);
  CHECK(after.connections[0].size() == 4);
  CHECK(after.connections[1] == before.connections[1]);
  CHECK(after.connections[2] == before.connections[2]);

  fewer.push_back(candles("NEW", "1m"));
  CHECK(names(make_plan(want_all(fewer), after).connections[0]).back() == "candles:NEW:1m");
}

TEST_CASE("plan: candles make room for tickers") {
  const Plan before = make_plan([] {
    Wanted wanted = want_symbols({"A"});
    wanted.candles = series(7);
    return wanted;
  }());
  CHECK(before.connections.size() == 1);
  Wanted wanted = want_symbols({"A", "B", "C"});
  wanted.candles = series(7);
  const Plan after = make_plan(wanted, before);
  REQUIRE(after.connections.size() == 2);
  CHECK(after.connections[0].size() == 10);
  CHECK(names(after.connections[1]) == Names{"candles:S5USDT:1m", "candles:S6USDT:1m"});
}

TEST_CASE("plan: an emptied connection is used again only when the others are full") {
  const Plan full = make_plan(want_all(series(27)));
  REQUIRE(full.connections.size() == 3);
  auto last = series(27);
  last.erase(last.begin() + 7, last.begin() + 17);  // those on the second connection
  Plan plan = make_plan(want_all(last), full);
  CHECK(plan.connections[1].empty());
  last.erase(last.begin() + 16);
  plan = make_plan(want_all(last), plan);
  CHECK(plan.connections[2].size() == 9);
  last.push_back(candles("X", "1m"));
  plan = make_plan(want_all(last), plan);
  CHECK(plan.connections[1].empty());
  CHECK(plan.connections[2].size() == 10);
  last.push_back(candles("Y", "1m"));
  CHECK(names(make_plan(want_all(last), plan).connections[1]) == Names{"candles:Y:1m"});
}

TEST_CASE("filter: keeps what was asked for") {
  const Filter all{want_all()};
  CHECK(all.wants(symbol("ANY")));

  const Filter none{Wanted{}};
  CHECK(!none.wants(symbol("BTCUSDT")));
  CHECK(!Filter{}.wants(symbol("BTCUSDT")));

  const auto listed = numbered(700);
  const Filter some{want_symbols(listed)};
  CHECK(std::all_of(listed.begin(), listed.end(),
                    [&](const std::string& name) { return some.wants(symbol(name)); }));
  CHECK(!some.wants(symbol("S700USDT")));
  CHECK(!some.wants(symbol("S0USD")));
  CHECK(!some.wants(SymbolText{}));
}

TEST_CASE("request texts: both forms") {
  struct Case {
    Channel channel;
    const char* split;
    const char* joined;
  };
  const Case cases[] = {
      {ticker_all(), R"({"action":"subscribe","channel":"ticker_all"})",
       R"({"action":"subscribe","channel":"ticker:all"})"},
      {ticker("BTCUSDT"), R"({"action":"subscribe","channel":"ticker","symbol":"BTCUSDT"})",
       R"({"action":"subscribe","channel":"ticker:BTCUSDT"})"},
      {candles("BTCUSDT", "1m"),
       R"({"action":"subscribe","channel":"candles","symbol":"BTCUSDT","interval":"1m"})",
       R"({"action":"subscribe","channel":"candles:BTCUSDT:1m"})"},
      {orders(), R"({"action":"subscribe","channel":"orders"})",
       R"({"action":"subscribe","channel":"orders"})"},
      {portfolio(), R"({"action":"subscribe","channel":"portfolio"})",
       R"({"action":"subscribe","channel":"portfolio"})"},
  };
  for (const Case& c : cases) {
    CHECK(request_text(c.channel, true, kSplit) == c.split);
    CHECK(request_text(c.channel, true, kJoined) == c.joined);
    CHECK(has_two_forms(c.channel) == (std::string{c.split} != c.joined));
  }
  CHECK(request_text(ticker_all(), false, kSplit) ==
        R"({"action":"unsubscribe","channel":"ticker_all"})");
}

}  // namespace
}  // namespace tickcache::daemon
