// The ring with its counters set by hand.
#include "libcache/segment/ring.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace {

using namespace tickcache;
using layout::Word;

struct Pair {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

/// Memory for a ring of `capacity` pairs, with a gap of one word between slots.
struct Memory {
  static constexpr std::size_t kStride = 3;

  explicit Memory(std::uint64_t capacity_) : capacity(capacity_), slots(capacity_ * kStride) {}

  [[nodiscard]] Ring<Pair, const Word> reader() const {
    return {head, slots.data(), capacity, kStride};
  }
  [[nodiscard]] Ring<Pair, Word> writer() { return {head, slots.data(), capacity, kStride}; }

  void set_head(std::uint64_t value) { head.store(value, std::memory_order_relaxed); }
  /// Writes the record of `position` where it belongs: {position, ~position}.
  void fill(std::uint64_t position) {
    Word* slot = slots.data() + (position % capacity) * kStride;
    slot[0].store(position, std::memory_order_relaxed);
    slot[1].store(~position, std::memory_order_relaxed);
  }

  std::uint64_t capacity;
  Word head{0};
  std::vector<Word> slots;
};

bool is(const Pair& pair, std::uint64_t position) {
  return pair.a == position && pair.b == ~position;
}

/// A head that has moved on by `step` whenever it is looked at.
struct MovingWord {
  std::uint64_t load(std::memory_order) const noexcept { return value += step; }
  mutable std::uint64_t value = 0;
  std::uint64_t step = 0;
};

}  // namespace

TEST_CASE("an empty ring has nothing to read") {
  for (const std::uint64_t capacity : {2U, 4U, 128U}) {
    Memory memory(capacity);
    Pair out{1, 2};
    std::uint64_t retries = 0;
    CHECK(memory.reader().latest(out, retries) == ReadResult::empty);
    CHECK(memory.reader().read(1, out) == ReadResult::empty);
    CHECK(memory.reader().read(0, out) == ReadResult::empty);
    CHECK(out.a == 1);
    CHECK(retries == 0);
  }
}

TEST_CASE("positions up to the head are read and those behind it are empty") {
  Memory memory(4);
  memory.fill(1);
  memory.fill(2);
  memory.set_head(2);
  Pair out;
  std::uint64_t retries = 0;
  CHECK(memory.reader().read(1, out) == ReadResult::ok);
  CHECK(is(out, 1));
  CHECK(memory.reader().read(2, out) == ReadResult::ok);
  CHECK(is(out, 2));
  CHECK(memory.reader().read(3, out) == ReadResult::empty);
  CHECK(memory.reader().read(0, out) == ReadResult::empty);
  CHECK(memory.reader().latest(out, retries) == ReadResult::ok);
  CHECK(is(out, 2));
  CHECK(retries == 0);
}

TEST_CASE(
    "fault 42: a record is whole up to K - 2 positions behind the head and lapped from K - 1 on") {
  for (const std::uint64_t capacity : {2U, 4U, 128U}) {
    CAPTURE(capacity);
    Memory memory(capacity);
    const std::uint64_t head = 10 * capacity + 1;
    for (std::uint64_t i = head - capacity + 1; i <= head; ++i) memory.fill(i);
    memory.set_head(head);
    Pair out;
    CHECK(memory.reader().readable() == capacity - 1);
    CHECK(memory.reader().read(head - (capacity - 2), out) == ReadResult::ok);
    CHECK(is(out, head - (capacity - 2)));
    // Its slot is intact, but the writer may be about to overwrite it.
    CHECK(memory.reader().read(head - (capacity - 1), out) == ReadResult::lapped);
    CHECK(memory.reader().read(head - capacity, out) == ReadResult::lapped);
    CHECK(memory.reader().read(1, out) == ReadResult::lapped);
  }
}

TEST_CASE("a half-written successor does not disturb the record published last") {
  Memory memory(2);
  memory.fill(7);
  memory.set_head(7);
  memory.slots[(8 % 2) * Memory::kStride].store(8, std::memory_order_relaxed);  // and died there
  Pair out;
  std::uint64_t retries = 0;
  CHECK(memory.reader().latest(out, retries) == ReadResult::ok);
  CHECK(is(out, 7));
  CHECK(retries == 0);
}

