#include "tickcache/tickcache.hpp"

#include <algorithm>
#include <utility>

#include "libcache/reader/attachment.hpp"
#include "libcache/reader/judge.hpp"
#include "libcache/reader/reader_impl.hpp"
#include "libcache/segment/clock.hpp"
#include "libcache/segment/fingerprint.hpp"

namespace tickcache {

SegmentError::SegmentError(OpenError code, const std::string& what)
    : std::runtime_error(what), code_(code) {}
SegmentError::~SegmentError() = default;

BootTime BootClock::now() noexcept { return boot_time(boot_now()); }

Reader::Reader(std::string_view segment) : impl_(std::make_unique<Impl>(segment)) {}

Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

SymbolHandle Reader::handle(std::string_view symbol) const noexcept {
  SymbolHandle result;
  const SymbolKey key = SymbolKey::from(symbol);
  if (key.valid()) result.symbol_ = key.text();
  return result;
}

std::uint32_t Reader::Impl::resolve_again(std::string_view symbol) const noexcept {
  const SymbolKey key = SymbolKey::from(symbol);
  return key.valid() ? view().find(key).value_or(kNoCell) : kNoCell;
}

std::uint32_t Reader::Impl::resolve_again(SymbolHandle& symbol) const noexcept {
  const std::uint32_t cell = resolve(symbol.symbol());
  if (cell != kNoCell) {
    symbol.instance_ = view().header().instance;
    symbol.cell_ = cell;
  }
  return cell;
}

bool Reader::Impl::find_successor() noexcept {
  attachment.look_for_successor(boot_now());
  return static_cast<bool>(view());
}

void Reader::Impl::ticker_in(std::uint32_t cell, const Query& query, std::int64_t& now,
                             Result<Ticker>& result) noexcept {
  const ReadResult read = read_cell(cell, result.value);
  if (read == ReadResult::busy) {
    result.freshness = Freshness::stale;
    result.reason = Reason::busy;
  }
  if (read != ReadResult::ok) return;
  judge(judgement_of(result.value, query.max_age.count()), result.value.received_ns, query, now,
        result);
  result.has_value = true;
}

template <class Symbol>
Result<Ticker> Reader::Impl::ticker(Symbol& symbol, const Query& query) noexcept {
  Result<Ticker> result;
  if (view()) {
    const std::uint32_t cell = resolve(symbol);
    if (cell != kNoCell && read_cell(cell, result.value) == ReadResult::ok &&
        is_live(result.value, query, result.age_ns)) {
      result.freshness = Freshness::live;
      result.reason = Reason::none;
      result.has_value = true;
      return result;
    }
  }
  ticker_at_length(symbol, query, result);
  return result;
}

template <class Symbol>
void Reader::Impl::ticker_at_length(Symbol& symbol, const Query& query,
                                    Result<Ticker>& out) noexcept {
  out = with_segment<Result<Ticker>>(query, [&](Result<Ticker>& result, std::int64_t& now) {
    const std::uint32_t cell = resolve(symbol);
    if (cell != kNoCell) ticker_in(cell, query, now, result);
  });
}

Result<Ticker> Reader::ticker(std::string_view symbol, const Query& query) noexcept {
  return impl_->ticker(symbol, query);
}

Result<Ticker> Reader::ticker(SymbolHandle& symbol, const Query& query) noexcept {
  return impl_->ticker(symbol, query);
}

namespace {

Result<Decimal> price_of(const Result<Ticker>& ticker) noexcept {
  Result<Decimal> result;
  if (ticker.has_value) result.value = ticker.value.price();
  result.age_ns = ticker.age_ns;
  result.freshness = ticker.freshness;
  result.reason = ticker.reason;
  result.has_value = ticker.has_value;
  return result;
}

}  // namespace

Result<Decimal> Reader::price(std::string_view symbol, const Query& query) noexcept {
  return price_of(ticker(symbol, query));
}

Result<Decimal> Reader::price(SymbolHandle& symbol, const Query& query) noexcept {
  return price_of(ticker(symbol, query));
}

void Reader::prices(std::span<SymbolHandle> symbols, std::span<Result<Decimal>> out,
                    const Query& query) noexcept {
  const std::size_t all = std::min(symbols.size(), out.size());
  for (std::size_t first = 0; first < all; first += Impl::kBatch) {
    SymbolHandle* const handles = &symbols[first];
    Result<Decimal>* const results = &out[first];
    impl_->prices(
        std::min(all - first, Impl::kBatch), query,
        [=](std::size_t i) { return std::pair(handles[i].instance_, handles[i].cell_); },
        [=](std::size_t i, const Ticker& ticker, std::int64_t age) {
          // One by one: a struct would be copied in larger pieces than it was put together in,
          // which stalls.
          results[i].value.mantissa = ticker.price_mantissa;
          results[i].value.scale = ticker.price_scale;
          results[i].age_ns = age;
          results[i].freshness = Freshness::live;
          results[i].reason = Reason::none;
          results[i].has_value = true;
        },
        [&](std::size_t i) {
          results[i] = price(handles[i], query);
          return results[i].live();
        });
  }
}

template <class Symbol>
bool Reader::Impl::last(Symbol& symbol, Ticker& out) noexcept {
  if ((!view() || !writer_runs()) && !find_successor()) return false;
  const std::uint32_t cell = resolve(symbol);
  return cell != kNoCell && read_cell(cell, out) == ReadResult::ok;
}

bool Reader::last(std::string_view symbol, Ticker& out) noexcept {
  return impl_->last(symbol, out);
}

bool Reader::last(SymbolHandle& symbol, Ticker& out) noexcept { return impl_->last(symbol, out); }

std::vector<SymbolTicker> Reader::snapshot(const Query& query) {
  std::vector<SymbolTicker> result;
  // Symbols may be added in between.
  std::size_t count = symbol_count();
  do {
    result.resize(count);
    count = snapshot(result, query);
  } while (count > result.size());
  result.resize(count);
  return result;
}

std::size_t Reader::snapshot(std::span<SymbolTicker> out, const Query& query) noexcept {
  return impl_->snapshot(query, out.size(), [&](std::uint32_t i, const Query& once) {
    out[i] = {};
    out[i].symbol = symbol(i);
    std::int64_t now = once.now.time_since_epoch().count();
    if (!out[i].symbol.empty()) impl_->ticker_in(i, once, now, out[i].ticker);
    if (!Impl::is_settled(out[i].ticker.freshness)) out[i] = at(i, once);
  });
}

SymbolTicker Reader::at(std::uint32_t index, const Query& query) noexcept {
  SymbolTicker result;
  result.ticker =
      impl_->with_segment<Result<Ticker>>(query, [&](Result<Ticker>& ticker, std::int64_t& now) {
        if (index >= impl_->view().symbol_count()) return;
        result.symbol = impl_->view().symbol(index);
        impl_->ticker_in(index, query, now, ticker);
      });
  return result;
}

std::size_t Reader::symbol_count() noexcept {
  impl_->follow();
  return impl_->view() ? impl_->view().symbol_count() : 0;
}

SymbolText Reader::symbol(std::uint32_t index) const noexcept {
  if (!impl_->view() || index >= impl_->view().symbol_count()) return {};
  return impl_->view().symbol(index);
}

bool Reader::key_matches(std::string_view key) const noexcept {
  return impl_->view() && is_key_of(impl_->view().header(), key);
}

void Reader::set_idle_strategy(IdleStrategy strategy) noexcept {
  impl_->attachment.set_idle_strategy(strategy);
}

void Reader::stop() noexcept { impl_->attachment.stop(); }

OpenError Reader::error() const noexcept {
  return impl_->view() ? OpenError::none : impl_->attachment.failure().code;
}

std::string Reader::error_message() const {
  if (error() == OpenError::none) return {};
  return impl_->attachment.failure().message(impl_->attachment.name());
}

const std::string& Reader::segment() const noexcept { return impl_->attachment.name(); }
std::uint64_t Reader::retries() const noexcept { return impl_->retries; }
std::uint64_t Reader::busy() const noexcept { return impl_->busy; }

}  // namespace tickcache
