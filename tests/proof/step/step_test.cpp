// The writer, stopped after each of its instructions; a reader in another process looks at all it
// can see. Where a writer is stopped it may as well have been killed: the memory is the same.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libcache/reader/reader_impl.hpp"
#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/sanitizers.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/proof/step/stepped.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

const SymbolText kKnown = symbol("BTCUSDT");
const SymbolText kOther = symbol("ETHUSDT");
const SymbolText kNew = symbol("SOLUSDT");
const IntervalText kMinute = interval("1m");

/// More than a ring holds, so that what is appended overwrites something.
constexpr std::uint64_t kBefore = layout::kOrderSlots + 3;

WriterOptions small(const std::string& name) {
  WriterOptions result = options(name);
  result.capacities = {8, 16};
  result.liveness_timeout_ns = 3600 * kSecond;  // stepping takes its time
  result.silence_after_ns = 0;
  return result;
}

/// A writer that has published everything a few times.
std::unique_ptr<CacheWriter> prepared(const std::string& name) {
  auto writer = std::make_unique<CacheWriter>(small(name), boot_now());
  const std::int64_t now = boot_now();
  writer->begin_epoch(0, now, unix_now());
  for (std::uint64_t n = 1; n <= kBefore; ++n) {
    writer->ticker(0, kKnown, make_ticker(n), now);
    writer->ticker(0, kOther, make_ticker(n), now);
    writer->order(0, make_order(n), now);
    writer->portfolio(0, make_portfolio(n), now);
    writer->candle(0, kKnown, kMinute, make_candle(n, true), now);
    writer->candle(0, kKnown, kMinute, make_candle(n + 1, false), now);
  }
  writer->beat(now);
  writer->flush();
  return writer;
}

/// is_whole(), but the wanted order is made once only.
bool is_expected(const Order& order) {
  static std::vector<std::unique_ptr<Order>> wanted(kBefore + 2);
  const auto number = static_cast<std::uint64_t>(order.filled_at_ns);
  if (number >= wanted.size()) return false;
  if (!wanted[number]) wanted[number] = std::make_unique<Order>(make_order(number));
  Order plain = order;
  plain.received_ns = plain.gap_since_ns = 0;
  plain.epoch = 0;
  plain.connection = 0;
  plain.origin = 0;
  return std::memcmp(wanted[number].get(), &plain, sizeof plain) == 0;
}

/// What a reader that looks again and again has found wrong.
class Looking {
 public:
  explicit Looking(const std::string& segment) : reader_(segment) {
    for (const SymbolText& name : {kKnown, kOther, kNew}) {
      seen_.push_back({reader_.handle(name.view()), 0, 0, false});
    }
  }

  /// Looks at the tickers, and at everything else too if it is `thorough`.
  void look(bool thorough = true) {
    ++looks_;
    for (Seen& seen : seen_) look_at(seen);
    check(reader_.retries() == 0, "a second try was needed");
    if (!thorough) return;
    look_at_symbols();
    look_at_tape();
    look_at_orders();
    look_at_candles();
    const Result<Portfolio> portfolio = reader_.portfolio();
    check(portfolio.has_value && is_whole(portfolio.value), "portfolio");
    check(reader_.retries() == 0, "a second try was needed");
  }

  /// What was wrong first, and after how many looks; empty: nothing.
  [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }
  Reader& reader() noexcept { return reader_; }
  [[nodiscard]] std::uint64_t updates(std::size_t i) const { return seen_[i].updates; }
  [[nodiscard]] bool live(std::size_t i) const { return seen_[i].live; }

 private:
  struct Seen {
    SymbolHandle handle;
    std::uint64_t updates;
    std::uint32_t epoch;
    bool live;
  };

  void check(bool right, std::string_view what) {
    if (!right && wrong_.empty()) {
      wrong_ = std::string(what) + ", at look " + std::to_string(looks_);
    }
  }

  void look_at(Seen& seen) {
    const Result<Ticker> result = reader_.ticker(seen.handle);
    if (!result.has_value) {
      check(seen.handle.symbol() == kNew.view() && seen.updates == 0, "a tick is missing");
      return;
    }
    const Ticker& ticker = result.value;
    check(is_whole(ticker), "a tick is torn");
    check(ticker.updates == seen.updates || ticker.updates == seen.updates + 1 || seen.updates == 0,
          "a tick is neither old nor new");
    // Live again only by a tick of an epoch that was not there when it was not.
    check(!result.live() || seen.live || ticker.updates != seen.updates || seen.updates == 0,
          "live again without a tick");
    check(!result.live() || ticker.epoch >= last_live_epoch_, "live in an old epoch");
    if (result.live()) last_live_epoch_ = ticker.epoch;
    seen = {seen.handle, ticker.updates, ticker.epoch, result.live()};
  }

