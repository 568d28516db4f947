// The one primitive that everything in the segment is published with.
//
// K slots and `head`, the position published last (0: none). The writer fills slot p mod K and then
// stores head = p, both with release. A reader copies a slot with acquire and loads head again: if
// any word it copied belongs to a later position p + K, then it sees head >= p + K - 1, because the
// writer had stored that before it touched the slot. So a copy is whole iff head - p <= K - 2.
// There is no odd state: a writer that dies between two stores strands no reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tickcache/layout.hpp"

namespace tickcache {

enum class ReadResult : std::uint8_t {
  ok,
  empty,   ///< nothing was published at that position yet
  lapped,  ///< the writer has reused, or is reusing, the slot
  busy,    ///< latest(): lapped every time
};

/// A ring in a segment. `W` is layout::Word to write (one thread), const layout::Word to read (any
/// number of threads and processes). The memory is the caller's.
template <class Record, class W>
class Ring {
  static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % sizeof(layout::Word) == 0);

 public:
  /// Attempts of latest() before it gives up.
  static constexpr unsigned kMaxTries = 1000;

  /// `capacity` (K) is a power of two of at least 2; slots are `stride_words` apart.
  Ring(W& head, W* slots, std::uint64_t capacity, std::size_t stride_words) noexcept
      : head_(&head), slots_(slots), mask_(capacity - 1), stride_(stride_words) {}

  /// The position published last; 0 if none.
  [[nodiscard]] std::uint64_t head() const noexcept {
    return head_->load(
        std::memory_order_acquire);  // pairs with publish(): slots up to it are filled
  }

  /// Positions behind the head that can still be read whole.
  [[nodiscard]] std::uint64_t readable() const noexcept { return mask_; }

  /// Copies the record at `position`. `out` is overwritten in every case but `empty`.
  ReadResult read(std::uint64_t position, Record& out) const noexcept {
    const std::uint64_t published = head();
    if (position == 0 || position > published) return ReadResult::empty;
    return copy(position, out) ? ReadResult::ok : ReadResult::lapped;
  }

  /// Copies the newest record. Adds the number of copies it had to throw away to `retries`.
  ReadResult latest(Record& out, std::uint64_t& retries) const noexcept {
    for (unsigned tries = 0; tries < kMaxTries; ++tries) {
      const std::uint64_t position = head();
      if (position == 0) return ReadResult::empty;
      if (copy(position, out)) return ReadResult::ok;
      ++retries;
    }
    return ReadResult::busy;
  }

  /// Makes `position` the next one to be published. Only before the segment is.
  void resume_at(std::uint64_t position) const noexcept requires(!std::is_const_v<W>) {
    head_->store(position - 1, std::memory_order_relaxed);
  }

  /// Publishes `record` and returns its position.
  std::uint64_t publish(const Record& record) const noexcept requires(!std::is_const_v<W>) {
    const std::uint64_t position = head_->load(std::memory_order_relaxed) + 1;  // ours alone
    std::uint64_t words[kWords];
    std::memcpy(words, &record, sizeof(Record));
    W* slot = slots_ + (position & mask_) * stride_;
    for (std::size_t i = 0; i < kWords; ++i) {
      // Pairs with copy(): whoever sees this word also sees head >= position - 1.
      slot[i].store(words[i], std::memory_order_release);
    }
    head_->store(position, std::memory_order_release);  // pairs with head(): the slot is filled
    return position;
  }

 private:
  static constexpr std::size_t kWords = layout::kWords<Record>;

  bool copy(std::uint64_t position, Record& out) const noexcept {
    std::uint64_t words[kWords];
    const W* slot = slots_ + (position & mask_) * stride_;
    for (std::size_t i = 0; i < kWords; ++i) {
      words[i] = slot[i].load(std::memory_order_acquire);  // pairs with publish(), see above
    }
    std::memcpy(static_cast<void*>(&out), words, sizeof(Record));
    return head() - position <= mask_ - 1;
  }

  W* head_;
  W* slots_;
  std::uint64_t mask_;
  std::size_t stride_;
};

}  // namespace tickcache
