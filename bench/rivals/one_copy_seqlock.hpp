// The classic seqlock: one copy of the value, and a sequence number that is odd while it is
// written.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tickcache::bench {

/// One writer, any number of readers; may lie in memory that processes share. All zero is a value.
template <class T>
class alignas(64) OneCopySeqlock {
  static_assert(sizeof(T) % 8 == 0);

 public:
  void store(const T& value) noexcept {
    const std::uint64_t sequence = sequence_.load(std::memory_order_relaxed);
    std::uint64_t words[kWords];
    std::memcpy(words, &value, sizeof value);
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    // Release: whoever sees a word of this value also sees the odd number.
    for (std::size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
    sequence_.store(sequence + 2, std::memory_order_release);  // pairs with load()
  }

  /// Returns the number of copies it had to throw away.
  std::uint64_t load(T& value) const noexcept {
    for (std::uint64_t retries = 0;; ++retries) {
      const std::uint64_t before = sequence_.load(std::memory_order_acquire);
      if (before % 2 != 0) continue;
      std::uint64_t words[kWords];
      for (std::size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_acquire);
      if (sequence_.load(std::memory_order_relaxed) != before) continue;
      std::memcpy(static_cast<void*>(&value), words, sizeof value);
      return retries;
    }
  }

 private:
  static constexpr std::size_t kWords = sizeof(T) / 8;
  std::atomic<std::uint64_t> sequence_;
  std::atomic<std::uint64_t> words_[kWords];
};

}  // namespace tickcache::bench
