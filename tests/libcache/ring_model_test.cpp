// The ring against every interleaving: the writer's single stores, recorded from the ring's own
// publish(), are let in between the single loads of the ring's own reads. One thread, plain memory.
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "libcache/segment/ring.hpp"
#include "support/seed.hpp"

namespace {

using namespace tickcache;

template <std::size_t N>
struct Record {
  std::uint64_t words[N] = {};
};

/// What is published at `position`: every word tells the position and its place.
template <std::size_t N>
Record<N> record_at(std::uint64_t position) {
  Record<N> record;
  for (std::size_t i = 0; i < N; ++i) record.words[i] = position * 100 + i;
  return record;
}

struct Store {
  std::size_t word;
  std::uint64_t value;
};

/// The ring's memory: word 0 is the head, the slots follow.
struct Machine {
  std::vector<std::uint64_t> memory;
  std::vector<Store> pending;  ///< the writer's stores, in program order
  std::size_t done = 0;        ///< of `pending`
  std::vector<unsigned> gaps;  ///< stores to let in before the 1st, 2nd … load
  std::size_t loads = 0;
  std::mt19937_64* random = nullptr;  ///< instead of `gaps`

  void step(unsigned stores) {
    for (; stores > 0 && done < pending.size(); --stores, ++done) {
      memory[pending[done].word] = pending[done].value;
    }
  }
  void before_load() {
    if (random != nullptr) {
      step(static_cast<unsigned>((*random)() % 8 == 0 ? (*random)() % 12 : (*random)() % 2));
    } else if (loads < gaps.size()) {
      step(gaps[loads]);
    }
    ++loads;
  }
};

/// A word of the machine's memory, for the ring to load and store.
struct ModelWord {
  Machine* machine = nullptr;
  std::size_t place = 0;

  std::uint64_t load(std::memory_order) const noexcept {
    machine->before_load();
    return machine->memory[place];
  }
  void store(std::uint64_t value, std::memory_order) noexcept {
    machine->memory[place] = value;
    machine->pending.push_back({place, value});
  }
};

template <std::size_t N>
struct Model {
  Model(std::uint64_t capacity_, std::uint64_t published) : capacity(capacity_) {
    machine.memory.assign(1 + capacity * N, 0);
    for (std::size_t i = 0; i < machine.memory.size(); ++i) words.push_back({&machine, i});
    Ring<Record<N>, ModelWord> writer(words[0], &words[1], capacity, N);
    for (std::uint64_t i = 1; i <= published; ++i) writer.publish(record_at<N>(i));
    restart({});
  }

  void restart(const std::vector<unsigned>& gaps) {
    std::fill(machine.memory.begin(), machine.memory.end(), 0);
    machine.done = 0;
    machine.loads = 0;
    machine.gaps = gaps;
  }

  [[nodiscard]] Ring<Record<N>, const ModelWord> reader() const {
    return {words[0], &words[1], capacity, N};
  }
  [[nodiscard]] std::uint64_t head() const { return machine.memory[0]; }

  std::uint64_t capacity;
  Machine machine;
  std::vector<ModelWord> words;
};

template <std::size_t N>
bool is(const Record<N>& record, std::uint64_t position) {
  const Record<N> wanted = record_at<N>(position);
  return std::equal(wanted.words, wanted.words + N, record.words);
}

/// Calls body(gaps) with every way to let 0 … `stores` stores in before each of `loads` loads.
template <class Body>
void every_interleaving(std::size_t loads, unsigned stores, std::vector<unsigned>& gaps,
                        Body& body) {
  if (gaps.size() == loads) {
    body(gaps);
    return;
  }
  for (unsigned i = 0; i <= stores; ++i) {
    gaps.push_back(i);
    every_interleaving(loads, stores - i, gaps, body);
    gaps.pop_back();
  }
}

struct Outcome {
  std::size_t runs = 0;
  std::size_t accepted = 0;
  std::size_t lapped = 0;
  std::size_t empty = 0;
  std::size_t torn = 0;
};

/// Reads `position` in every interleaving with `published` publications.
template <std::size_t N>
Outcome read_everywhere(std::uint64_t capacity, std::uint64_t published, std::uint64_t position) {
  Model<N> model(capacity, published);
  Outcome outcome;
  auto body = [&](const std::vector<unsigned>& gaps) {
    model.restart(gaps);
    Record<N> out;
    ++outcome.runs;
    switch (model.reader().read(position, out)) {
      case ReadResult::ok:
        ++outcome.accepted;
        outcome.torn += is(out, position) ? 0 : 1;
        break;
      case ReadResult::lapped:
        ++outcome.lapped;
        break;
      default:
        ++outcome.empty;
        break;
    }
  };
  std::vector<unsigned> gaps;
  every_interleaving(N + 2, static_cast<unsigned>(published * (N + 1)), gaps, body);
  return outcome;
}

/// The same with a reader that accepts one position too many: the model must catch it.
template <std::size_t N>
std::size_t careless_torn(std::uint64_t capacity, std::uint64_t published, std::uint64_t position) {
  Model<N> model(capacity, published);
  std::size_t torn = 0;
  auto body = [&](const std::vector<unsigned>& gaps) {
    model.restart(gaps);
    const auto load = [&](std::size_t word) {
      return model.words[word].load(std::memory_order_acquire);
    };
    if (position > load(0)) return;
    Record<N> out;
    for (std::size_t i = 0; i < N; ++i) out.words[i] = load(1 + (position % capacity) * N + i);
    const bool accepted = load(0) - position <= capacity - 1;
    torn += accepted && !is(out, position) ? 1 : 0;
  };
  std::vector<unsigned> gaps;
  every_interleaving(N + 2, static_cast<unsigned>(published * (N + 1)), gaps, body);
  return torn;
}

}  // namespace

