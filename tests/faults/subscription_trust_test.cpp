// A value is live only if it is of the present subscription: the exchange, or a reload, ends one
// while the connection stays open.
#include <doctest/doctest.h>
#include <signal.h>

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "support/program.hpp"
#include "support/segment_name.hpp"
#include "support/temporary_directory.hpp"
#include "tests/faults/hostile.hpp"
#include "tickcache/tickcache.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;
using tickcache::test::soon;

namespace {

const std::string kOrder =
    R"({"channel":"orders","data":{"order_id":"1","symbol":"BTCUSDT","status":"filled"}})";
const std::string kPortfolio = R"({"channel":"portfolio","data":{"total_equity":"100.00"}})";

std::string candle(const std::string& symbol, int minute, bool closed = true) {
  return R"({"channel":"candles","symbol":")" + symbol +
         R"(","interval":"1m","data":{"time":"2026-02-23T10:)" + std::to_string(10 + minute) +
         R"(:00Z","open":"1","high":"2","low":"1","close":"2","volume":"3","is_closed":)" +
         (closed ? "true" : "false") + "}}";
}

/// An exchange that sends what the test says, and answers requests as it says.
class Obedient {
 public:
  /// What a request is answered with; empty: nothing.
  using Answer = std::function<std::string(const std::string& request)>;

  Obedient()
      : server_({[this](Peer& peer) {
          peer.accept();
          for (;;) {
            const auto frame = peer.read_frame(5ms);
            if (frame && frame->opcode == kClose) return;
            if (frame && !reply(peer, frame->payload)) return;
            for (const std::string& bytes : take_pending()) {
              if (!peer.send(bytes)) return;
            }
          }
        }}) {}

  [[nodiscard]] std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(server_.port()) + "/ws/v1";
  }
  void send(const std::string& text) { send_bytes(text_frame(text)); }
  void send_bytes(const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    pending_.push_back(bytes);
  }
  void answer_with(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  /// How many requests had all of `parts` in them.
  [[nodiscard]] std::size_t requests_with(const std::vector<std::string>& parts) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(requests_.begin(), requests_.end(), [&](const std::string& request) {
          return std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
            return request.find(part) != std::string::npos;
          });
        }));
  }
  [[nodiscard]] std::size_t connections() const { return server_.connections(); }

 private:
  bool reply(Peer& peer, const std::string& request) {
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      answer = answer_ ? answer_(request) : acknowledgement_of(request);
    }
    return answer.empty() || peer.text(answer);
  }
  std::deque<std::string> take_pending() {
    const std::lock_guard lock(mutex_);
    return std::exchange(pending_, {});
  }

  mutable std::mutex mutex_;
  std::deque<std::string> pending_;
  std::vector<std::string> requests_;
  Answer answer_;
  Hostile server_;
};

/// tickcached with a configuration file that the test rewrites.
struct Reloaded {
  Obedient exchange;
  test::TemporaryDirectory directory;
  test::SegmentName segment;
  test::Program program;
  Reader reader{segment.str()};

  explicit Reloaded(const std::string& configuration)
      : program({TICKCACHED,
                 {"--config=" + write(configuration), "--url=" + exchange.url(),
                  "--segment=" + segment.str(), "--rest=false", "--max-lag=0"},
                 {"AGENTEXCHANGE_API_KEY=ak_live_hostile"}}) {}

  std::string write(const std::string& configuration) {
    return directory.write("tickcached.conf", configuration);
  }
  void reload(const std::string& configuration) {
    write(configuration);
    program.signal(SIGHUP);
  }
  Status status() {
    Status status;
    reader.status(status);
    return status;
  }
  Result<Ticker> ticker(const std::string& symbol = "BTCUSDT") { return reader.ticker(symbol); }
};

/// A channel that is on, off and on again: what it is called, and how it is judged.
struct Kind {
  std::string name;
  std::string on;
  std::string off;
  std::string data;
  std::function<std::pair<Freshness, Reason>(Reader&)> judge;
};

