// Any sequence of calls of the C interface, while the daemon's side writes, restarts, stops and
// loses its name. The caller keeps the header's conventions and nothing more. Seeds:
// tests/data/corpus/c_api.
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/proof/fuzz/fuzz_input.hpp"
#include "tickcache/tickcache.h"

namespace {

using namespace tickcache;
using tickcache::test::FuzzInput;

void require(bool holds) {
  if (!holds) std::abort();
}

struct CloseReader {
  void operator()(tickcache_reader* reader) const { tickcache_close(reader); }
};
struct CloseFeed {
  void operator()(tickcache_feed* feed) const { tickcache_feed_close(feed); }
};

bool is_freshness(int value) { return value >= TICKCACHE_MISSING && value <= TICKCACHE_LIVE; }

/// A symbol that mostly exists.
std::string symbol_from(FuzzInput& input) {
  const auto which = input.take<std::uint8_t>();
  switch (which % 4) {
    case 0:
      return "BTCUSDT";
    case 1:
      return "sym" + std::to_string(which / 4 % 8);
    case 2:
      return "all";
    default:
      return input.text().c_str();  // up to its first zero, as C sees it
  }
}

std::int64_t age_from(FuzzInput& input) {
  return input.take<std::uint8_t>() % 2 == 0 ? TICKCACHE_ANY_AGE : input.take<std::int64_t>();
}

class Machine {
 public:
  explicit Machine(FuzzInput input) : input_(input) {}

  void run() {
    while (!input_.empty()) {
      const auto what = input_.take<std::uint8_t>();
      switch (what % 4) {
        case 0:
          daemon(what / 4);
          break;
        case 1:
          reader(what / 4);
          break;
        case 2:
          feed(what / 4);
          break;
        default:
          value(what / 4);
          break;
      }
    }
  }

 private:
  void daemon(unsigned what) {
    const std::int64_t now = boot_now();
    if (!writer_ || what % 16 == 0) {
      WriterOptions options = test::options(name_);
      options.capacities = {4, 8};
      if (input_.take<std::uint8_t>() % 4 == 0) options.key = "another";
      writer_.reset();
      writer_ = std::make_unique<CacheWriter>(options, now);
      writer_->begin_epoch(0, now, unix_now());
      return;
    }
    const auto n = input_.take<std::uint8_t>();
    switch (what % 16) {
      case 1:
      case 2:
        for (int i = 0; i < n; ++i) {
          const std::string symbol = "SYM" + std::to_string((n + i) % 8);
          writer_->ticker(0, test::symbol(symbol), test::make_ticker(n), now);
        }
        break;
      case 3:
        writer_->ticker(0, test::symbol("BTCUSDT"), test::make_ticker(n), now);
        break;
      case 4:
        for (int i = 0; i < n; ++i) writer_->order(0, test::make_order(n), now);
        break;
      case 5:
        writer_->portfolio(0, test::make_portfolio(n), now);
        break;
      case 6:
        writer_->candle(0, test::symbol("BTCUSDT"), test::interval("1m"),
                        test::make_candle(n / 2, n % 2 == 0), now);
        break;
      case 7:
        writer_->set_connection(0, ConnectionState::waiting, now);
        writer_->begin_epoch(0, now, unix_now());
        break;
      case 8:
        writer_->stop(n % 2 == 0 ? RunState::stopped : RunState::auth_failed, now);
        break;
      case 9:
        unlink(name_.path().c_str());
        writer_->keep_name(now);
        break;
      case 10:
        writer_.reset();
        break;
      case 11:
        writer_->set_channel(static_cast<ChannelKind>(n % 6), test::symbol("BTCUSDT"),
                             test::interval("1m"), 0, static_cast<ChannelState>(n % 5), "why", now);
        break;
      case 12:
        writer_->set_wanted(test::symbol("BTCUSDT"), false);
        break;
      case 13:
        unlink(name_.path().c_str());
        break;
      default:
        writer_->beat(now);
        writer_->flush();
        break;
    }
  }

