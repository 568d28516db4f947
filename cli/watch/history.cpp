#include "cli/watch/history.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tickcache::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// Keeps only the newest `most`.
template <class T>
void trim(std::deque<T>& values, std::size_t most) {
  if (values.size() > most) values.pop_front();
}

}  // namespace

void Rate::observe(std::uint64_t count, std::int64_t now_ns) {
  if (!samples_.empty() && count < last_.count) samples_.clear();
  last_ = {count, now_ns};
  if (!samples_.empty() && now_ns - samples_.back().ns < kSecond) return;
  samples_.push_back(last_);
  trim(samples_, kSamples);
}

std::optional<double> Rate::per_second() const {
  if (samples_.empty() || last_.ns - samples_.front().ns < kSecond) return std::nullopt;
  const auto grown = static_cast<double>(last_.count - samples_.front().count);
  return grown * static_cast<double>(kSecond) / static_cast<double>(last_.ns - samples_.front().ns);
}

void History::observe(const Ticker& ticker, std::int64_t now_ns) {
  const double price = ticker.price().to_double();
  const std::int64_t second = now_ns / kSecond;
  if (prices_.empty()) {
    first_ = price;
    second_ = second - 1;
  }
  // Seconds without an observation get the previous price.
  for (auto passed = std::min<std::int64_t>(second - second_, kSeconds); passed > 0; --passed) {
    prices_.push_back(prices_.empty() ? price : prices_.back());
    trim(prices_, kSeconds);
  }
  second_ = second;
  prices_.back() = price;
  ticks_.observe(ticker.updates, now_ns);
}

double History::change_percent() const {
  return prices_.empty() ? 0 : (prices_.back() / first_ - 1) * 100;
}

std::string History::trend(std::size_t width) const {
  const auto count = static_cast<std::ptrdiff_t>(std::min(width, prices_.size()));
  return sparkline({prices_.end() - count, prices_.end()});
}

std::string sparkline(const std::vector<double>& values) {
  constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.empty()) return {};
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const double span = *greatest - *least;
  std::string bars;
  for (const double value : values) {
    const double part = span > 0 ? (value - *least) / span : 0;  // 0 to 1
    const auto bar = static_cast<std::size_t>(part * kBars.size());
    bars += kBars[std::min(bar, kBars.size() - 1)];
  }
  return bars;
}

}  // namespace tickcache::cli