std::array<Order, 4> orders;
std::array<Candle, 4> candles;

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"portfolio", "symbols=none\norders=false\nportfolio=true\n",
       "symbols=none\norders=false\nportfolio=false\n", kPortfolio,
       [](Reader& reader) {
         const auto result = reader.portfolio();
         return std::pair(result.freshness, result.reason);
       }},
      {"orders", "symbols=none\norders=true\nportfolio=false\n",
       "symbols=none\norders=false\nportfolio=false\n", kOrder,
       [](Reader& reader) {
         const auto result = reader.orders(orders);
         return std::pair(result.freshness, result.reason);
       }},
      {"candles", "symbols=none\norders=false\nportfolio=false\ncandles=BTCUSDT:1m\n",
       "symbols=none\norders=false\nportfolio=false\n", candle("BTCUSDT", 1),
       [](Reader& reader) {
         const auto result = reader.candles("BTCUSDT", "1m", candles);
         return std::pair(result.freshness, result.reason);
       }},
      {"ticker", "symbols=BTCUSDT,ETHUSDT\norders=false\nportfolio=false\n",
       "symbols=ETHUSDT\norders=false\nportfolio=false\n", tick("BTCUSDT", "100.5"),
       [](Reader& reader) {
         const auto result = reader.ticker("BTCUSDT");
         return std::pair(result.freshness, result.reason);
       }},
  };
  return all;
}

constexpr std::pair kLive{Freshness::live, Reason::none};
constexpr std::pair kEarlier{Freshness::stale, Reason::previous_epoch};

}  // namespace

TEST_CASE("a channel that is off and on again by reload is live only with new data") {
  for (const Kind& kind : kinds()) {
    for (const std::string& answer :
         {std::string(),
          std::string(R"({"type":"error","code":"INVALID_CHANNEL","message":"no"})")}) {
      CAPTURE(kind.name);
      CAPTURE(answer);
      Reloaded at(kind.on);
      INFO("tickcached: ", at.program.err());
      const auto judged = [&] { return kind.judge(at.reader); };
      REQUIRE(soon([&] { return at.exchange.requests_with({"\"subscribe\"", kind.name}) > 0; }));
      at.exchange.send(kind.data);
      REQUIRE(soon([&] { return judged() == kLive; }));
      at.reload(kind.off);
      REQUIRE(soon([&] { return judged() == std::pair(Freshness::stale, Reason::unsubscribed); }));
      // The unsubscription is acknowledged, the new request is refused or never answered.
      const std::size_t before = at.exchange.requests_with({"\"subscribe\"", kind.name});
      at.exchange.answer_with([&](const std::string& request) {
        const bool mine =
            request.find(kind.name == "ticker" ? "BTCUSDT" : kind.name) != request.npos;
        const bool subscribes = request.find("\"subscribe\"") != request.npos;
        return mine && subscribes ? answer : acknowledgement_of(request);
      });
      at.reload(kind.on);
      at.exchange.send(kind.data);  // was under way
      REQUIRE(soon([&] {
        return at.exchange.requests_with({"\"subscribe\"", kind.name}) > before &&
               judged() == kEarlier;
      }));
      at.exchange.send(kind.data);
      at.exchange.send(R"({"type":"mark"})");
      REQUIRE(soon([&] { return at.status().counter(Counter::ignored_type) == 1; }));
      CHECK(judged() == kEarlier);
      CHECK(at.exchange.connections() == 1);
    }
  }
}

TEST_CASE("a subscription that the exchange ends by itself is stale, and asked for again") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    Reloaded at(kind.on);
    INFO("tickcached: ", at.program.err());
    const auto judged = [&] { return kind.judge(at.reader); };
    std::string request;
    std::mutex mutex;
    at.exchange.answer_with([&](const std::string& text) {
      const std::lock_guard lock(mutex);
      if (kind.name != "ticker" || text.find("BTCUSDT") != text.npos) request = text;
      return acknowledgement_of(text);
    });
    REQUIRE(soon([&] { return at.exchange.requests_with({"\"subscribe\"", kind.name}) > 0; }));
    at.exchange.send(kind.data);
    REQUIRE(soon([&] { return judged() == kLive; }));
    const std::size_t before = at.exchange.requests_with({"\"subscribe\"", kind.name});
    std::string ended;
    {
      const std::lock_guard lock(mutex);
      ended = acknowledgement_of(request);
    }
    REQUIRE(ended.find("\"subscribed\"") != ended.npos);
    ended.replace(ended.find("\"subscribed\""), 12, "\"unsubscribed\"");
    at.exchange.send(ended);
    REQUIRE(soon([&] {
      return at.exchange.requests_with({"\"subscribe\"", kind.name}) == before + 1;
    }));
    CHECK(judged() == kEarlier);
    at.exchange.send(kind.data);
    CHECK(soon([&] { return judged() == kLive; }));
  }
}