  void open_reader() {
    tickcache_reader* opened = nullptr;
    std::array<char, 64> message{};
    const bool other = input_.take<std::uint8_t>() % 8 == 0;
    const std::string name = other ? input_.text() : name_.str();
    const std::size_t room = input_.take<std::uint8_t>() % message.size();
    const int code =
        tickcache_open(name.empty() ? "x" : name.c_str(), &opened, message.data(), room);
    require((code == TICKCACHE_OK) == (opened != nullptr));
    require(code == TICKCACHE_OK || room == 0 || std::strlen(message.data()) < room);
    reader_.reset(opened);
  }

  void reader(unsigned what) {
    if (!reader_ || what % 16 == 0) return open_reader();
    tickcache_reader* const cache = reader_.get();
    tickcache_verdict verdict{};
    tickcache_ticker ticker{};
    int freshness = TICKCACHE_MISSING;
    switch (what % 16) {
      case 1:
        freshness =
            tickcache_get(cache, symbol_from(input_).c_str(), age_from(input_), &ticker, &verdict);
        break;
      case 2:
        freshness = tickcache_get_handle(cache, &handle_, age_from(input_), &ticker, nullptr);
        break;
      case 3: {
        tickcache_decimal price{};
        const std::int64_t age = age_from(input_);
        freshness = tickcache_price(cache, &handle_, age, &price, &verdict);
        require(tickcache_prices(cache, &handle_, 1, age, &price, nullptr) <= 1);
        break;
      }
      case 4:
        tickcache_last(cache, &handle_, &ticker);
        break;
      case 5: {
        std::array<tickcache_symbol_ticker, 4> all;
        const std::size_t room = input_.take<std::uint8_t>() % (all.size() + 1);
        require(tickcache_snapshot(cache, age_from(input_), all.data(), room) <= 4);
        break;
      }
      case 6: {
        std::array<tickcache_order, 4> orders;
        std::size_t count = 0;
        std::int64_t gap = 0;
        const std::size_t room = input_.take<std::uint8_t>() % (orders.size() + 1);
        freshness =
            tickcache_orders(cache, age_from(input_), orders.data(), room, &count, &gap, &verdict);
        require(count <= room);
        break;
      }
      case 7: {
        tickcache_portfolio portfolio;
        freshness = tickcache_portfolio_latest(cache, age_from(input_), &portfolio, &verdict);
        break;
      }
      case 8: {
        std::array<tickcache_candle, 4> candles;
        std::size_t count = 0;
        const std::size_t room = input_.take<std::uint8_t>() % (candles.size() + 1);
        const std::string interval =
            input_.take<std::uint8_t>() % 2 == 0 ? "1m" : std::string(input_.text().c_str());
        freshness = tickcache_candles(cache, symbol_from(input_).c_str(), interval.c_str(),
                                      age_from(input_), candles.data(), room, &count, &verdict);
        require(count <= room);
        break;
      }
      case 9: {
        tickcache_feed_status status;
        freshness = tickcache_status(cache, &status);
        require(std::memchr(status.version, 0, sizeof status.version) != nullptr);
        break;
      }
      case 10: {
        std::array<tickcache_channel_status, 4> channels;
        tickcache_channels(cache, channels.data(), input_.take<std::uint8_t>() % 5);
        break;
      }
      case 11:
        tickcache_key_matches(cache, input_.text().c_str());
        break;
      case 12:
        word_ = tickcache_wake_word(cache);
        break;
      case 13:
        tickcache_wait(cache, word_, input_.take<std::uint32_t>(), input_.take<std::int8_t>());
        break;
      case 14:
        tickcache_wait_symbol(cache, word_, &handle_, input_.take<std::int8_t>());
        break;
      default: {
        std::array<char, 16> message;
        tickcache_error(cache, message.data(), message.size());
        if (input_.take<std::uint8_t>() == 255) tickcache_stop(cache);
        break;
      }
    }
    require(is_freshness(freshness) && is_freshness(verdict.freshness));
  }

  static void on_event(const tickcache_event* event, void* user) {
    auto& machine = *static_cast<Machine*>(user);
    machine.check(*event);
    // A handler may ask for more, stop, and (in vain) poll.
    if (machine.handled_++ % 64 == 63) {
      tickcache_feed_on_ticker(machine.feed_.get(), "SYM1", TICKCACHE_LATEST, &on_event, user);
      require(tickcache_feed_poll(machine.feed_.get(), SIZE_MAX) == 0);
    }
  }

