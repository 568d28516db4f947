// The primitive that publishes everything in the segment.
//
// K slots and `head`, the last position published (0: none). The writer fills slot p mod K and then
// stores head = p, both with release. A reader copies a slot with acquire and loads head again. If
// any word it copied belongs to a later position p + K, it sees head >= p + K - 1, because the
// writer stored that before it touched the slot. So a copy is whole iff head - p <= K - 2. There is
// no odd state: a writer that dies between two stores never blocks a reader.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "libcache/segment/terminate.hpp"
#include "tickcache/layout.hpp"

namespace tickcache {

enum class ReadResult : std::uint8_t {
  ok,
  empty,   ///< nothing is published at that position yet
  lapped,  ///< the writer has reused, or is reusing, the slot
  busy,    ///< latest(): lapped on every attempt
};

/// A ring in a segment. `W` is layout::Word for the writer (one thread), const layout::Word for
/// readers (any number of threads and processes). Does not own the memory.
template <class Record, class W>
class Ring {
  static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % sizeof(layout::Word) == 0);

 public:
  /// Attempts before latest() gives up.
  static constexpr unsigned kMaxTries = 1000;

  /// `capacity` (K) is a power of two, at least 2; slots are `stride_words` apart. A record in the
  /// segment has `record_words`. Words beyond Record are ignored; words it lacks read as in a
  /// default Record.
  Ring(W& head, W* slots, std::uint64_t capacity, std::size_t stride_words,
       std::size_t record_words = kWords) noexcept
      : head_(&head),
        slots_(slots),
        mask_(capacity - 1),
        stride_(stride_words),
        words_(record_words) {}

  /// The last position published; 0 if none.
  [[nodiscard]] std::uint64_t head() const noexcept {
    return head_->load(
        std::memory_order_acquire);  // pairs with publish(): slots up to it are filled
  }

  /// Number of positions up to the head that can still be read whole.
  [[nodiscard]] std::uint64_t readable() const noexcept { return mask_; }

  /// The oldest position that can still be read whole; 1 before anything is published.
  [[nodiscard]] std::uint64_t oldest() const noexcept {
    const std::uint64_t published = head();
    return published < readable() ? 1 : published - readable() + 1;
  }
  /// Number of positions from `next` on that can be read whole.
  [[nodiscard]] std::uint64_t left(std::uint64_t next) const noexcept {
    // Signed: the head of a corrupt segment may be any number.
    const auto published = static_cast<std::int64_t>(head() + 1 - next);
    return published > 0 ? std::min<std::uint64_t>(published, readable()) : 0;
  }

  /// Copies the record at `position`. Overwrites `out` unless the result is `empty`.
  ReadResult read(std::uint64_t position, Record& out) const noexcept {
    const std::uint64_t published = head();
    if (position == 0 || position > published) return ReadResult::empty;
    return copy(position, out) ? ReadResult::ok : ReadResult::lapped;
  }

  /// Copies the newest record. If it is `busy`, `out` is a default Record. Adds the number of
  /// discarded copies to `retries`.
  ReadResult latest(Record& out, std::uint64_t& retries) const noexcept {
    for (unsigned tries = 0; tries < kMaxTries; ++tries) {
      const std::uint64_t position = head();
      if (position == 0) return ReadResult::empty;
      if (copy(position, out)) return ReadResult::ok;
      ++retries;
    }
    out = Record();
    return ReadResult::busy;
  }

  /// The same where retries are not counted. Whether `out` is the newest record.
  bool latest(Record& out) const noexcept {
    std::uint64_t retries = 0;
    return latest(out, retries) == ReadResult::ok;
  }

  /// Makes `position` the next one to publish. Only before the segment is published.
  void resume_at(std::uint64_t position) const noexcept requires(!std::is_const_v<W>) {
    head_->store(position - 1, std::memory_order_relaxed);
  }

  /// Publishes `record` and returns its position. The writer's own segment has whole Records.
  std::uint64_t publish(const Record& record) const noexcept requires(!std::is_const_v<W>) {
    const std::uint64_t position = head_->load(std::memory_order_relaxed) + 1;  // ours alone
    W* slot = slots_ + (position & mask_) * stride_;
    const auto* bytes = reinterpret_cast<const std::byte*>(&record);
    each_word([&](std::size_t i) {
      std::uint64_t word;
      std::memcpy(&word, bytes + i * sizeof word, sizeof word);
      // Pairs with copy(): a reader that sees this word also sees head >= position - 1.
      slot[i].store(word, std::memory_order_release);
    });
    head_->store(position, std::memory_order_release);  // pairs with head(): the slot is filled
    return position;
  }

 private:
  static constexpr std::size_t kWords = layout::kWords<Record>;

  /// Calls act(i) for each word index. Unrolled for small records.
  template <class Act>
  static void each_word(Act&& act) noexcept {
    if constexpr (kWords <= 16) {
      [&]<std::size_t... I>(std::index_sequence<I...>) { (act(I), ...); }
      (std::make_index_sequence<kWords>{});
    } else {
      for (std::size_t i = 0; i < kWords; ++i) act(i);
    }
  }

  bool copy(std::uint64_t position, Record& out) const noexcept {
    const W* slot = slots_ + (position & mask_) * stride_;
    // Word by word into place: loading back data that was stored in other sizes stalls.
    const auto load = [slot](std::size_t i, Record& to) {
      const std::uint64_t word = slot[i].load(std::memory_order_acquire);  // pairs with publish()
      std::memcpy(reinterpret_cast<std::byte*>(&to) + i * sizeof word, &word, sizeof word);
    };
    if (words_ >= kWords) {
      each_word([&](std::size_t i) { load(i, out); });
    } else {
      out = Record();
      for (std::size_t i = 0; i < words_; ++i) load(i, out);
    }
    terminate(out);
    return head() - position <= mask_ - 1;
  }

  W* head_;
  W* slots_;
  std::uint64_t mask_;
  std::size_t stride_;
  std::size_t words_;
};

}  // namespace tickcache