TEST_CASE("a newest price that is rejected leaves no older one live") {
  const std::string rejected[] = {
      text_frame(tick("BTCUSDT", "123456789012.1234567890")),
      text_frame(tick("BTCUSDT", "0")),
      text_frame(tick("BTCUSDT", "-5")),
      text_frame(R"({"channel":"ticker","symbol":"BTCUSDT","data":{"price":"101","x":1e400}})"),
      text_frame(R"({"channel":"ticker","symbol":"BTCUSDT","data":{"price":"101")"),
      text_frame(R"({"channel":"ticker","symbol":"BTC\u0055SDT","data":{"price":"0"}})"),
      text_frame(
          R"({"data":{"channel":"spot","symbol":"BTCUSDT","price":"0"},"channel":"ticker"})"),
      text_frame(
          R"({"channel":"ticker","symbol":"OTHER","data":{"symbol":"BTCUSDT","price":"2"}})"),
      text_frame(R"({"type":"candle","symbol":"BTCUSDT","data":{"price":"2"},"channel":"ticker"})"),
      bytes_of({.opcode = kBinary, .payload = tick("BTCUSDT", "101")}),
  };
  Reloaded at("symbols=all\n");
  INFO("tickcached: ", at.program.err());
  REQUIRE(soon([&] { return at.exchange.requests_with({"\"subscribe\""}) > 0; }));
  Feed feed(at.segment.str());
  std::map<std::string, std::uint64_t> missed;
  feed.on_ticker("BTCUSDT", [&](const Tick& tick) { missed["symbol"] += tick.missed; });
  feed.on_ticker("all", [&](const Tick& tick) { missed["all"] += tick.missed; });
  feed.on_gap([&](const FeedGap& gap) {
    CHECK(gap.cause == GapCause::not_stored);
    CHECK(gap.symbol == "BTCUSDT");
    missed["gaps"] += gap.missed;
  });
  for (const std::string& frame : rejected) {
    CAPTURE(frame);
    at.exchange.send(tick("ETHUSDT", "7"));
    at.exchange.send(tick("BTCUSDT", "100.5"));
    REQUIRE(soon([&] { return at.ticker().live() && at.ticker("ETHUSDT").live(); }));
    at.exchange.send_bytes(frame);
    CHECK(soon([&] { return at.ticker().reason == Reason::rejected; }));
    CHECK(at.ticker().value.price().str() == "100.5");
    CHECK(at.ticker("ETHUSDT").live());
  }
  at.exchange.send(tick("BTCUSDT", "101"));
  CHECK(soon([&] { return at.ticker().live(); }));
  while (feed.poll() > 0) continue;
  CHECK(missed["symbol"] == std::size(rejected));
  CHECK(missed["all"] == std::size(rejected));
  CHECK(missed["gaps"] == std::size(rejected));
  CHECK(soon([&] {
    const std::string log = at.program.err();
    return log.find("rejected_price: {") != log.npos && log.find("rejected_json: {") != log.npos &&
           log.find("rejected_binary: {") != log.npos;
  }));
}

TEST_CASE("a private message that contradicts itself leaves no older one live") {
  Reloaded at("symbols=none\norders=true\nportfolio=true\n");
  INFO("tickcached: ", at.program.err());
  REQUIRE(soon([&] { return at.exchange.requests_with({"\"subscribe\""}) == 2; }));
  const Kind& portfolio = kinds()[0];
  const Kind& order = kinds()[1];
  at.exchange.send(portfolio.data);
  at.exchange.send(order.data);
  REQUIRE(
      soon([&] { return portfolio.judge(at.reader) == kLive && order.judge(at.reader) == kLive; }));
  at.exchange.send(R"({"channel":"portfolio","type":"ticker","data":{"total_equity":"1"}})");
  CHECK(soon([&] { return portfolio.judge(at.reader) == kEarlier; }));
  CHECK(order.judge(at.reader) == kLive);
  at.exchange.send(R"({"data":{"type":"limit","order_id":"","status":"filled"},"type":"orders"})");
  CHECK(soon([&] { return order.judge(at.reader) == kEarlier; }));
  CHECK(at.reader.orders(orders).gap_since_ns != 0);
}

