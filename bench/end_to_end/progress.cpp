#include "bench/end_to_end/progress.hpp"

#include <vector>

#include "bench/end_to_end/tick_frames.hpp"
#include "bench/support/counter_file.hpp"
#include "libcache/reader/attachment.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::bench {

namespace {

class SegmentProgress final : public Progress {
 public:
  SegmentProgress(const std::string& segment, std::size_t symbols)
      : attachment_(segment), reader_(segment), base_(symbols) {
    for (std::size_t i = 0; i < symbols; ++i) {
      handles_.push_back(reader_.handle(symbol_name(i)));
    }
  }

  std::uint64_t messages() override {
    if (!attachment_.view()) return 0;
    const auto& counters = attachment_.view().status().counters;
    return counters[static_cast<std::size_t>(Counter::ticks)].load(std::memory_order_acquire);
  }

  void begin() override {
    for (std::size_t i = 0; i < base_.size(); ++i) base_[i] = updates(i);
  }

  bool visible(std::uint64_t number) override {
    const std::size_t symbol = number % base_.size();
    return updates(symbol) > base_[symbol] + number / base_.size();
  }

 private:
  std::uint64_t updates(std::size_t symbol) {
    Ticker ticker;
    return reader_.last(handles_[symbol], ticker) ? ticker.updates : 0;
  }

  Attachment attachment_;
  Reader reader_;
  std::vector<SymbolHandle> handles_;
  std::vector<std::uint64_t> base_;
};

class CounterProgress final : public Progress {
 public:
  explicit CounterProgress(const std::string& path) : counter_(path) {}

  std::uint64_t messages() override { return counter_.load(); }
  void begin() override { base_ = counter_.load(); }
  bool visible(std::uint64_t number) override { return counter_.load() > base_ + number; }

 private:
  CounterFile counter_;
  std::uint64_t base_ = 0;
};

}  // namespace

std::unique_ptr<Progress> segment_progress(const std::string& segment, std::size_t symbols) {
  return std::make_unique<SegmentProgress>(segment, symbols);
}

std::unique_ptr<Progress> counter_progress(const std::string& path) {
  return std::make_unique<CounterProgress>(path);
}

}  // namespace tickcache::bench
