// Layout versions: a reader reads every minor version of its own major, and no other major.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "libcache/segment/clock.hpp"
#include "libcache/segment/segment_file.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/later_version.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/libcache/segment_facts.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

/// The same content under two names, as this version writes it and as the next minor one does.
struct Both {
  SegmentName now;
  SegmentName later;

  explicit Both(bool running = true) {
    CacheWriter writer(patient(now), boot_now());
    store_everything(writer, boot_now());
    if (!running) writer.stop(RunState::stopped, boot_now());
    write_file(later.path(), in_later_minor(read_file(now.path())));
  }
};

void compare(const Lines& found, const Lines& wanted) {
  REQUIRE(found.size() == wanted.size());
  CHECK(wanted.size() > 200);
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(found[i] == wanted[i]);
}

std::string refusal_of(const std::string& name) {
  try {
    const Reader reader(name);
    return {};
  } catch (const SegmentError& error) {
    CHECK(error.code() == OpenError::other_version);
    return error.what();
  }
}

/// A tick as a later minor version may have it.
struct LongerTicker {
  Ticker ticker;
  std::uint64_t added = 7;
};

}  // namespace

TEST_CASE("fault 72: a segment of a later minor version is read, whatever is longer or new in it") {
  const Both both;
  compare(facts(both.later), facts(both.now));
}

TEST_CASE(
    "fault 72: a reader of layout 2.0 reads a segment of today and of a later minor version") {
  const Both both;
  // What later versions know more may stand behind what this reader says.
  const Lines wanted = facts(both.now);
  for (const std::string& segment : {both.now.str(), both.later.str()}) {
    const Lines found =
        output_of(std::string(READER_2_0) + " dump " + segment + " key-of-the-tests");
    CHECK(found.size() > 200);
    auto fact = wanted.begin();
    for (const std::string& line : found) {
      CAPTURE(line);
      fact = std::find_if(fact, wanted.end(),
                          [&](const std::string& entry) { return entry.rfind(line, 0) == 0; });
      REQUIRE(fact != wanted.end());
      ++fact;
    }
  }
}

TEST_CASE("fault 72: what a later minor version's daemon publishes is read as it comes") {
  const Both both;
  Mapping mapping;
  layout::Header header;
  REQUIRE(open_segment(both.later.str(), O_RDWR, {}, mapping, header).code == OpenError::none);
  REQUIRE(header.minor == layout::kMinor + 1);
  const WritableSegmentView view(mapping.base(), header);
  Reader reader(both.later.str());
  Feed feed(both.later.str());
  std::vector<std::uint64_t> ticks;
  std::vector<std::uint64_t> orders;
  feed.on_ticker("all", [&](const Tick& tick) { ticks.push_back(tick.ticker.updates); });
  feed.on_order_update([&](const OrderUpdate& update) { orders.push_back(update.position); });
  SymbolHandle symbol = reader.handle("1000SYM1USDT");
  Ticker last;
  REQUIRE(reader.last(symbol, last));
  const auto cell = view.find(SymbolKey::from("1000SYM1USDT"));
  REQUIRE(cell);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    Ticker tick = make_ticker(last.updates + i);
    tick.updates = last.updates + i;
    tick.epoch = last.epoch;
    tick.received_ns = boot_now();
    tick.symbol_index = *cell;
    view.ticker(*cell).publish(tick);
    view.tape().publish(tick);
    const Result<Ticker> found = reader.ticker("1000sym1usdt");
    CHECK(is_whole(found.value));
    CHECK(found.value.updates == tick.updates);
    CHECK(reader.price(symbol).value.same_digits(tick.price()));
    CHECK(reader.price(symbol).live());
    Order order = make_order(i);
    order.received_ns = boot_now();
    view.orders().publish(order);
    feed.poll();
    REQUIRE(ticks.size() == i);
    CHECK(ticks.back() == tick.updates);
    REQUIRE(orders.size() == i);
  }
}