TEST_CASE("latest() gives up after 1000 tries and counts them") {
  MovingWord head;
  MovingWord slots[4];
  head.step = 1;  // K = 2: every copy is one behind
  for (MovingWord& slot : slots) slot.value = 7;
  const Ring<Pair, const MovingWord> ring(head, slots, 2, 2);
  Pair out;
  std::uint64_t retries = 5;
  CHECK(ring.latest(out, retries) == ReadResult::busy);
  CHECK((out.a == 0 && out.b == 0));  // nothing of the copies that were thrown away
  CHECK(retries == 5 + 1000);
  CHECK(head.value == 2000);  // twice a try
}

TEST_CASE("latest() takes the newer record when the first copy was lapped") {
  // A head that moves on exactly once, between the first copy and its check.
  struct OnceWord {
    std::uint64_t load(std::memory_order) const noexcept { return ++loads == 1 ? 5 : 6; }
    mutable int loads = 0;
  };
  OnceWord head;
  OnceWord slots[4];
  const Ring<Pair, const OnceWord> ring(head, slots, 2, 2);
  Pair out;
  std::uint64_t retries = 0;
  CHECK(ring.latest(out, retries) == ReadResult::ok);
  CHECK(retries == 1);
  CHECK(head.loads == 4);
}

TEST_CASE("publishing goes round and keeps the distance") {
  for (const std::uint64_t capacity : {2U, 4U, 8U}) {
    Memory memory(capacity);
    for (std::uint64_t i = 1; i <= 5 * capacity; ++i) {
      CHECK(memory.writer().publish({i, ~i}) == i);
      for (std::uint64_t position = 1; position <= i; ++position) {
        CAPTURE(capacity);
        CAPTURE(i);
        CAPTURE(position);
        Pair out;
        const bool whole = i - position <= capacity - 2;
        CHECK(memory.reader().read(position, out) == (whole ? ReadResult::ok : ReadResult::lapped));
        if (whole) CHECK(is(out, position));
      }
    }
    // Nothing but the slots was written.
    for (std::uint64_t slot = 0; slot < capacity; ++slot) {
      CHECK(memory.slots[slot * Memory::kStride + 2].load(std::memory_order_relaxed) == 0);
    }
  }
}

TEST_CASE("a ring goes on at the position it is resumed at") {
  Memory memory(4);
  memory.writer().resume_at(1000);
  CHECK(memory.writer().publish({1000, ~std::uint64_t{1000}}) == 1000);
  Pair out;
  CHECK(memory.reader().read(1000, out) == ReadResult::ok);
  CHECK(is(out, 1000));
  CHECK(memory.reader().read(1001, out) == ReadResult::empty);
}

TEST_CASE("hostile heads are answered and not followed") {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t capacity : {2U, 4U}) {
    Memory memory(capacity);
    Pair out;
    std::uint64_t retries = 0;
    for (const std::uint64_t head : {kMax, kMax - 1, kMax / 2 + 1, std::uint64_t{1} << 32}) {
      CAPTURE(head);
      memory.set_head(head);
      CHECK(memory.reader().latest(out, retries) == ReadResult::ok);
      CHECK(memory.reader().read(head, out) == ReadResult::ok);
      CHECK(memory.reader().read(1, out) == ReadResult::lapped);
      CHECK(memory.reader().read(0, out) == ReadResult::empty);
      CHECK(memory.reader().read(kMax, out) == (head == kMax ? ReadResult::ok : ReadResult::empty));
    }
  }
  // A head that runs backwards: nothing it says can be true.
  MovingWord head;
  MovingWord slots[8];
  head.value = 1000;
  head.step = kMax;
  const Ring<Pair, const MovingWord> ring(head, slots, 4, 2);
  Pair out;
  CHECK(ring.read(998, out) == ReadResult::ok);      // the head is 999, then 998
  CHECK(ring.read(997, out) == ReadResult::lapped);  // 997, then 996: before the position
}
