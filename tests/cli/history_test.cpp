#include "cli/watch/history.hpp"

#include <doctest/doctest.h>

#include "cli/print/text.hpp"

using namespace tickcache;
using namespace tickcache::cli;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1000 * kSecond;

Ticker tick(std::string_view price, std::uint64_t updates) {
  Ticker ticker;
  ticker.set_price(*Decimal::parse(price));
  ticker.updates = updates;
  return ticker;
}

}  // namespace

TEST_CASE("a sparkline spans from the least to the greatest") {
  CHECK(sparkline({}).empty());
  CHECK(sparkline({7.0}) == "▁");
  CHECK(sparkline({7.0, 7.0, 7.0}) == "▁▁▁");
  CHECK(sparkline({1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0}) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline({10.0, 1e-9, 5.0}) == "█▁▄");
}

TEST_CASE("a rate is counted over the last seconds") {
  Rate rate;
  CHECK_FALSE(rate.per_second().has_value());
  rate.observe(1000, kStart);
  CHECK_FALSE(rate.per_second().has_value());
  for (int quarter = 1; quarter <= 80; ++quarter)
    rate.observe(1000 + static_cast<unsigned>(quarter) * 5, kStart + quarter * kSecond / 4);
  CHECK(*rate.per_second() == doctest::Approx(20));
  // What stops, or gets slower, shows after as many seconds as are looked at.
  for (int second = 21; second <= 27; ++second) rate.observe(1400, kStart + second * kSecond);
  CHECK(*rate.per_second() == 0);
}

TEST_CASE("a count that shrinks begins anew") {
  Rate rate;
  rate.observe(1000, kStart);
  rate.observe(2000, kStart + kSecond);
  rate.observe(10, kStart + 2 * kSecond);
  CHECK_FALSE(rate.per_second().has_value());
  rate.observe(14, kStart + 4 * kSecond);
  CHECK(*rate.per_second() == doctest::Approx(2));
}

TEST_CASE("a price's change counts from the first observation") {
  History history;
  CHECK(history.change_percent() == 0);
  history.observe(tick("200", 1), kStart);
  CHECK(history.change_percent() == 0);
  history.observe(tick("201", 2), kStart + 1);
  CHECK(history.change_percent() == doctest::Approx(0.5));
  for (int second = 1; second < 500; ++second)
    history.observe(tick("150", 3), kStart + second * kSecond);
  CHECK(history.change_percent() == doctest::Approx(-25));
}

TEST_CASE("the trend has the last price of each second, also of those that were missed") {
  History history;
  CHECK(history.trend(20).empty());
  history.observe(tick("1", 1), kStart);
  history.observe(tick("2", 2), kStart + kSecond / 2);
  CHECK(history.trend(20) == "▁");
  history.observe(tick("1", 3), kStart + 4 * kSecond);
  CHECK(history.trend(20) == "████▁");
  CHECK(history.trend(2) == "█▁");
  history.observe(tick("3", 4), kStart + 3600 * kSecond);
  const std::string full = history.trend(100);
  CHECK(display_width(full) == History::kSeconds);
  CHECK(full.ends_with("▁█"));
}
