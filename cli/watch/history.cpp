#include "cli/watch/history.hpp"

#include <algorithm>
#include <span>

#include "cli/watch/sparkline.hpp"

namespace tickcache::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// Makes room for one more at the end of `values`, of which `size` are in use.
template <class Array>
void make_room(Array& values, std::size_t& size) noexcept {
  if (size == values.size()) {
    std::move(values.begin() + 1, values.end(), values.begin());
  } else {
    ++size;
  }
}

}  // namespace

void Rate::observe(std::uint64_t count, std::int64_t now_ns) noexcept {
  if (size_ > 0 && count < last_.count) size_ = 0;
  last_ = {count, now_ns};
  if (size_ > 0 && now_ns - samples_[size_ - 1].ns < kSecond) return;
  make_room(samples_, size_);
  samples_[size_ - 1] = last_;
}

std::optional<double> Rate::per_second() const noexcept {
  if (size_ == 0 || last_.ns - samples_[0].ns < kSecond) return std::nullopt;
  const auto grown = static_cast<double>(last_.count - samples_[0].count);
  return grown * static_cast<double>(kSecond) / static_cast<double>(last_.ns - samples_[0].ns);
}

void History::observe(const Ticker& ticker, std::int64_t now_ns) noexcept {
  const double price = ticker.price().to_double();
  const std::int64_t second = now_ns / kSecond;
  if (size_ == 0) {
    first_ = price;
    second_ = second - 1;
  }
  // Seconds without an observation get the previous price.
  for (auto passed = std::min<std::int64_t>(second - second_, kSeconds); passed > 0; --passed) {
    make_room(prices_, size_);
    prices_[size_ - 1] = size_ > 1 ? prices_[size_ - 2] : price;
  }
  second_ = second;
  prices_[size_ - 1] = price;
  ticks_.observe(ticker.updates, now_ns);
}

double History::change_percent() const noexcept {
  return size_ == 0 ? 0 : (prices_[size_ - 1] / first_ - 1) * 100;
}

std::string History::trend(std::size_t width) const {
  const std::size_t count = std::min(width, size_);
  return sparkline(std::span(prices_).subspan(size_ - count, count));
}

}  // namespace tickcache::cli