  void look_at_symbols() {
    const std::size_t count = reader_.symbol_count();
    check(count == 2 || count == 3, "number of symbols");
    for (std::uint32_t i = 0; i < count; ++i) {
      const SymbolTicker entry = reader_.at(i);
      const SymbolText& name = i == 0 ? kKnown : i == 1 ? kOther : kNew;
      check(entry.symbol == name, "the name of a symbol");
      check(entry.ticker.has_value && is_whole(entry.ticker.value), "the tick of a symbol");
      check(entry.ticker.value.symbol_index == i, "the number of a symbol");
    }
  }

  void look_at_tape() {
    const SegmentView& view = reader_.impl().view();
    const auto tape = view.tape();
    const std::uint64_t head = tape.head();
    const std::uint64_t readable = std::min(head, tape.readable());
    for (std::uint64_t position = head - readable + 1; position <= head; ++position) {
      Ticker ticker;
      const ReadResult result = tape.read(position, ticker);
      check(result == ReadResult::ok, "a tick of the tape cannot be read");
      check(is_whole(ticker), "a tick of the tape is torn");
      check(ticker.symbol_index < view.symbol_count(), "a tick of the tape is of no symbol");
    }
  }

  void look_at_orders() {
    const ListResult result = reader_.orders(orders_);
    check(result.count == orders_.size(), "number of orders");
    for (std::size_t i = 0; i < result.count; ++i) {
      check(is_expected(orders_[i]), "an order is torn");
      const std::uint64_t number = result.first_position + i;
      check(static_cast<std::uint64_t>(orders_[i].filled_at_ns) == number, "an order is misplaced");
    }
    check(result.first_position >= first_order_, "the orders went back");
    first_order_ = result.first_position;
  }

  void look_at_candles() {
    const ListResult result = reader_.candles(kKnown.view(), "1m", candles_);
    check(result.count == candles_.size(), "number of candles");
    for (std::size_t i = 0; i < result.count; ++i) {
      check(is_whole(candles_[i]), "a candle is torn");
      check(i == 0 || number_of(candles_[i]) == number_of(candles_[i - 1]) + 1, "a candle is lost");
    }
    const std::uint64_t newest = number_of(candles_.back());
    check(newest >= newest_candle_, "the candles went back");
    newest_candle_ = newest;
  }

  Reader reader_;
  std::vector<Seen> seen_;
  std::array<Order, 100> orders_;
  std::array<Candle, 50> candles_;
  std::uint32_t last_live_epoch_ = 0;
  std::uint64_t first_order_ = 0;
  std::uint64_t newest_candle_ = 0;
  std::uint64_t looks_ = 0;
  std::string wrong_;
};

struct Passage {
  std::string what;
  std::function<void(std::unique_ptr<CacheWriter>& writer, const SegmentName& name)> act;
  std::function<void(Looking& looking)> after;
};

/// Instructions of a passage after each of which everything is looked at.
constexpr std::uint64_t kThorough = 40'000;

/// Steps through it, and looks after each instruction.
void step_through(const Passage& passage) {
  CAPTURE(passage.what);
  const SegmentName name;
  Stepped writer([&] { return prepared(name); }, [&](auto& state) { passage.act(state, name); });
  REQUIRE(writer.ready());
  Looking looking(name);
  looking.look();
  std::uint64_t instructions = 0;
  while (looking.wrong().empty() && writer.step()) {
    // Most of a long passage is about a segment that has no name yet.
    looking.look(instructions < kThorough || instructions % 64 == 0);
    ++instructions;
  }
  looking.look();
  CHECK(looking.wrong() == "");
  CHECK(writer.finish());
  passage.after(looking);
  CHECK(instructions > 100);
  MESSAGE(passage.what << ": " << instructions << " instructions");
}