TEST_CASE("fault 72: an objection that has no name here makes a price not live") {
  const Both both;
  Mapping mapping;
  layout::Header header;
  REQUIRE(open_segment(both.later.str(), O_RDWR, {}, mapping, header).code == OpenError::none);
  const WritableSegmentView view(mapping.base(), header);
  Reader reader(both.later.str());
  SymbolHandle symbol = reader.handle("1000SYM1USDT");
  REQUIRE(reader.price(symbol).live());
  const auto cell = view.find(SymbolKey::from("1000SYM1USDT"));
  REQUIRE(cell);
  Ticker ticker;
  REQUIRE(reader.last(symbol, ticker));
  for (unsigned bit = 1; bit < 256; bit *= 2) {
    ticker.objections = static_cast<std::uint8_t>(bit);
    view.ticker(*cell).publish(ticker);
    CHECK(reader.price(symbol).freshness == Freshness::stale);
    CHECK(reader.ticker("1000SYM1USDT").freshness == Freshness::stale);
    CHECK(reader.at(*cell).ticker.freshness == Freshness::stale);
    std::array<SymbolTicker, 64> all;
    REQUIRE(reader.snapshot(all) > *cell);
    CHECK(all[*cell].ticker.freshness == Freshness::stale);
  }
  ticker.objections = 0;
  view.ticker(*cell).publish(ticker);
  CHECK(reader.price(symbol).live());
}

TEST_CASE("fault 72: the successor of a later minor version's daemon carries its segment over") {
  const Both both(false);
  const auto carried = [](const std::string& name) {
    WriterOptions options = patient(name);
    options.unix_offset_ns = 1'700'000'000 * kSecond;  // what the gap is dated by
    const CacheWriter successor(options, boot_now());
    Lines lines = facts(name);
    // The instance, the pid and the start are each run's own.
    lines.erase(lines.begin());
    return lines;
  };
  compare(carried(both.later), carried(both.now));
}

TEST_CASE("fault 72: what an earlier minor version lacks is unknown") {
  const Both both;
  std::string bytes = read_file(both.now.path());
  const std::size_t errors =
      offsetof(layout::Header, parts) + layout::kErrors * sizeof(layout::PartRef);
  std::memset(bytes.data() + errors, 0, sizeof(layout::PartRef));
  const SegmentName earlier;
  write_file(earlier.path(), bytes);
  Lines wanted = facts(both.now);
  const std::size_t all = wanted.size();
  std::erase_if(wanted, [](const std::string& line) { return line.rfind("error ", 0) == 0; });
  CHECK(wanted.size() < all);
  compare(facts(earlier), wanted);
  const std::string dump = " dump " + earlier.str() + " key-of-the-tests";
  compare(output_of(STRANGER + dump), wanted);

  // A reader that knows a longer record reads the shorter one's fields, and nothing behind them.
  layout::TickerCell cell{};
  const Ring<Ticker, layout::Word> writer(cell.ticker.head, cell.ticker.slots, 2,
                                          layout::kWords<Ticker>);
  const Ring<LongerTicker, const layout::Word> reader(
      cell.ticker.head, cell.ticker.slots, 2, layout::kWords<Ticker>, layout::kWords<Ticker>);
  for (std::uint64_t i = 1; i <= 4; ++i) {
    Ticker tick = make_ticker(i);
    tick.updates = i;
    writer.publish(tick);
    LongerTicker found;
    found.added = 1234;
    std::uint64_t retries = 0;
    REQUIRE(reader.latest(found, retries) == ReadResult::ok);
    CHECK(is_whole(found.ticker));
    CHECK(found.ticker.updates == i);
    CHECK(found.added == LongerTicker().added);
  }
}

TEST_CASE("fault 72: another major version is refused with the reason") {
  const Both both;
  const std::string bytes = read_file(both.later.path());
  const auto give = [&](unsigned major, unsigned minor) {
    write_file(both.later.path(), with_version(bytes, static_cast<std::uint16_t>(major),
                                               static_cast<std::uint16_t>(minor)));
  };
  for (const unsigned major : {0U, 1U, layout::kMajor + 1U, 0x7fffU}) {
    for (const unsigned minor : {0U, 3U}) {
      give(major, minor);
      const std::string why = refusal_of(both.later);
      CAPTURE(why);
      const std::string version = std::to_string(major) + "." + std::to_string(minor);
      CHECK(why.find("has layout version " + version + ",") != std::string::npos);
      CHECK(why.find("reads those of major version 2:") != std::string::npos);
      CHECK(why.find("install the same version of tickcached and libtickcache") !=
            std::string::npos);
      CHECK(output_of(READER_2_0 + (" dump " + both.later.str())) ==
            Lines{"refused another version"});
    }
  }
  for (const unsigned minor : {0U, 1U, 65535U}) {
    give(layout::kMajor, minor);
    CHECK(refusal_of(both.later).empty());
  }
}
