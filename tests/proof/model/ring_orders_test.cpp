// The ring, as it is in libcache/segment/ring.hpp, under the C++ memory model: every execution of a
// writer and a reader. And with each of its orders weakened: the model must find what goes wrong.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "libcache/segment/ring.hpp"
#include "ring_of_any_size.hpp"  // the same text, with % for &: K = 3 is in the model only
#include "tests/proof/model/explore.hpp"

namespace {

using namespace tickcache::model;
using tickcache::layout::Word;

constexpr std::size_t kWords = 3;

struct Record {
  std::uint64_t words[kWords] = {};
};

/// What is published at `position`: every word tells the position and its place.
Record record_at(std::uint64_t position) {
  Record record;
  for (std::size_t i = 0; i < kWords; ++i) record.words[i] = position * 100 + i;
  return record;
}

std::uint64_t position_of(const Record& record) { return record.words[0] / 100; }

bool is_whole(const Record& record) {
  const Record wanted = record_at(position_of(record));
  return position_of(record) != 0 && std::equal(wanted.words, wanted.words + kWords, record.words);
}

/// By which one reader tells another what it saw.
Word flag;

/// The memory of a ring, and its places' names.
class Slots {
 public:
  explicit Slots(std::uint64_t capacity) : capacity_(capacity), words_(1 + capacity * kWords) {}

  template <template <class, class> class Ring>
  [[nodiscard]] Ring<Record, Word> writer() {
    return {words_[0], &words_[1], capacity_, kWords};
  }
  template <template <class, class> class Ring>
  [[nodiscard]] Ring<Record, const Word> reader() const {
    return {words_[0], &words_[1], capacity_, kWords};
  }

  [[nodiscard]] Namer namer() const {
    return [this](const void* address) -> std::string {
      if (address == &flag) return "flag";
      const auto place =
          static_cast<std::size_t>(static_cast<const Word*>(address) - words_.data());
      if (place == 0) return "ring head";
      return "ring slot " + std::to_string((place - 1) / kWords) + " word " +
             std::to_string((place - 1) % kWords);
    };
  }

