#include "daemon/sources/net/resolver.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "support/soon.hpp"

namespace tickcache::daemon {
namespace {

namespace asio = boost::asio;
using asio::ip::make_address;
using asio::ip::tcp;
using boost::system::error_code;

struct Answer {
  error_code error;
  Endpoints endpoints;
};

/// Keeps the loop waiting for what threads will post.
struct Loop {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};

  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + test::kPatience;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      io.run_one_for(std::chrono::milliseconds(10));
    }
    return done();
  }
};

/// A look-up that hangs until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++inside_;
    opened_.wait(lock, [&] { return open_; });
    ++passed_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  int inside() {
    const std::lock_guard lock(mutex_);
    return inside_;
  }
  int passed() {
    const std::lock_guard lock(mutex_);
    return passed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
  int inside_ = 0;
  int passed_ = 0;
};

/// Threads outlive the test's frame, so what they use is shared.
LookUp hanging(const std::shared_ptr<Gate>& gate) {
  return [gate](const std::string&, std::uint16_t port, Endpoints& endpoints) {
    gate->pass();
    endpoints.emplace_back(make_address("127.0.0.1"), port);
    return error_code();
  };
}

TEST_CASE("resolver: an address needs no look-up, and is not told from inside the call") {
  for (const char* host : {"127.0.0.1", "::1"}) {
    Loop loop;
    const Resolve resolve =
        threaded_resolver(loop.io, [](const std::string&, std::uint16_t, Endpoints&) {
          FAIL_CHECK("looked up");
          return error_code();
        });
    std::optional<Answer> answer;
    resolve(host, 8000, [&](error_code error, Endpoints found) {
      answer = Answer{error, std::move(found)};
    });
    CHECK_FALSE(answer.has_value());
    loop.io.poll();
    REQUIRE(answer.has_value());
    CHECK_FALSE(answer->error);
    CHECK(answer->endpoints == Endpoints{tcp::endpoint(make_address(host), 8000)});
  }
}

TEST_CASE("resolver: the system knows localhost, and no name under .invalid") {
  Loop loop;
  const Resolve resolve = system_resolver(loop.io);
  std::optional<Answer> good, bad;
  resolve("localhost", 8000, [&](error_code error, Endpoints found) {
    good = Answer{error, std::move(found)};
  });
  REQUIRE(loop.run_until([&] { return good.has_value(); }));
  CHECK_FALSE(good->error);
  REQUIRE_FALSE(good->endpoints.empty());
  CHECK(good->endpoints[0].address().is_loopback());
  CHECK(good->endpoints[0].port() == 8000);
  resolve("no-such-host.invalid", 8000, [&](error_code error, Endpoints found) {
    bad = Answer{error, std::move(found)};
  });
  REQUIRE(loop.run_until([&] { return bad.has_value(); }));
  CHECK(bad->error);
  CHECK(bad->endpoints.empty());
}

TEST_CASE("resolver: a failure is reported as it is") {
  Loop loop;
  const Resolve resolve =
      threaded_resolver(loop.io, [](const std::string&, std::uint16_t, Endpoints&) {
        return error_code(asio::error::no_recovery);
      });
  std::optional<error_code> result;
  resolve("exchange.test", 1, [&](error_code error, const Endpoints&) { result = error; });
  REQUIRE(loop.run_until([&] { return result.has_value(); }));
  CHECK(*result == asio::error::no_recovery);
}

TEST_CASE("resolver: no more look-ups hang than kMaxLookUps, and each is answered in the end") {
  Loop loop;
  const auto gate = std::make_shared<Gate>();
  const Resolve resolve = threaded_resolver(loop.io, hanging(gate));
  int answered = 0, refused = 0;
  const auto count = [&](error_code error, const Endpoints&) {
    ++(error == asio::error::host_not_found_try_again ? refused : answered);
  };
  for (int i = 0; i < kMaxLookUps + 3; ++i) resolve("exchange.test", 8000, count);
  REQUIRE(loop.run_until([&] { return refused == 3; }));
  CHECK(answered == 0);
  CHECK(test::soon([&] { return gate->inside() == kMaxLookUps; }));
  gate->open();
  REQUIRE(loop.run_until([&] { return answered == kMaxLookUps; }));
  // Their places are free again.
  resolve("exchange.test", 8000, count);
  CHECK(loop.run_until([&] { return answered == kMaxLookUps + 1; }));
  CHECK(refused == 3);
}

/// Stands for a session: it must not be destroyed by a resolver's thread.
struct OnLoop {
  explicit OnLoop(std::atomic<bool>& flag) : destroyed(flag) {}
  OnLoop(const OnLoop&) = delete;
  OnLoop& operator=(const OnLoop&) = delete;
  ~OnLoop() {
    destroyed = true;
    if (std::this_thread::get_id() != home) FAIL_CHECK("destroyed by another thread");
  }

  std::atomic<bool>& destroyed;
  std::thread::id home = std::this_thread::get_id();
};

TEST_CASE("resolver: the loop may end while a look-up hangs") {
  const auto gate = std::make_shared<Gate>();
  std::atomic<bool> destroyed{false};
  {
    Loop loop;
    const Resolve resolve = threaded_resolver(loop.io, hanging(gate));
    resolve("exchange.test", 8000,
            [session = std::make_shared<OnLoop>(destroyed)](error_code, const Endpoints&) {
              FAIL_CHECK("told after the end");
            });
    REQUIRE(test::soon([&] { return gate->inside() == 1; }));
  }
  // Whoever waited is gone with the loop, not when the thread comes back.
  CHECK(destroyed);
  gate->open();
  CHECK(test::soon([&] { return gate->passed() == 1; }));
}

tcp::endpoint at(const char* address) { return {make_address(address), 80}; }

TEST_CASE("families take turns, the first one's first") {
  const auto a = at("10.0.0.1"), b = at("10.0.0.2"), c = at("10.0.0.3");
  const auto x = at("fd00::1"), y = at("fd00::2");
  CHECK(alternate_families({}) == Endpoints{});
  CHECK(alternate_families({a}) == Endpoints{a});
  CHECK(alternate_families({a, b, c}) == Endpoints{a, b, c});
  CHECK(alternate_families({x, y, a, b}) == Endpoints{x, a, y, b});
  CHECK(alternate_families({a, x, y}) == Endpoints{a, x, y});
  CHECK(alternate_families({a, b, c, x}) == Endpoints{a, x, b, c});
}

TEST_CASE("addresses: all have their turn, however many there are") {
  Endpoints many;
  for (int i = 0; i < 23; ++i) many.push_back(at(("10.0.0." + std::to_string(i)).c_str()));
  std::mt19937 random(1);
  std::set<tcp::endpoint> tried;
  for (std::uint64_t attempt = 1; attempt <= 4; ++attempt) {
    std::shuffle(many.begin(), many.end(), random);  // as name servers do
    const Endpoints turn = in_turns(many, attempt, 6);
    CHECK(turn.size() == many.size());
    tried.insert(turn.begin(), turn.begin() + 6);
  }
  CHECK(tried.size() == many.size());
}

TEST_CASE("addresses: the resolver's order counts if there is time for all") {
  const auto a = at("10.0.0.1"), b = at("10.0.0.2"), x = at("fd00::1");
  for (std::uint64_t attempt = 1; attempt <= 3; ++attempt) {
    CHECK(in_turns({b, a, x}, attempt, 3) == Endpoints{b, x, a});
    CHECK(in_turns({}, attempt, 3).empty());
  }
  CHECK(in_turns({b, a}, 2, 0) == Endpoints{b, a});
}

}  // namespace
}  // namespace tickcache::daemon
