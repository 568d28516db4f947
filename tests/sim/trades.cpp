#include "sim/trades.hpp"

#include <algorithm>
#include <utility>

#include "sim/clock.hpp"
#include "sim/decimal.hpp"

namespace tickcache::sim {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::size_t kKeptMinutes = 1440;
constexpr std::int64_t kMostVolume = std::int64_t{1} << 60;

}  // namespace

void Span::add(std::int64_t price, std::int64_t quantity) {
  join({0, price, price, price, price, quantity, 1});
}

void Span::join(const Span& later) {
  if (trades == 0) {
    open = later.open;
    high = later.high;
    low = later.low;
  }
  high = std::max(high, later.high);
  low = std::min(low, later.low);
  close = later.close;
  volume = std::min(volume + later.volume, kMostVolume);
  trades += later.trades;
}

Trades::Trades(std::vector<std::string> symbols) {
  for (std::string& symbol : symbols) {
    index_.emplace(symbol, books_.size());
    books_.emplace_back().name = std::move(symbol);
  }
}

void Trades::add(std::string_view symbol, std::string_view price, std::string_view quantity,
                 std::int64_t time_ms) {
  const auto added = index_.emplace(std::string(symbol), books_.size());
  if (added.second) books_.emplace_back().name = symbol;
  const auto mantissa = book_mantissa(price);
  add(added.first->second, price, mantissa.value_or(-1), book_mantissa(quantity).value_or(0),
      time_ms);
}

void Trades::add(std::size_t symbol, std::string_view price, std::int64_t mantissa,
                 std::int64_t quantity, std::int64_t time_ms) {
  Book& book = books_[symbol];
  const std::size_t at = book.count++ % kKeptTrades;
  if (book.trades.size() <= at) book.trades.emplace_back();
  Trade& trade = book.trades[at];
  trade.price = price;
  trade.boottime_ns = boottime_ns();
  trade.time_ms = time_ms;
  trade.number = book.count;
  if (mantissa < 0) return;
  book.day.add(mantissa, quantity);
  // A clock that was stepped back adds to the last minute: candles stay in order.
  const std::int64_t minute = time_ms / kMinute * kMinute;
  if (book.minutes.empty() || book.minutes.back().time_ms < minute) {
    book.minutes.emplace_back().time_ms = minute;
    if (book.minutes.size() > kKeptMinutes) book.minutes.pop_front();
  }
  book.minutes.back().add(mantissa, quantity);
}

std::size_t Trades::find(std::string_view symbol) const {
  const auto found = index_.find(std::string(symbol));
  return found == index_.end() ? books_.size() : found->second;
}

const Trade& Trades::last(std::size_t symbol) const {
  static const Trade kNone;
  const Book& book = books_[symbol];
  return book.count == 0 ? kNone : book.trades[(book.count - 1) % kKeptTrades];
}

std::vector<Trade> Trades::recent(std::string_view symbol, std::size_t most) const {
  std::vector<Trade> result;
  const std::size_t at = find(symbol);
  if (at == books_.size()) return result;
  const Book& book = books_[at];
  const std::uint64_t kept = std::min<std::uint64_t>(most, book.trades.size());
  for (std::uint64_t n = book.count - kept; n < book.count; ++n) {
    result.push_back(book.trades[n % kKeptTrades]);
  }
  return result;
}

std::vector<LastTrade> Trades::all_last() const {
  std::vector<LastTrade> result;
  result.reserve(books_.size());
  for (std::size_t i = 0; i < books_.size(); ++i) {
    if (books_[i].count > 0) result.push_back({books_[i].name, last(i)});
  }
  return result;
}

std::vector<Span> Trades::candles(std::size_t symbol, std::int64_t minutes) const {
  const std::int64_t length = minutes * kMinute;
  std::vector<Span> result;
  for (const Span& minute : books_[symbol].minutes) {
    const std::int64_t time = minute.time_ms / length * length;
    if (result.empty() || result.back().time_ms != time) result.emplace_back().time_ms = time;
    result.back().join(minute);
  }
  return result;
}

}  // namespace tickcache::sim