const Passage kPublications[] = {
    {"a tick of a known symbol",
     [](auto& writer, auto&) { writer->ticker(0, kKnown, make_ticker(kBefore + 1), boot_now()); },
     [](Looking& looking) { CHECK(looking.updates(0) == kBefore + 1); }},
    {"the first tick of a symbol",
     [](auto& writer, auto&) { writer->ticker(0, kNew, make_ticker(1), boot_now()); },
     [](Looking& looking) {
       CHECK(looking.updates(2) == 1);
       CHECK(looking.reader().symbol_count() == 3);
     }},
    {"an order update",
     [](auto& writer, auto&) { writer->order(0, make_order(kBefore + 1), boot_now()); },
     [](Looking& looking) {
       std::array<Order, 1> newest;
       CHECK(looking.reader().orders(newest).first_position == kBefore + 1);
     }},
    {"an open candle and its close",
     [](auto& writer, auto&) {
       writer->candle(0, kKnown, kMinute, make_candle(kBefore + 1, true), boot_now());
       writer->candle(0, kKnown, kMinute, make_candle(kBefore + 2, false), boot_now());
     },
     [](Looking& looking) {
       std::array<Candle, 1> newest;
       CHECK(looking.reader().candles(kKnown.view(), "1m", newest).count == 1);
       CHECK(number_of(newest[0]) == kBefore + 2);
     }},
    {"a portfolio",
     [](auto& writer, auto&) { writer->portfolio(0, make_portfolio(kBefore + 1), boot_now()); },
     [](Looking& looking) {
       const auto newest = looking.reader().portfolio().value.exchange_time_ns;
       CHECK(newest == static_cast<std::int64_t>(kBefore + 1));
     }},
};

const Passage kReconnection{"the connection is lost and opened again, a tick comes",
                            [](auto& writer, auto&) {
                              const std::int64_t now = boot_now();
                              writer->set_connection(0, ConnectionState::waiting, now);
                              writer->flush();
                              writer->begin_epoch(0, now, unix_now());
                              writer->ticker(0, kKnown, make_ticker(kBefore + 1), now);
                              writer->flush();
                            },
                            [](Looking& looking) {
                              CHECK(looking.live(0));
                              CHECK_FALSE(looking.live(1));
                            }};

const Passage kStop{"a clean stop",
                    [](auto& writer, auto&) { writer->stop(RunState::stopped, boot_now()); },
                    [](Looking& looking) { CHECK_FALSE(looking.live(0)); }};

const Passage kLostName{"the name is removed, and the segment published again",
                        [](auto& writer, auto& name) {
                          unlink(name.path().c_str());
                          writer->keep_name(boot_now());
                          writer->ticker(0, kKnown, make_ticker(kBefore + 1), boot_now());
                        },
                        [](Looking& looking) { CHECK(looking.updates(0) == kBefore + 1); }};

const Passage kTakeOver{"the next daemon takes over",
                        [](auto& writer, auto& name) {
                          writer.reset();
                          writer = std::make_unique<CacheWriter>(small(name), boot_now());
                        },
                        [](Looking& looking) {
                          CHECK(looking.updates(0) == kBefore);
                          CHECK_FALSE(looking.live(0));
                        }};

}  // namespace

TEST_CASE("fault 34: stopped at every instruction of a publication, a reader sees old or new") {
  for (const Passage& passage : kPublications) step_through(passage);
}

TEST_CASE("fault 34: stopped at every instruction of a reconnection, nothing old is live") {
  step_through(kReconnection);
  step_through(kStop);
}

TEST_CASE("fault 39: stopped at every instruction of publishing a lost name again") {
  step_through(kLostName);
}

TEST_CASE("fault 34: stopped at every instruction of a start, readers keep the last good values" *
          doctest::skip(kAddressSanitizer)) {
  step_through(kTakeOver);
}

TEST_CASE("fault 34: killed before and after each system call of a start, the next one succeeds") {
  const SegmentName name;
  { prepared(name); }

  std::uint64_t kills = 0;
  for (bool returned = false; !returned; ++kills) {
    CAPTURE(kills);
    Stepped starting(
        [] { return std::unique_ptr<CacheWriter>(); },
        [&](auto& writer) { writer = std::make_unique<CacheWriter>(small(name), boot_now()); });
    REQUIRE(starting.ready());
    for (std::uint64_t call = 0; call <= kills && !returned; ++call) {
      returned = !starting.step_system_call();
    }
    starting.kill();
    {
      Looking looking(name);  // whatever the killed one left under the name
      looking.look();
      CHECK(looking.wrong() == "");
      CHECK(looking.updates(0) == kBefore);
    }
    CacheWriter next(small(name), boot_now());
    Looking looking(name);
    looking.look();
    CHECK(looking.wrong() == "");
    CHECK(looking.updates(0) == kBefore);
    CHECK_FALSE(looking.live(0));
    CHECK(looking.reader().ticker(kKnown.view()).reason == Reason::reconnecting);
    CHECK_FALSE(exists(name.next_path()));
  }
  CHECK(kills > 20);
  MESSAGE(kills << " kills");
}