TEST_CASE("no interleaving makes read() accept a torn record") {
  for (std::uint64_t position = 1; position <= 4; ++position) {
    CAPTURE(position);
    const Outcome two = read_everywhere<2>(2, 6, position);
    CHECK(two.torn == 0);
    CHECK(two.accepted > 0);
    CHECK(two.lapped > 0);
    CHECK(two.empty > 0);
    const Outcome four = read_everywhere<2>(4, 8, position);
    CHECK(four.torn == 0);
    CHECK(four.accepted > two.accepted);  // more slots, more room
    CHECK(four.lapped > 0);
  }
  CHECK(read_everywhere<3>(2, 5, 2).torn == 0);
  CHECK(read_everywhere<3>(4, 6, 1).torn == 0);
}

TEST_CASE("the model catches a reader that accepts one position too many") {
  CHECK(careless_torn<2>(2, 6, 1) > 0);
  CHECK(careless_torn<2>(4, 8, 1) > 0);
}

TEST_CASE("a record that nobody overwrites is always accepted") {
  // Progress: with K - 2 publications behind it, no interleaving loses a record.
  for (const std::uint64_t capacity : {2U, 4U}) {
    Model<2> model(capacity, 1 + (capacity - 2));
    std::size_t runs = 0;
    std::size_t accepted = 0;
    auto body = [&](const std::vector<unsigned>& gaps) {
      model.restart(gaps);
      model.machine.step(3);  // position 1 is published
      Record<2> out;
      ++runs;
      accepted += model.reader().read(1, out) == ReadResult::ok && is(out, 1) ? 1 : 0;
    };
    std::vector<unsigned> gaps;
    every_interleaving(4, static_cast<unsigned>(3 * (capacity - 2)), gaps, body);
    CHECK(runs > 0);
    CHECK(accepted == runs);
  }
}

TEST_CASE(
    "latest() in random interleavings is whole and neither from the past nor from the future") {
  const std::uint64_t seed = tickcache::test::seed_or(20240607);
  INFO("TICKCACHE_TEST_SEED=" << seed);
  for (const std::uint64_t capacity : {2U, 4U}) {
    CAPTURE(capacity);
    std::mt19937_64 random(seed);
    constexpr std::uint64_t kPublished = 2000;
    Model<7> model(capacity, kPublished);
    std::uint64_t retries = 0;
    std::size_t reads = 0;
    std::size_t different = 0;
    for (int round = 0; round < 20; ++round) {
      model.restart({});
      model.machine.random = &random;
      std::uint64_t previous = 0;
      while (model.machine.done < model.machine.pending.size()) {
        const std::uint64_t published = model.head();
        Record<7> out;
        const ReadResult result = model.reader().latest(out, retries);
        if (result == ReadResult::empty) {
          REQUIRE(published == 0);
          continue;
        }
        REQUIRE(result == ReadResult::ok);
        const std::uint64_t position = out.words[0] / 100;
        REQUIRE(is(out, position));
        REQUIRE(position >= published);
        REQUIRE(position <= model.head());
        REQUIRE(position >= previous);
        ++reads;
        different += position != previous ? 1 : 0;
        previous = position;
      }
    }
    MESSAGE("K=" << capacity << ": " << reads << " reads, " << different << " records, " << retries
                 << " retries");
    CHECK(different > 5000);
    if (capacity == 2) CHECK(retries > 100);
  }
}