  void check(const tickcache_event& event) {
    require(event.kind >= TICKCACHE_EVENT_TICK && event.kind <= TICKCACHE_EVENT_GAP);
    require((event.order != nullptr) == (event.kind == TICKCACHE_EVENT_ORDER));
    require((event.candle != nullptr) == (event.kind == TICKCACHE_EVENT_CANDLE));
    require((event.portfolio != nullptr) == (event.kind == TICKCACHE_EVENT_PORTFOLIO));
    require(std::memchr(event.symbol, 0, sizeof event.symbol) != nullptr);
    // Positions only grow, whatever happens to the daemon, as long as the key is the same.
    if (event.order != nullptr) require(event.order->position != 0);
  }

  void feed(unsigned what) {
    if (!feed_ || what % 16 == 0) {
      tickcache_feed* opened = nullptr;
      require((tickcache_feed_open(name_.str().c_str(), &opened, nullptr, 0) == TICKCACHE_OK) ==
              (opened != nullptr));
      feed_.reset(opened);
      return;
    }
    tickcache_feed* const events = feed_.get();
    const tickcache_handler handler = input_.take<std::uint8_t>() % 2 == 0 ? &on_event : nullptr;
    switch (what % 16) {
      case 1:
      case 2:
        if (++asked_ > 16) break;  // each is called for each tick
        tickcache_feed_on_ticker(events, symbol_from(input_).c_str(),
                                 input_.take<std::uint8_t>() % 2, handler, this);
        break;
      case 3:
        if (++asked_ > 16) break;
        tickcache_feed_on_candles(events, symbol_from(input_).c_str(), "1m", handler, this);
        break;
      case 4:
        if (++asked_ > 16) break;
        tickcache_feed_on_order_update(events, handler, this);
        break;
      case 5:
        if (++asked_ > 16) break;
        tickcache_feed_on_portfolio(events, handler, this);
        break;
      case 6:
        if (++asked_ > 16) break;
        tickcache_feed_on_status(events, handler, this);
        tickcache_feed_on_gap(events, handler, this);
        break;
      case 7:
      case 8:
        tickcache_feed_poll(events, SIZE_MAX);
        break;
      case 9:
      case 10:
      case 11: {
        tickcache_event event{};
        for (int i = input_.take<std::uint8_t>(); i >= 0 && tickcache_feed_next(events, &event);
             --i) {
          check(event);
        }
        break;
      }
      case 12:
        tickcache_feed_wait(events, input_.take<std::int8_t>());
        break;
      case 13:
        tickcache_feed_key_matches(events, "key-of-the-tests");
        break;
      case 14:
        tickcache_feed_stop(events);
        tickcache_feed_run_forever(events);
        break;
      default:
        tickcache_feed_missed(events);
        break;
    }
  }

  /// What needs neither reader nor feed.
  void value(unsigned what) {
    switch (what % 4) {
      case 0:
        handle_ = tickcache_symbol(symbol_from(input_).c_str());
        break;
      case 1: {  // as a program with a bug might pass it
        handle_ = input_.take<tickcache_handle>();
        handle_.symbol[sizeof handle_.symbol - 1] = '\0';
        break;
      }
      case 2: {
        const auto decimal = input_.take<tickcache_decimal>();
        std::array<char, TICKCACHE_DECIMAL_CHARS> text;
        if (decimal.scale <= 18)
          require(tickcache_decimal_text(decimal, text.data()) < text.size());
        tickcache_decimal_double(decimal);
        break;
      }
      default:
        require(tickcache_freshness_text(input_.take<int>()) != nullptr);
        require(tickcache_reason_text(input_.take<int>()) != nullptr);
        break;
    }
  }

  FuzzInput input_;
  const test::SegmentName name_;
  std::unique_ptr<CacheWriter> writer_;
  std::unique_ptr<tickcache_reader, CloseReader> reader_;
  std::unique_ptr<tickcache_feed, CloseFeed> feed_;
  tickcache_handle handle_{};
  std::uint32_t word_ = 0;
  std::uint64_t handled_ = 0;
  int asked_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  setenv("TICKCACHE_USER", "root", 1);  // the user that the system finds fastest
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Machine(FuzzInput(data, size)).run();
  return 0;
}