TEST_CASE("a feed is told of what it missed while a channel was off") {
  const std::string on =
      "symbols=BTCUSDT,ETHUSDT\norders=false\nportfolio=true\ncandles=BTCUSDT:1m\n";
  Reloaded at(on);
  INFO("tickcached: ", at.program.err());
  Feed feed(at.segment.str());
  std::map<std::string, int> seen;
  feed.on_ticker("BTCUSDT", [&](const Tick&) { ++seen["tick"]; });
  feed.on_portfolio([&](const PortfolioUpdate&) { ++seen["portfolio"]; });
  feed.on_candles("BTCUSDT", "1m", [&](const ClosedCandle&) { ++seen["candle"]; });
  feed.on_gap([&](const FeedGap& gap) {
    CHECK(gap.cause == GapCause::not_stored);
    ++seen[std::string("gap ") + to_string(gap.channel)];
  });
  const auto send_all = [&](int minute) {
    at.exchange.send(tick("BTCUSDT", "100.5"));
    at.exchange.send(kPortfolio);
    at.exchange.send(candle("BTCUSDT", minute));
  };
  const auto seen_all = [&](int count) {
    return soon([&] {
      feed.poll();
      return seen["tick"] == count && seen["portfolio"] == count && seen["candle"] == count;
    });
  };
  REQUIRE(soon([&] { return at.exchange.requests_with({"\"subscribe\""}) == 4; }));
  send_all(1);
  REQUIRE(seen_all(1));
  at.reload("symbols=ETHUSDT\norders=false\nportfolio=false\ncandles=\n");
  REQUIRE(soon([&] { return at.exchange.requests_with({"\"unsubscribe\""}) == 3; }));
  at.reload(on);
  REQUIRE(soon([&] { return at.exchange.requests_with({"\"subscribe\""}) == 7; }));
  REQUIRE(soon([&] {
    const Status status = at.status();
    std::size_t acknowledged = 0;
    for (std::size_t i = 0; i < status.channel_count; ++i) {
      acknowledged += status.channels[i].state == ChannelState::acknowledged;
    }
    return acknowledged == 4;
  }));
  CHECK(seen.size() == 3);
  send_all(2);
  REQUIRE(seen_all(2));
  CHECK(seen["gap ticker"] + seen["gap all_tickers"] == 1);
  CHECK(seen["gap portfolio"] == 1);
  CHECK(seen["gap candles"] == 1);
  send_all(3);
  REQUIRE(seen_all(3));
  CHECK(seen["gap ticker"] + seen["gap all_tickers"] + seen["gap portfolio"] == 2);
}

TEST_CASE("what was not asked for is counted, and takes nobody's place") {
  Reloaded at("symbols=BTCUSDT\norders=false\nportfolio=false\ncandles=\n");
  INFO("tickcached: ", at.program.err());
  REQUIRE(soon([&] { return at.exchange.requests_with({"\"subscribe\""}) == 1; }));
  constexpr int kSeries = 1000;
  for (int i = 0; i < kSeries; ++i) at.exchange.send(candle("SYM" + std::to_string(i), 1));
  at.exchange.send(kOrder);
  at.exchange.send(kPortfolio);
  REQUIRE(soon([&] { return at.status().counter(Counter::filtered) == kSeries + 2; }));
  const Status status = at.status();
  CHECK(status.counter(Counter::candles) + status.counter(Counter::orders) == 0);
  CHECK(status.counter(Counter::rejected_capacity) == 0);
  CHECK(at.reader.orders(orders).count == 0);
  CHECK_FALSE(at.reader.portfolio().has_value);
  at.reload("symbols=BTCUSDT\ncandles=BTCUSDT:1m\n");
  REQUIRE(soon([&] { return at.exchange.requests_with({"\"subscribe\"", "candles"}) == 1; }));
  at.exchange.send(candle("BTCUSDT", 1));
  CHECK(soon([&] { return at.reader.candles("BTCUSDT", "1m", candles).live(); }));
}
