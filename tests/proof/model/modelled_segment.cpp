#include "tests/proof/model/modelled_segment.hpp"

namespace tickcache::model {

namespace {

/// The place of `offset` words into a ring: its head, `prefix` words, then slots of `stride`.
std::string in_ring(const std::string& ring, std::size_t offset, std::size_t prefix,
                    std::size_t stride) {
  if (offset == 0) return ring + " head";
  if (offset < prefix) return ring + " prefix " + std::to_string(offset);
  offset -= prefix;
  return ring + " slot " + std::to_string(offset / stride) + " word " +
         std::to_string(offset % stride);
}

std::string in_status(std::size_t offset) {
  switch (offset) {
    case offsetof(layout::StatusPart, run_state):
      return "run_state";
    case offsetof(layout::StatusPart, symbol_count):
      return "symbol_count";
    case offsetof(layout::StatusPart, series_count):
      return "series_count";
    case offsetof(layout::StatusPart, heartbeat_ns):
      return "heartbeat";
    case offsetof(layout::StatusPart, wake):
      return "wake";
    default:
      break;
  }
  constexpr std::size_t kSessions = offsetof(layout::StatusPart, sessions);
  constexpr std::size_t kConnections = offsetof(layout::StatusPart, connections);
  if (offset >= kSessions && offset < kSessions + sizeof(layout::StatusPart::sessions)) {
    return "session " + std::to_string((offset - kSessions) / sizeof(layout::Word));
  }
  if (offset == kConnections + offsetof(layout::ConnectionActivity, last_tick_ns)) {
    return "last_tick 0";
  }
  return "status " + std::to_string(offset);
}

std::string in_series(std::size_t offset) {
  constexpr std::size_t kWord = sizeof(layout::Word);
  constexpr std::size_t kOpen = offsetof(layout::SeriesPrefix, open);
  if (offset < offsetof(layout::SeriesPrefix, standing)) {
    return "series name " + std::to_string(offset / kWord);
  }
  if (offset < offsetof(layout::SeriesPrefix, closed_head)) return "series standing";
  if (offset >= kOpen && offset < sizeof(layout::SeriesPrefix)) {
    return in_ring("open candle", (offset - kOpen) / kWord, 1, layout::kWords<Candle>);
  }
  return in_ring(
      "closed candles", (offset - offsetof(layout::SeriesPrefix, closed_head)) / kWord,
      (sizeof(layout::SeriesPrefix) - offsetof(layout::SeriesPrefix, closed_head)) / kWord,
      layout::kWords<Candle>);
}

std::string in_part(layout::Part part, std::size_t offset) {
  constexpr std::size_t kWord = sizeof(layout::Word);
  const std::size_t word = offset / kWord;
  constexpr std::size_t kCell = sizeof(layout::TickerCell);
  switch (part) {
    case layout::kStatus:
      return in_status(offset);
    case layout::kIndex:
      return "index " + std::to_string(word);
    case layout::kNames:
      return "name " + std::to_string(word / 4) + " word " + std::to_string(word % 4);
    case layout::kCells:
      return in_ring("cell " + std::to_string(offset / kCell), offset % kCell / kWord, 1,
                     layout::kWords<Ticker>);
    case layout::kTape:
      return in_ring("tape", word, sizeof(layout::RingPrefix) / kWord,
                     sizeof(layout::TapeSlot) / kWord);
    case layout::kOrders:
      return in_ring("orders", word, sizeof(layout::RingPrefix) / kWord, layout::kWords<Order>);
    case layout::kSeries:
      return in_series(offset);
    case layout::kPortfolio:
      return in_ring("portfolio", word, sizeof(layout::RingPrefix) / kWord,
                     sizeof(layout::PortfolioSlot) / kWord);
    case layout::kErrors:
      return "error word " + std::to_string(word);
    case layout::kGap:
      return in_ring("gap", word, 1, layout::kWords<layout::Gap>);
    case layout::kKnownOrders:
      return "known order word " + std::to_string(word);
    default:
      return "channel word " + std::to_string(word);
  }
}

}  // namespace

ModelledSegment::ModelledSegment(std::int64_t silence_after) {
  WriterOptions options = test::options(name_);
  options.capacities = {4, 8};
  options.silence_after_ns = silence_after;
  writer_.emplace(options, kStart);
}

void ModelledSegment::attach() { reader_.emplace(name_.str()); }

std::string ModelledSegment::place(const void* address) const {
  const WritableSegmentView& view = writer_->view();
  const auto offset =
      static_cast<std::size_t>(static_cast<const std::byte*>(address) - view.base());
  for (std::uint32_t i = layout::kPartCount; i-- > 0;) {
    const auto part = static_cast<layout::Part>(i);
    const std::uint64_t begin = view.header().parts[i].offset;
    if (offset >= begin) return in_part(part, offset - begin);
  }
  return "header";
}

}  // namespace tickcache::model
