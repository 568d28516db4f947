// The model itself: litmus tests whose allowed results the C++ standard gives.
#include <doctest/doctest.h>

#include <array>
#include <set>

#include "tests/proof/model/explore.hpp"
#include "tickcache/layout.hpp"

namespace {

using namespace tickcache::model;
using tickcache::layout::Word;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

using Results = std::set<std::array<std::uint64_t, 4>>;

struct Litmus {
  std::array<Word, 3> words{};
  Memory memory{[](const void*) { return std::string("word"); }, {}};
  Results results;
  Outcome outcome;

  template <class Writer, class Reader>
  void run(Writer&& writer, Reader&& reader) {
    outcome = explore(memory, writer, [&] {
      results.insert(reader());
      return std::string();
    });
  }
};

}  // namespace

TEST_CASE("model: message passing needs release and acquire, both") {
  const auto pass = [](std::memory_order store, std::memory_order load) {
    Litmus test;
    Word& data = test.words[0];
    Word& flag = test.words[1];
    test.run(
        [&, store] {
          data.store(1, kRelaxed);
          flag.store(1, store);
        },
        [&, load]() -> Results::value_type {
          const std::uint64_t f = flag.load(load);
          return {f, data.load(kRelaxed)};
        });
    return test.results;
  };
  const Results right{{0, 0}, {0, 1}, {1, 1}};
  const Results weak{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  CHECK(pass(kRelease, kAcquire) == right);
  CHECK(pass(kRelaxed, kAcquire) == weak);
  CHECK(pass(kRelease, kRelaxed) == weak);
}

TEST_CASE("model: a thread never reads one place backwards, whatever the order") {
  Litmus test;
  Word& word = test.words[0];
  test.run(
      [&] {
        word.store(1, kRelaxed);
        word.store(2, kRelaxed);
      },
      [&]() -> Results::value_type {
        const std::uint64_t first = word.load(kRelaxed);
        return {first, word.load(kRelaxed)};
      });
  CHECK(test.results == Results{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}});
  CHECK(test.outcome.executions == test.results.size());
}

TEST_CASE("model: a later relaxed store does not carry what a release store before it did") {
  Litmus test;
  Word& data = test.words[0];
  Word& flag = test.words[1];
  test.run(
      [&] {
        data.store(1, kRelaxed);
        flag.store(1, kRelease);
        flag.store(2, kRelaxed);
      },
      [&]() -> Results::value_type {
        const std::uint64_t f = flag.load(kAcquire);
        return {f, data.load(kRelaxed)};
      });
  CHECK(test.results == Results{{0, 0}, {0, 1}, {1, 1}, {2, 0}, {2, 1}});
}

TEST_CASE("model: what a thread has seen goes on to whom it tells") {
  Litmus test;
  Word& data = test.words[0];
  Word& first = test.words[1];
  Word& second = test.words[2];
  test.run(
      [&] {
        data.store(1, kRelaxed);
        first.store(1, kRelease);
      },
      [&]() -> Results::value_type {
        const std::uint64_t seen = first.load(kAcquire);
        second.store(seen, kRelease);
        Memory::active()->begin_thread("third");
        const std::uint64_t told = second.load(kAcquire);
        return {told, data.load(kRelaxed)};
      });
  CHECK(test.results.count({1, 0}) == 0);
  CHECK(test.results.count({1, 1}) == 1);
  CHECK(test.results.count({0, 0}) == 1);
}

TEST_CASE("model: two readers may see two writers' stores in different orders") {
  Litmus test;
  Word& x = test.words[0];
  Word& y = test.words[1];
  test.run(
      [&] {
        x.store(1, kRelease);
        Memory::active()->begin_thread("other writer");
        y.store(1, kRelease);
      },
      [&]() -> Results::value_type {
        const std::uint64_t x1 = x.load(kAcquire);
        const std::uint64_t y1 = y.load(kAcquire);
        Memory::active()->begin_thread("other reader");
        const std::uint64_t y2 = y.load(kAcquire);
        return {x1, y1, y2, x.load(kAcquire)};
      });
  CHECK(test.results.size() == 16);  // all, also {1, 0, 1, 0}
}

TEST_CASE("model: a waiter sleeps through nothing that comes under the kernel's lock after it") {
  Litmus test;
  Word& word = test.words[0];
  test.run(
      [&] {
        word.store(1, kRelease);
        Memory::active()->wake(&word, 1);
      },
      [&]() -> Results::value_type {
        const std::uint64_t seen = word.load(kAcquire);
        Memory::active()->wait(&word, 0, seen, 1);
        return {seen, Memory::active()->slept() ? 1U : 0U};
      });
  CHECK(test.results == Results{{0, 0}, {1, 0}, {1, 1}});  // {1, 1}: it had seen all there was
}

TEST_CASE("model: what it cannot explore is a problem, not a result") {
  {
    Litmus test;
    test.run(
        [&] {
          test.words[0].store(1, kRelaxed);
          Memory::active()->begin_thread("other writer");
          test.words[0].store(2, kRelaxed);
        },
        []() -> Results::value_type { return {}; });
    CHECK(test.outcome.violation.find("two threads store") != std::string::npos);
  }
  {
    Litmus test;
    test.run([] {},
             [&]() -> Results::value_type {
               test.words[0].load(kRelaxed);
               Memory::active()->begin_thread("later");
               test.words[0].store(1, kRelaxed);
               return {};
             });
    CHECK(test.outcome.violation.find("has loaded") != std::string::npos);
  }
}
