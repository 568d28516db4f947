// Any bytes as what a follower gets of Redis, one message or record a line: what is read is sound,
// it is the same to the digit when it is written and read again, and Follower applies only what
// comes next.
// Seeds: tests/data/corpus/redis, which a bridge has written.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>

#include "bridges/redis/batch.hpp"
#include "daemon/platform/rest_json.hpp"
#include "daemon/sources/redis/message.hpp"
#include "encode/records.hpp"
#include "tests/proof/fuzz/fuzz_input.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::daemon;
using namespace std::chrono_literals;

constexpr encode::Clocks kClocks{3'600'000'000'000, 1'771'860'645'123'000'000};

void require(bool holds) {
  if (!holds) std::abort();
}

bool same_digits(const std::optional<Decimal>& a, const std::optional<Decimal>& b) {
  return a ? b && a->same_digits(*b) : !b;
}

void check(const MirroredTicker& record) {
  const Ticker& ticker = record.ticker;
  require(!record.symbol.empty() && ticker.price().mantissa > 0 && record.told.age >= 0s);
  Tick tick{record.symbol, ticker, 0};
  tick.ticker.received_ns = kClocks.boot_ns;
  const auto again = parse_record(
      encode::json_line(tick, kClocks, {record.told.freshness, record.told.reason}), read_ticker);
  require(again.has_value());
  require(again->symbol == record.symbol && again->ticker.price().same_digits(ticker.price()) &&
          same_digits(again->ticker.quantity(), ticker.quantity()) &&
          again->ticker.updates == ticker.updates && again->ticker.flags == ticker.flags &&
          again->ticker.lag_ms == ticker.lag_ms);
  require(again->told.live() == record.told.live());
}

void check(const MirroredOrder& record) {
  const Order& order = record.order;
  require(!order.id.empty() && record.age >= 0s);
  Json data;
  require(order.data.empty() || parse_object(order.data.view(), data));
  OrderUpdate update{order, record.position, 0};
  update.order.received_ns = kClocks.boot_ns;
  const auto again = parse_order(redis::record_of(encode::json_line(update, kClocks)));
  require(again.has_value());
  require(again->order.id == order.id && again->order.status == order.status &&
          again->order.fields == order.fields && again->position == record.position);
  for (std::size_t i = 0; i < std::size(order.decimals); ++i) {
    require(again->order.decimals[i].same_digits(order.decimals[i]));
  }
}

void check(const MirroredCandle& record) {
  const Candle& candle = record.candle;
  require(!record.symbol.empty() && !record.interval.empty() && record.told.age >= 0s);
  for (const Decimal& price : {candle.open, candle.high, candle.low, candle.close}) {
    require(price.mantissa > 0);
  }
}

void check(const MirroredPortfolio& record) { require(record.age >= 0s); }

void check_records(const RedisMessage& message) {
  const auto all = [](const auto& record) { check(record); };
  for (const char* const name : {"ticks", "prices"}) message.each(name, read_ticker, all);
  message.each("candles", read_candle, all);
  message.each("portfolio", read_portfolio, all);
  for (const auto& order : message.orders()) {
    if (order) check(*order);
  }
}

/// A follower whose keys are always those of the newest message.
class Follow {
 public:
  Follow() {
    follower_.begin(now_);
    follower_.on_echo_asked("5e884898da280471", now_);
  }

  void take(const RedisMessage& message) {
    now_ += 50ms;
    const MessageHead& head = message.head();
    require(head.from.epoch > 0 && !head.from.instance.empty() && head.at >= 0s);
    const Tenancy before = follower_.origin();
    const bool had_joined = follower_.has_joined();
    const Take take = follower_.on_message(head, now_);
    require(follower_.origin() >= before);
    if (head.from < before) require(take == Take::ignore);
    if (take == Take::apply && !head.is_beat) {
      require(had_joined && head.from == before && head.sequence == applied_ + 1);
      applied_ = head.sequence;
    }
    if (follower_.wants_to_read()) read(head);
    if (follower_.objection(now_).empty()) {
      require(follower_.has_joined() && follower_.lag() && *follower_.lag() <= 2s);
      if (head.is_beat && take == Take::apply) require(head.freshness == Freshness::live);
    }
  }

 private:
  void read(const MessageHead& head) {
    follower_.on_read_sent();
    if (follower_.on_read({head.from, head.hash, head.from}, now_) != Take::apply) return;
    require(head.from == follower_.origin());
    applied_ = head.hash;
  }

  Follower follower_;
  Time now_ = 100s;
  std::uint64_t applied_ = 0;
};

void check_record(std::string_view line) {
  if (const auto record = parse_record(line, read_ticker)) check(*record);
  if (const auto record = parse_record(line, read_candle)) check(*record);
  if (const auto record = parse_record(line, read_portfolio)) check(*record);
  if (const auto record = parse_order(line)) check(*record);
  if (const Tenancy tenancy = parse_tenancy(line); tenancy.epoch > 0) {
    const std::string again = std::to_string(tenancy.epoch) + ':' + tenancy.instance;
    require(parse_tenancy(again) == tenancy);
  }
  static_cast<void>(parse_texts(line));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = tickcache::test::FuzzInput(data, size).rest();
  Follow follow;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    RedisMessage message;
    if (message.read(line)) {
      check_records(message);
      follow.take(message);
    } else {
      check_record(line);
    }
  }
  return 0;
}