 private:
  std::uint64_t capacity_;
  std::vector<Word> words_;
};

/// What a reader does with the ring; returns what is wrong.
template <class Ring>
using Reading = std::string (*)(const Ring& ring, std::uint64_t capacity, std::uint64_t published);

template <class Ring>
std::string read_latest_three_times(const Ring& ring, std::uint64_t, std::uint64_t published) {
  std::uint64_t previous = 0;
  std::uint64_t retries = 0;
  for (int look = 0; look < 3; ++look) {
    Record record;
    const auto result = ring.latest(record, retries);
    using Result = decltype(ring.latest(record, retries));
    if (result == Result::busy) return "gave up, although the writer stores but a few";
    if (result == Result::empty) {
      if (previous != 0) return "empty after a value";
      continue;
    }
    if (result != Result::ok) return "an answer that latest() has not";
    if (!is_whole(record)) return "torn";
    if (position_of(record) < previous) return "went back";
    previous = position_of(record);
  }
  if (retries > published) return "more retries than publications";
  return {};
}

/// The whole log, as it lies there at some moment: each position, oldest first.
template <class Ring>
std::string read_log(const Ring& ring, std::uint64_t capacity, std::uint64_t published) {
  for (std::uint64_t position = 1; position <= published; ++position) {
    Record record;
    const auto result = ring.read(position, record);
    using Result = decltype(ring.read(position, record));
    if (result == Result::empty) return {};
    if (result == Result::lapped) {
      if (published - position <= capacity - 2) return "lapped, although nobody overwrites it";
      continue;
    }
    if (result != Result::ok) return "an answer that read() has not";
    if (!is_whole(record)) return "torn";
    if (position_of(record) != position) return "another position's record";
  }
  return {};
}

/// A reader tells another what it saw; that one must not see less.
template <class Ring>
std::string tell_another(const Ring& ring, std::uint64_t, std::uint64_t) {
  std::uint64_t retries = 0;
  Record record;
  using Result = decltype(ring.latest(record, retries));
  if (ring.latest(record, retries) != Result::ok) return {};
  const std::uint64_t told = position_of(record);
  flag.store(told, std::memory_order_release);
  Memory::active()->begin_thread("another");
  if (flag.load(std::memory_order_acquire) != told) return {};
  if (ring.latest(record, retries) != Result::ok) return "nothing, after another saw a value";
  if (!is_whole(record)) return "torn";
  if (position_of(record) < told) return "less than another had told";
  return {};
}

template <template <class, class> class Ring>
Outcome run(std::uint64_t capacity, std::uint64_t published,
            Reading<Ring<Record, const Word>> reading, const Mutation& mutation = {}) {
  Slots slots(capacity);
  flag.store(0, std::memory_order_relaxed);
  Memory memory(slots.namer(), mutation);
  const auto writer = slots.writer<Ring>();
  const auto reader = slots.reader<Ring>();
  return explore(
      memory,
      [&] {
        for (std::uint64_t i = 1; i <= published; ++i) writer.publish(record_at(i));
      },
      [&] { return reading(reader, capacity, published); });
}

/// Every way to read, until one finds something wrong.
template <template <class, class> class Ring>
Outcome run_all(std::uint64_t capacity, std::uint64_t published, const Mutation& mutation = {}) {
  using Reader = Ring<Record, const Word>;
  Outcome all;
  for (const Reading<Reader> reading :
       {&read_latest_three_times<Reader>, &read_log<Reader>, &tell_another<Reader>}) {
    const Outcome outcome = run<Ring>(capacity, published, reading, mutation);
    all.executions += outcome.executions;
    all.violation = outcome.violation;
    if (!all.good()) break;
  }
  return all;
}

/// Publications beyond the ring's size; TICKCACHE_MODEL_MORE in the environment asks for others.
std::uint64_t more() {
  const char* const asked = std::getenv("TICKCACHE_MODEL_MORE");
  return asked == nullptr ? 3 : std::strtoull(asked, nullptr, 10);
}

struct Mutant {
  std::string what;
  Mutation mutation;
};

using Kind = Mutation::Kind;
const Mutant kMutants[] = {
    {"publish(): the head is stored relaxed", {Kind::relax_stores, "ring head", ""}},
    {"publish(): the first word is stored relaxed", {Kind::relax_stores, "*word 0", ""}},
    {"publish(): the middle word is stored relaxed", {Kind::relax_stores, "*word 1", ""}},
    {"publish(): the last word is stored relaxed", {Kind::relax_stores, "*word 2", ""}},
    {"publish(): the head before the slot", {Kind::hold_stores, "ring slot*", "ring head"}},
    {"head(): loaded relaxed before the copy", {Kind::relax_first_look, "ring head", ""}},
    {"copy(): the first word is loaded relaxed", {Kind::relax_loads, "*word 0", ""}},
    {"copy(): the middle word is loaded relaxed", {Kind::relax_loads, "*word 1", ""}},
    {"copy(): the last word is loaded relaxed", {Kind::relax_loads, "*word 2", ""}},
    {"copy(): K - 1 for K - 2", {Kind::look_one_behind, "ring head", ""}},
};

}  // namespace

TEST_CASE("the ring: no execution tears, goes back, or loses what is still there") {
  for (const std::uint64_t capacity : {2U, 3U, 4U}) {
    CAPTURE(capacity);
    const Outcome outcome = run_all<tickcache::any::Ring>(capacity, capacity + more());
    CHECK(outcome.violation == "");
    CHECK(outcome.executions > 1000);
    MESSAGE("K = " << capacity << ", " << capacity + more()
                   << " publications: " << outcome.executions << " executions");
    if (capacity == 3) continue;
    const Outcome product = run_all<tickcache::Ring>(capacity, capacity + more());
    CHECK(product.violation == "");
    CHECK(product.executions == outcome.executions);
  }
}

TEST_CASE("the ring: each of its orders is needed") {
  for (const Mutant& mutant : kMutants) {
    CAPTURE(mutant.what);
    for (const std::uint64_t capacity : {2U, 3U, 4U}) {
      CAPTURE(capacity);
      const Outcome outcome =
          run_all<tickcache::any::Ring>(capacity, capacity + more(), mutant.mutation);
      CHECK_FALSE(outcome.good());
      if (capacity == 2) MESSAGE(mutant.what << ": " << outcome.violation);
    }
  }
}

// The one order that wholeness does not need: what is loaded after an accepted copy is ordered by
// the loads of the copy already.
TEST_CASE("the ring: the look at the head after the copy only counts") {
  const Mutation relaxed{Kind::relax_next_look, "ring head", ""};
  for (const std::uint64_t capacity : {2U, 3U, 4U}) {
    CHECK(run_all<tickcache::any::Ring>(capacity, capacity + more(), relaxed).violation == "");
  }
}
