#include "e2e/observer.hpp"

#include <algorithm>
#include <utility>

#include "sim/checksum.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr auto kEvery = 10ms;
/// A look that took longer, or began later, tells more about this machine than about the daemon.
constexpr auto kStall = 100ms;
/// A price that the exchange left longer ago is rightly not live.
constexpr auto kTolerated = 3s;
/// Of each symbol; the busiest trades 42 times a second.
constexpr std::size_t kRemembered = 8192;

/// The price's mantissa at kChecksumDigits; 0 if it has more digits.
std::int64_t mantissa_of(const Ticker& ticker) {
  std::int64_t mantissa = ticker.price_mantissa;
  if (ticker.price_scale > sim::kChecksumDigits) return 0;
  for (int scale = ticker.price_scale; scale < sim::kChecksumDigits; ++scale) mantissa *= 10;
  return mantissa;
}

}  // namespace

Observer::Observer(const sim::Exchange& exchange, const std::string& segment)
    : exchange_(exchange), reader_(segment) {
  for (const std::string& name : exchange.symbols()) {
    Symbol& symbol = symbols_.emplace_back();
    symbol.name = name;
    symbol.hash = sim::symbol_hash(name);
    symbol.handle = reader_.handle(name);
  }
  last_not_live_ = looked_ = BootClock::now();
  thread_ = std::thread([this] { run(); });
}

Observer::~Observer() {
  stop_ = true;
  thread_.join();
}

Observed Observer::seen() const {
  const std::lock_guard lock(mutex_);
  return observed_;
}

void Observer::forget() {
  const std::lock_guard lock(mutex_);
  observed_ = {};
}

bool Observer::all_live_for(nanoseconds span) const {
  const std::lock_guard lock(mutex_);
  return BootClock::now() - last_not_live_ > span;
}

void Observer::run() {
  for (auto next = std::chrono::steady_clock::now(); !stop_;) {
    look();
    next = std::max(next + kEvery, std::chrono::steady_clock::now());
    std::this_thread::sleep_until(next);
  }
}

/// The cells first: what is traded later was not yet due.
void Observer::look() {
  Query query;
  query.now = BootClock::now();
  for (Symbol& symbol : symbols_) symbol.result = reader_.ticker(symbol.handle, query);
  learn();
  const std::lock_guard lock(mutex_);
  const BootTime end = BootClock::now();
  const bool counts = end - query.now < kStall && query.now - looked_ < kStall;
  looked_ = end;
  ++observed_.looks;
  if (!counts) ++observed_.discarded;
  for (Symbol& symbol : symbols_) judge(symbol, query.now, counts);
}

void Observer::learn() {
  // Listed symbols come first and in the list's order, but only those that have traded.
  std::size_t at = 0;
  for (const sim::LastTrade& last : exchange_.last_trades()) {
    while (at < symbols_.size() && symbols_[at].name != last.symbol) ++at;
    if (at == symbols_.size()) return;
    learn(symbols_[at], last.trade);
  }
}

void Observer::learn(Symbol& symbol, const sim::Trade& last) {
  if (last.number == symbol.newest) return;
  if (symbol.newest != 0 && last.number > symbol.newest + 1) {
    for (const sim::Trade& trade : exchange_.trades(symbol.name)) {
      // Of those that are forgotten, it is only known that they were earlier.
      while (symbol.newest < trade.number) {
        symbol.times.push_back(trade.boottime_ns);
        ++symbol.newest;
      }
    }
  } else {
    symbol.times.push_back(last.boottime_ns);
    symbol.newest = last.number;
  }
  while (symbol.times.size() > kRemembered) symbol.times.pop_front();
}

/// Finds the trade whose price the cell shows.
void Observer::identify(Symbol& symbol) {
  const std::int64_t mantissa = mantissa_of(symbol.result.value);
  if (mantissa == symbol.mantissa) return;
  symbol.mantissa = mantissa;
  const std::uint64_t oldest = symbol.newest - std::min(symbol.newest, kRemembered);
  symbol.number = symbol.newest;
  while (symbol.number > oldest && sim::checksum_price(symbol.hash, symbol.number) != mantissa) {
    --symbol.number;
  }
  if (symbol.number == oldest) symbol.number = 0;
}

/// When the trade came that followed the one that the cell shows; 0: there was none yet.
std::int64_t Observer::left_at(const Symbol& symbol) {
  const std::uint64_t behind = symbol.newest - symbol.number;
  if (behind == 0) return 0;
  return behind > symbol.times.size() ? symbol.times.front()
                                      : symbol.times[symbol.times.size() - behind];
}

void Observer::judge(Symbol& symbol, BootTime now, bool counts) {
  const bool live = symbol.result.live();
  if (!live) last_not_live_ = observed_.last_not_live = now;
  if (!symbol.result.has_value) return;
  identify(symbol);
  if (symbol.number == 0) {
    ++observed_.untraded;
    return;
  }
  if (symbol.number < symbol.highest) ++observed_.steps_back;
  symbol.highest = std::max(symbol.highest, symbol.number);
  const std::int64_t left = left_at(symbol);
  const nanoseconds wrong = left == 0 ? 0ns : std::max(0ns, now - boot_time(left));
  const bool was_live = std::exchange(symbol.was_live, live);
  if (!counts) return;
  if (live && wrong > observed_.longest_wrong) {
    observed_.longest_wrong = wrong;
    observed_.wrongest = symbol.name;
  }
  if (!live && was_live && wrong < kTolerated) {
    if (observed_.alarms++ == 0) observed_.first_alarm = symbol.result.reason;
  }
}

}  // namespace tickcache::test
