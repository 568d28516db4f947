// Latencies, counted to within one per cent, and what is said of them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

namespace tickcache::bench {

/// Plain data: may lie in memory that processes share. All zero is empty.
class Histogram {
 public:
  void add(std::int64_t nanoseconds) noexcept {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
    ++counts_[bucket(value)];
    ++total_;
    max_ = std::max(max_, value);
  }

  void add(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    max_ = std::max(max_, other.max_);
  }

  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

  /// The least value (to within a bucket) that `share` of all do not exceed.
  [[nodiscard]] std::uint64_t at(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return std::min(middle(i), max_);
    }
    return max_;
  }

  /// Members of a JSON object, in nanoseconds.
  [[nodiscard]] std::string json() const {
    std::ostringstream text;
    text << R"("samples":)" << total_ << R"(,"p50":)" << at(0.5) << R"(,"p99":)" << at(0.99)
         << R"(,"p99_9":)" << at(0.999) << R"(,"max":)" << max_;
    return text.str();
  }

 private:
  // Below 128 each value has a bucket; above, each power of two has 64.
  static constexpr unsigned kBits = 6;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) << kBits;

  static std::size_t bucket(std::uint64_t value) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= kBits + 1) return value;
    const unsigned shift = width - kBits - 1;
    return (std::size_t{shift} << kBits) + (value >> shift);
  }
  static std::uint64_t middle(std::size_t bucket) noexcept {
    if (bucket < (std::size_t{2} << kBits)) return bucket;
    const std::size_t shift = (bucket >> kBits) - 1;
    const std::uint64_t top = (bucket & ((1U << kBits) - 1)) | (1U << kBits);
    return (top << shift) + (std::uint64_t{1} << shift) / 2;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace tickcache::bench
