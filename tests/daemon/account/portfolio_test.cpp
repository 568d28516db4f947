// When the portfolio is asked for, and which one a reader gets.
#include <doctest/doctest.h>

#include <cstdint>

#include "tests/daemon/account/model.hpp"

namespace tickcache::test {

TEST_CASE("the portfolio is asked for every 10 s, and after each order update") {
  Model model;
  model.connect();
  model.run(seconds(100));
  CHECK(model.portfolios >= 10);
  CHECK(model.portfolios <= 11);
  const Result<Portfolio> portfolio = model.portfolio();
  CHECK(portfolio.live());
  CHECK(portfolio.value.total_equity.view() == "100000.0000000000000000");
  CHECK(static_cast<Source>(portfolio.value.origin) == Source::rest);
  const std::uint64_t before = model.portfolios;
  model.push(model.order(model.place()));
  model.run(seconds(1.5));
  CHECK(model.portfolios == before + 1);
  model.settings.portfolio_poll = Time(0);
  model.configure();
  model.run(seconds(60));
  CHECK(model.portfolios == before + 1);
}

TEST_CASE("a portfolio that was pushed while one was asked for is not replaced by it") {
  Model model;
  model.connect();
  model.run(seconds(5));
  for (const bool is_unbelievable : {false, true}) {
    CAPTURE(is_unbelievable);
    model.disconnect();
    model.connect();
    model.unbelievable = is_unbelievable;
    const std::uint64_t before = model.portfolios;
    while (model.portfolios == before) model.run(seconds(0.05));
    model.run(seconds(0.05));
    model.push_portfolio("2");
    model.run(seconds(1));
    const Result<Portfolio> portfolio = model.portfolio();
    CHECK(portfolio.value.total_equity.view() == "2");
    CHECK(static_cast<Source>(portfolio.value.origin) == Source::websocket);
    CHECK(portfolio.live());
  }
}

TEST_CASE("a portfolio that was asked for in the session before is not one of this session") {
  Model model;
  model.connect();
  model.run(seconds(5));
  const std::uint64_t before = model.portfolios;
  model.equity = "1";
  while (model.portfolios == before) model.run(seconds(0.05));
  model.run(seconds(0.05));
  model.disconnect();
  model.connect();
  model.equity = "3";
  while (model.portfolios == before + 1) model.run(seconds(0.05));
  CHECK(model.portfolio().value.total_equity.view() == "100000.0000000000000000");
  model.run(seconds(1));
  CHECK(model.portfolio().value.total_equity.view() == "3");
}

TEST_CASE("fault 64: a portfolio without prices is not stored, and counted") {
  Model model;
  model.connect();
  model.run(seconds(5));
  const std::int64_t received = model.portfolio().value.received_ns;
  model.unbelievable = true;
  model.run(seconds(30));
  CHECK(model.count(Counter::rest_unpriced) >= 2);
  CHECK(model.portfolio().value.received_ns == received);
  CHECK_FALSE(model.portfolio().live());
  model.unbelievable = false;
  model.run(seconds(12));
  CHECK(model.portfolio().live());
}

}  // namespace tickcache::test
