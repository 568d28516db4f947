#include "bridges/redis/publication.hpp"

#include <algorithm>

#include "encode/line.hpp"
#include "encode/read.hpp"
#include "encode/status.hpp"
#include "encode/untrusted.hpp"

namespace tickcache::redis {
namespace {

using std::chrono::milliseconds;

/// Records in a message.
constexpr std::size_t kPart = 512;
/// Fields of one HSET: Lua's stack has an end.
constexpr std::size_t kFields = 500;
constexpr milliseconds kCandlesEvery{1000};
/// Beats that echo a nonce come no faster.
constexpr milliseconds kEchoEvery{20};
constexpr std::size_t kMostEchoes = 64;
constexpr std::size_t kOrdersRewritten = 100;

std::string name_of(std::string_view symbol, std::string_view interval) {
  return std::string(symbol) + ':' + std::string(interval);
}

bool is_same(const Candle& a, const Candle& b) {
  return a.same_digits(b) && a.closed == b.closed && a.flags == b.flags;
}

}  // namespace

Publication::Publication(const std::string& segment, const Keys& keys, std::string instance,
                         Tenure& tenure, Outlet& outlet)
    : keys_(keys),
      instance_(std::move(instance)),
      tenure_(tenure),
      outlet_(outlet),
      reader_(segment),
      feed_(segment),
      status_(std::make_unique<Status>()) {
  follow_feed();
}

void Publication::follow_feed() {
  feed_.on_ticker("all", [this](const Tick& tick) {
    if (!tenure_.holds(Time(clocks_.boot_ns))) return;
    const std::uint32_t cell = tick.ticker.symbol_index;
    const SymbolTicker now = reader_.at(cell, query_);
    FeedStatus trust{now.ticker.freshness, now.ticker.reason};
    if (tick.ticker.is_overtaken()) trust = {Freshness::stale, Reason::lagging};
    const std::string record = record_of(encode::json_line(tick, clocks_, trust));
    if (!tick.ticker.is_overtaken()) note_told(cell, trust, record);
    batch_.tick(record);
    if (batch_.size() >= kPart) flush();
  });
  feed_.on_order_update([this](const OrderUpdate& update) {
    const std::string record = record_of(encode::json_line(update, clocks_));
    batch_.order(record);
    store(keys_.orders, kOrdersKept, record);
  });
  feed_.on_portfolio([this](const PortfolioUpdate& update) {
    const std::string record = record_of(encode::json_line(update, clocks_));
    batch_.portfolio(record);
    store(keys_.portfolio, kPortfoliosKept, record);
  });
  feed_.on_gap([this](const FeedGap& gap) {
    // What was lost is in the segment: everything is written anew.
    const bool is_lost = gap.cause == GapCause::lapped || gap.cause == GapCause::restarted;
    if (is_lost) tenure_.restart(Time(clocks_.boot_ns));
  });
}

void Publication::note_told(std::uint32_t cell, const FeedStatus& trust, std::string_view record) {
  if (cell >= symbols_.size()) symbols_.resize(cell + 1);
  symbols_[cell] = {trust.freshness, trust.reason, stored_record(record, clocks_.boot_ns)};
}

MessageHead Publication::head() const {
  return {tenure_.epoch(), instance_, tenure_.sequence(), clocks_.boot_ns};
}

void Publication::look_at_clock() {
  clocks_ = encode::Clocks::now();
  query_.now = boot_time(clocks_.boot_ns);
}

void Publication::round() {
  look_at_clock();
  if (feed_.poll() != 0) feed_.poll();
  flush();
}

void Publication::flush() {
  if (batch_.size() == 0) return;
  if (!outlet_.is_open() || !tenure_.holds(Time(clocks_.boot_ns))) return clear();
  tenure_.next_sequence();
  Write send = std::move(entries_);
  send.command({"PUBLISH", keys_.feed, batch_.message(head())});
  clear();
  outlet_.write(send, false, {});
  outlet_.flush();
}

void Publication::clear() {
  batch_ = {};
  entries_ = {};
}

void Publication::add_entry(Write& write, std::uint64_t sequence, std::string_view key,
                            std::size_t most, std::string_view record) const {
  write.command({"XADD", key, "MAXLEN", std::to_string(most), "*", "sequence",
                 std::to_string(sequence), "at", clock_text(clocks_.boot_ns), "record", record});
}

void Publication::store(std::string_view key, std::size_t most, std::string_view record) {
  add_entry(entries_, tenure_.sequence() + 1, key, most, record);
}

void Publication::read_status() {
  reader_.status(*status_);
  if (status_->instance != segment_ || channels_text() != channels_) {
    // Cells have other numbers, or followers have other channels to declare.
    tenure_.restart(Time(clocks_.boot_ns));
  }
}

std::string Publication::channels_text() const {
  std::string text = "[";
  for (const ChannelStatus& channel : encode::channels_of(*status_)) {
    if (channel.state == ChannelState::unused) continue;
    if (text.size() > 1) text += ',';
    text += '"' + encode::printable(encode::channel_name(channel)) + '"';
  }
  return text + ']';
}

std::string Publication::record_of_symbol(const SymbolTicker& symbol) const {
  return record_of(encode::json_line(Tick{symbol.symbol, symbol.ticker.value, 0}, clocks_,
                                     {symbol.ticker.freshness, symbol.ticker.reason}));
}

void Publication::rewrite(std::function<void()> done) {
  round();
  reader_.status(*status_);
  segment_ = status_->instance;
  channels_ = channels_text();
  Write begin;
  begin.command({"HDEL", keys_.state, "sequence"});
  begin.command({"DEL", keys_.tickers, keys_.orders, keys_.portfolio, keys_.series});
  renew(begin, keys_);
  outlet_.write(begin, true, {});

  rewrite_tickers();
  rewrite_account();
  look_at_series();
  for (const auto& [name, series] : series_) rewrite_series(series);
  Write end;
  end.command({"HSET", keys_.state, "epoch", std::to_string(tenure_.epoch()), "instance", instance_,
               "sequence", std::to_string(tenure_.sequence()), "channels", channels_});
  renew(end, keys_);
  outlet_.write(end, true, std::move(done));
}

void Publication::rewrite_tickers() {
  symbols_.assign(reader_.symbol_count(), {});
  for (std::uint32_t cell = 0; cell < symbols_.size();) {
    std::vector<std::string> words = {"HSET", keys_.tickers};
    for (; cell < symbols_.size() && words.size() < 2 * kFields; ++cell) {
      const SymbolTicker symbol = reader_.at(cell, query_);
      if (!symbol.ticker.has_value) continue;
      symbols_[cell] = {symbol.ticker.freshness, symbol.ticker.reason, {}};
      words.emplace_back(symbol.symbol.view());
      words.push_back(stored_record(record_of_symbol(symbol), clocks_.boot_ns));
    }
    if (words.size() > 2) outlet_.write(Write().command({words.begin(), words.end()}), false, {});
  }
}

void Publication::rewrite_account() {
  std::vector<Order> orders(kOrdersRewritten);
  const ListResult list = reader_.orders(orders, query_);
  Write account;
  for (std::size_t i = 0; i < list.count; ++i) {
    const OrderUpdate update{orders[i], list.first_position + i, 0};
    add_entry(account, tenure_.sequence(), keys_.orders, kOrdersKept,
              record_of(encode::json_line(update, clocks_)));
  }
  if (const Result<Portfolio> portfolio = reader_.portfolio(query_); portfolio.has_value) {
    const PortfolioUpdate update{portfolio.value, status_->portfolios, 0};
    add_entry(account, tenure_.sequence(), keys_.portfolio, kPortfoliosKept,
              record_of(encode::json_line(update, clocks_)));
  }
  if (!account.words().empty()) outlet_.write(account, false, {});
}

void Publication::rewrite_series(const Series& series) {
  const std::string name = name_of(series.symbol, series.interval);
  const std::string key = keys_.candles(name);
  const encode::CandleSeries kept =
      encode::read_series(reader_, series.symbol, series.interval, kCandlesKept, query_);
  Write rewritten;
  rewritten.command({"SADD", keys_.series, name});
  rewritten.command({"DEL", key});
  for (const Candle& candle : kept.candles) {
    if (candle.closed == 0) continue;
    add_entry(rewritten, tenure_.sequence(), key, kCandlesKept,
              record_of(encode::json_line(candle, kept, clocks_)));
  }
  outlet_.write(rewritten, false, {});
}

/// Adds the series that the daemon has begun to keep.
void Publication::look_at_series() {
  for (auto& [symbol, interval] : encode::candle_series(reader_, *status_)) {
    std::string name = name_of(symbol, interval);
    if (series_.contains(name)) continue;
    // Before those from before are read, so that none is left out.
    feed_.on_candles(symbol, interval, [this](const ClosedCandle& closed) {
      encode::CandleSeries of{
          std::string(closed.symbol.view()),
          std::string(closed.interval.view()),
          {},
          reader_.candles(closed.symbol.view(), closed.interval.view(), {}, query_)};
      const std::string record = record_of(encode::json_line(closed.candle, of, clocks_));
      batch_.candle(record);
      store(keys_.candles(name_of(of.symbol, of.interval)), kCandlesKept, record);
    });
    series_.emplace(std::move(name), Series{symbol, interval, {}});
  }
}

/// Sends the open candles that have changed.
void Publication::look_at_candles() {
  const auto known = series_.size();
  look_at_series();
  const bool has_grown = series_.size() != known;
  for (auto& [name, series] : series_) {
    if (has_grown && series.open.open_time_ns == 0) rewrite_series(series);
    const encode::CandleSeries newest =
        encode::read_series(reader_, series.symbol, series.interval, 1, query_);
    if (newest.candles.empty() || newest.candles[0].closed != 0) continue;
    if (is_same(newest.candles[0], series.open)) continue;
    series.open = newest.candles[0];
    batch_.candle(record_of(encode::json_line(series.open, newest, clocks_)));
    if (batch_.size() >= kPart) flush();
  }
}

/// Sends the prices that are to be trusted otherwise than they were, though nothing was traded.
void Publication::look_at_trust() {
  const auto count = static_cast<std::uint32_t>(reader_.symbol_count());
  for (std::uint32_t cell = 0; cell < count; ++cell) {
    const SymbolTicker symbol = reader_.at(cell, query_);
    if (!symbol.ticker.has_value) continue;
    if (cell < symbols_.size() && symbols_[cell].freshness == symbol.ticker.freshness &&
        symbols_[cell].reason == symbol.ticker.reason) {
      continue;
    }
    const std::string record = record_of_symbol(symbol);
    note_told(cell, {symbol.ticker.freshness, symbol.ticker.reason}, record);
    batch_.price(record);
    if (batch_.size() >= kPart) flush();
  }
}

bool Publication::take_nonce(std::string_view nonce, Time now) {
  const bool is_sound =
      !nonce.empty() && nonce.size() <= 64 && std::all_of(nonce.begin(), nonce.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      });
  if (!is_sound || !tenure_.is_publishing(now) || echoes_.size() >= kMostEchoes) return false;
  echoes_.push_back({std::string(nonce), now.count()});
  return now - beat_sent_ >= kEchoEvery;
}

void Publication::beat(Time now) {
  look_at_clock();
  read_status();
  if (!tenure_.is_publishing(now) || !outlet_.is_open()) return;
  const FeedStatus feed{status_->feed, status_->reason};
  // While the feed is not live, nothing is; before it is again, followers are told what is not.
  if (feed.freshness == Freshness::live) look_at_trust();
  if (now - candles_looked_ >= kCandlesEvery) {
    candles_looked_ = now;
    look_at_candles();
  }
  flush();
  if (!outlet_.is_open()) return;

  Write send;
  add_changed_tickers(send);
  send.command({"HSET", keys_.state, "sequence", std::to_string(tenure_.sequence())});
  Beat beat;
  beat.feed = feed;
  beat.hash = tenure_.sequence();
  beat.hops = status_->hops + 1;
  beat.upstream = status_->upstream.view();
  beat.orders = reader_.orders({}, query_);
  beat.portfolio = reader_.portfolio(query_);
  beat.echoes = std::exchange(echoes_, {});
  // Last: without a place for the rest, there is no beat and no longer lease.
  send.command({"PUBLISH", keys_.feed, beat_message(head(), beat)});
  renew(send, keys_);
  tenure_.on_sent(Duty::beat, now);
  beat_sent_ = now;
  outlet_.write(send, true, {});
  outlet_.flush();
}

/// To the hash.
void Publication::add_changed_tickers(Write& write) {
  std::vector<std::string> words;
  const auto put = [&] {
    if (!words.empty()) write.command({words.begin(), words.end()});
    words.clear();
  };
  for (std::uint32_t cell = 0; cell < symbols_.size(); ++cell) {
    std::string record = std::exchange(symbols_[cell].stored, {});
    if (record.empty()) continue;
    if (words.empty()) words = {"HSET", keys_.tickers};
    words.emplace_back(reader_.symbol(cell).view());
    words.push_back(std::move(record));
    if (words.size() >= 2 * kFields) put();
  }
  put();
}

}  // namespace tickcache::redis
