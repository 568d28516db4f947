#include "bridges/redis/origin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>
#include <random>

#include "encode/line.hpp"
#include "encode/read.hpp"
#include "encode/status.hpp"
#include "encode/untrusted.hpp"
#include "encode/words.hpp"

namespace tickcache::redis {
namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kRetryAfter{500};
/// Records in a message.
constexpr std::size_t kPart = 512;
/// Fields of one HSET: Lua's stack has an end.
constexpr std::size_t kFields = 500;
/// Commands that Redis has not answered.
constexpr std::size_t kMostUnanswered = std::size_t{256} << 20;
constexpr milliseconds kCandlesEvery{1000};
/// Beats that echo a nonce come no faster.
constexpr milliseconds kEchoEvery{20};
constexpr std::size_t kMostEchoes = 64;
constexpr std::size_t kOrdersRewritten = 100;

Time boot_time() { return boot_clock(); }

std::string random_instance() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

LinkSettings link_settings(boost::asio::io_context& io, const Config& config) {
  LinkSettings settings;
  settings.address = config.url;
  settings.user = config.user;
  settings.password = config.password;
  using Resolver = boost::asio::ip::tcp::resolver;
  settings.resolve = [resolver = std::make_shared<Resolver>(io)](
                         const std::string& host, std::uint16_t port,
                         std::function<void(error_code, Endpoints)> done) {
    resolver->async_resolve(host, std::to_string(port),
                            [resolver, done = std::move(done)](
                                error_code error, const Resolver::results_type& results) {
                              done(error, Endpoints(results.begin(), results.end()));
                            });
  };
  return settings;
}

std::string name_of(std::string_view symbol, std::string_view interval) {
  return std::string(symbol) + ':' + std::string(interval);
}

bool is_same(const Candle& a, const Candle& b) {
  return a.open_time_ns == b.open_time_ns && a.open == b.open && a.high == b.high &&
         a.low == b.low && a.close == b.close && a.volume == b.volume && a.closed == b.closed &&
         a.flags == b.flags;
}

}  // namespace

Origin::Origin(Config config, Say say)
    : config_(std::move(config)),
      say_(std::move(say)),
      keys_(config_.feed),
      instance_(random_instance()),
      link_(io_, link_settings(io_, config_)),
      timer_(io_),
      retry_(io_),
      signals_(io_, SIGTERM, SIGINT),
      reader_(config_.segment),
      waker_(io_, config_.segment, [this] { round(); }),
      status_(std::make_unique<Status>()) {
  follow_feed();
}

Origin::~Origin() = default;

void Origin::run() {
  signals_.async_wait([this](error_code error, int) {
    if (!error) stop();
  });
  waker_.set_ticks(true);
  waker_.start();
  open();
  io_.run();
}

void Origin::stop() {
  stopping_ = true;
  retry_.cancel();
  timer_.cancel();
  if (!link_.is_open() || scripts_.size() < 3) return io_.stop();
  // Followers need not wait for the lease's end.
  link_.commands().send({"EVALSHA", scripts_[2], "1", keys_.lease, token_},
                        [this](const redisReply*) { io_.stop(); });
  timer_.expires_after(kOriginStops);
  timer_.async_wait([this](error_code) { io_.stop(); });
}

void Origin::report(const std::string& state) {
  if (std::exchange(said_, state) != state) say_(state);
}

// --- Redis

void Origin::open() {
  link_.open(keys_.hello, {[this] { on_open(); }, [this](const std::string& why) { on_lost(why); },
                           [this](std::string_view text) { on_hello(text); }});
}

void Origin::on_open() {
  scripts_.clear();
  load(0);
}

void Origin::load(std::size_t number) {
  constexpr std::array kScripts = {&kTakeScript, &kWriteScript, &kGiveScript};
  if (number == kScripts.size()) {
    tenure_.on_open(boot_time());
    return act();
  }
  link_.commands().send({"SCRIPT", "LOAD", *kScripts[number]},
                        [this, number](const redisReply* answer) {
                          if (answer == nullptr) return;
                          if (text_of(answer).empty()) {
                            link_.close();
                            return on_lost("cannot load a script: " + problem_of(answer));
                          }
                          scripts_.emplace_back(text_of(answer));
                          load(number + 1);
                        });
}

void Origin::on_lost(const std::string& why) {
  tenure_.on_lost();
  batch_.clear();
  if (stopping_) return io_.stop();
  report("Redis: " + encode::printable(why));
  retry_.expires_after(kRetryAfter);
  retry_.async_wait([this](error_code error) {
    if (!error && !stopping_) open();
  });
}

void Origin::on_hello(std::string_view nonce) {
  const bool is_sound =
      !nonce.empty() && nonce.size() <= 64 && std::all_of(nonce.begin(), nonce.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      });
  const Time now = boot_time();
  if (!is_sound || !tenure_.is_publishing(now) || echoes_.size() >= kMostEchoes) return;
  echoes_.push_back({std::string(nonce), now.count()});
  if (now - beat_sent_ >= kEchoEvery) {
    beat(now);
    wait();
  }
}

/// Does what is due.
void Origin::act() {
  if (stopping_) return;
  const Time now = boot_time();
  const Duty duty = tenure_.duty(now);
  switch (duty) {
    case Duty::none:
      break;
    case Duty::ask:
      tenure_.on_sent(duty, now);
      take();
      break;
    case Duty::rewrite:
      tenure_.on_sent(duty, now);
      rewrite(now);
      break;
    case Duty::renew: {
      tenure_.on_sent(duty, now);
      Write renewal;
      renew(renewal);
      write(renewal, true);
      break;
    }
    case Duty::beat:
      round();
      beat(now);
      break;
    case Duty::reconnect:
      // What is on its way must not come later.
      link_.close();
      return on_lost("no answer for " + std::to_string(kOriginStops.count() / 1000) + " s");
  }
  wait();
}

void Origin::wait() {
  const Time now = boot_time();
  const Time deadline = tenure_.deadline(now);
  if (deadline == Time::max() || stopping_) return;
  // Its timer stands still while the machine sleeps, which only delays it.
  timer_.expires_after(std::max(Time(milliseconds(1)), deadline - now));
  timer_.async_wait([this](error_code error) {
    if (!error) act();
  });
}

void Origin::take() {
  const Time sent = boot_time();
  const std::string lease = std::to_string(kLease.count());
  link_.commands().send(
      {"EVALSHA", scripts_[0], "2", keys_.lease, keys_.state, instance_, lease},
      [this, sent](const redisReply* answer) {
        if (answer == nullptr || stopping_) return;
        const Time now = boot_time();
        const bool is_sound = answer->type == REDIS_REPLY_ARRAY && answer->elements == 2 &&
                              answer->element[0]->type == REDIS_REPLY_INTEGER;
        if (problem_of(answer).starts_with("NOSCRIPT")) {
          link_.close();
          return on_lost(problem_of(answer));
        }
        if (!is_sound) {
          report("Redis: cannot take the lease: " + encode::printable(problem_of(answer)));
          tenure_.on_error(now);
        } else if (answer->element[0]->integer == 1) {
          token_ = std::string(text_of(answer->element[1])) + ':' + instance_;
          tenure_.on_granted(std::stoull(std::string(text_of(answer->element[1]))), sent, now);
        } else {
          report("standing by: " + encode::printable(text_of(answer->element[1])) +
                 " publishes the feed");
          tenure_.on_taken_by_other(now);
        }
        act();
      });
}

void Origin::renew(Write& write) const {
  write.command({"PEXPIRE", keys_.lease, std::to_string(kLease.count())});
}

void Origin::write(const Write& write, bool renews, std::function<void()> done) {
  if (!link_.is_open()) return;
  std::vector<std::string_view> words = {"EVALSHA", scripts_[1], "1", keys_.lease, token_};
  words.insert(words.end(), write.words().begin(), write.words().end());
  const Time sent = boot_time();
  link_.commands().send(
      words, [this, epoch = tenure_.epoch(), renews, sent, done = std::move(done)](
                 const redisReply* answer) { on_written(answer, epoch, renews, sent, done); });
}

void Origin::on_written(const redisReply* answer, std::uint64_t epoch, bool renews, Time sent,
                        const std::function<void()>& done) {
  if (answer == nullptr || epoch != tenure_.epoch() || stopping_) return;
  const Time now = boot_time();
  if (answer->type == REDIS_REPLY_INTEGER && answer->integer == 1) {
    if (renews) tenure_.on_renewed(sent);
    if (done) done();
    return;
  }
  if (answer->type == REDIS_REPLY_INTEGER) {
    report("the lease is lost");
    tenure_.on_refused(now);
  } else if (problem_of(answer).starts_with("NOSCRIPT")) {
    link_.close();
    return on_lost(problem_of(answer));
  } else {
    report("Redis: " + encode::printable(problem_of(answer)));
    tenure_.on_error(now);
  }
  wait();
}

// --- the segment

void Origin::follow_feed() {
  feed_ = std::make_unique<Feed>(config_.segment);
  feed_->on_ticker("all", [this](const Tick& tick) {
    if (!tenure_.holds(Time(clocks_.boot_ns))) return;
    const std::uint32_t cell = tick.ticker.symbol_index;
    const SymbolTicker now = reader_.at(cell, query_);
    FeedStatus trust{now.ticker.freshness, now.ticker.reason};
    if (tick.ticker.is_overtaken()) {
      trust = {Freshness::stale, Reason::lagging};
    } else {
      note_told(cell, trust.freshness, trust.reason);
    }
    batch_.tick(tick, trust, clocks_);
    if (batch_.size() >= kPart) flush();
  });
  feed_->on_order_update([this](const OrderUpdate& update) { batch_.order(update, clocks_); });
  feed_->on_portfolio([this](const PortfolioUpdate& update) { batch_.portfolio(update, clocks_); });
  feed_->on_gap([this](const FeedGap& gap) {
    // What was lost is in the segment: everything is written anew.
    const bool is_lost = gap.cause == GapCause::lapped || gap.cause == GapCause::restarted;
    if (is_lost) tenure_.restart(Time(clocks_.boot_ns));
  });
}

void Origin::note_told(std::uint32_t cell, Freshness freshness, Reason reason) {
  if (cell >= symbols_.size()) symbols_.resize(cell + 1);
  symbols_[cell] = {freshness, reason, true};
}

MessageHead Origin::head() const {
  return {tenure_.epoch(), instance_, tenure_.sequence(), clocks_.boot_ns};
}

/// Reads what has come, and sends it.
void Origin::round() {
  clocks_ = encode::Clocks::now();
  query_.now = std::chrono::nanoseconds(clocks_.boot_ns);
  if (feed_->poll() != 0) feed_->poll();
  flush();
}

void Origin::flush() {
  if (batch_.size() == 0) return;
  if (!link_.is_open() || !tenure_.holds(Time(clocks_.boot_ns))) return batch_.clear();
  const std::string sequence = std::to_string(tenure_.next_sequence());
  const std::string at = clock_text(clocks_.boot_ns);
  Write send;
  const auto add = [&](const std::string& key, std::size_t most, const std::string& record) {
    send.command({"XADD", key, "MAXLEN", std::to_string(most), "*", "sequence", sequence, "at", at,
                  "record", record});
  };
  for (const auto& order : batch_.orders()) add(keys_.orders, kOrdersKept, order.record);
  for (const auto& one : batch_.portfolios()) add(keys_.portfolio, kPortfoliosKept, one.record);
  for (const auto& candle : batch_.closed_candles()) {
    add(keys_.candles(candle.series), kCandlesKept, candle.record);
  }
  send.command({"PUBLISH", keys_.feed, batch_.message(head())});
  batch_.clear();
  write(send, false);
  // It may find the connection lost.
  if (link_.is_open()) link_.commands().flush();
  if (link_.is_open() && link_.commands().unanswered() > kMostUnanswered) {
    link_.close();
    on_lost("it is too slow");
  }
}

void Origin::read_status() {
  reader_.status(*status_);
  if (status_->instance != segment_ || channels_text() != channels_) {
    // Cells have other numbers, or followers have other channels to declare.
    tenure_.restart(Time(clocks_.boot_ns));
  }
}

std::string Origin::channels_text() const {
  std::string text = "[";
  for (const ChannelStatus& channel : encode::channels_of(*status_)) {
    if (channel.state == ChannelState::unused) continue;
    if (text.size() > 1) text += ',';
    text += '"' + encode::printable(encode::channel_name(channel)) + '"';
  }
  return text + ']';
}

std::string Origin::record_of_symbol(const SymbolTicker& symbol) const {
  return record_of(encode::json_line(Tick{symbol.symbol, symbol.ticker.value, 0}, clocks_,
                                     {symbol.ticker.freshness, symbol.ticker.reason}));
}

/// Writes all keys, so that nothing old is left in them.
void Origin::rewrite(Time now) {
  round();
  reader_.status(*status_);
  segment_ = status_->instance;
  channels_ = channels_text();
  report("publishing the feed as " + token_);
  const std::string sequence = std::to_string(tenure_.sequence());
  const std::string at = clock_text(clocks_.boot_ns);
  Write begin;
  begin.command({"HDEL", keys_.state, "sequence"});
  begin.command({"DEL", keys_.tickers, keys_.orders, keys_.portfolio, keys_.series});
  renew(begin);
  write(begin, true);

  symbols_.assign(reader_.symbol_count(), {});
  for (std::uint32_t cell = 0; cell < symbols_.size();) {
    std::vector<std::string> words = {"HSET", keys_.tickers};
    for (; cell < symbols_.size() && words.size() < 2 * kFields; ++cell) {
      const SymbolTicker symbol = reader_.at(cell, query_);
      if (!symbol.ticker.has_value) continue;
      symbols_[cell] = {symbol.ticker.freshness, symbol.ticker.reason, false};
      words.emplace_back(symbol.symbol.view());
      words.push_back(stored_record(record_of_symbol(symbol), clocks_.boot_ns));
    }
    if (words.size() > 2) write(Write().command({words.begin(), words.end()}), false);
  }

  std::vector<Order> orders(kOrdersRewritten);
  const ListResult list = reader_.orders(orders, query_);
  Write account;
  const auto add = [&](const std::string& key, std::size_t most, const std::string& record) {
    account.command({"XADD", key, "MAXLEN", std::to_string(most), "*", "sequence", sequence, "at",
                     at, "record", record});
  };
  for (std::size_t i = 0; i < list.count; ++i) {
    const OrderUpdate update{orders[i], list.first_position + i, 0};
    add(keys_.orders, kOrdersKept, record_of(encode::json_line(update, clocks_)));
  }
  if (const Result<Portfolio> portfolio = reader_.portfolio(query_); portfolio.has_value) {
    const PortfolioUpdate update{portfolio.value, status_->portfolios, 0};
    add(keys_.portfolio, kPortfoliosKept, record_of(encode::json_line(update, clocks_)));
  }
  if (!account.words().empty()) write(account, false);

  look_at_series();
  for (const auto& [name, series] : series_) rewrite_series(series);
  Write end;
  end.command({"HSET", keys_.state, "epoch", std::to_string(tenure_.epoch()), "instance", instance_,
               "sequence", sequence, "channels", channels_});
  renew(end);
  write(end, true, [this] {
    tenure_.on_rewritten();
    // At once: followers wait for it.
    if (tenure_.is_publishing(boot_time())) beat(boot_time());
    wait();
  });
  static_cast<void>(now);
}

void Origin::rewrite_series(const Series& series) {
  const std::string key = keys_.candles(name_of(series.symbol, series.interval));
  const encode::CandleSeries kept =
      encode::read_series(reader_, series.symbol, series.interval, kCandlesKept, query_);
  const std::string sequence = std::to_string(tenure_.sequence());
  const std::string at = clock_text(clocks_.boot_ns);
  Write rewritten;
  rewritten.command({"SADD", keys_.series, name_of(series.symbol, series.interval)});
  rewritten.command({"DEL", key});
  for (const Candle& candle : kept.candles) {
    if (candle.closed == 0) continue;
    rewritten.command({"XADD", key, "MAXLEN", std::to_string(kCandlesKept), "*", "sequence",
                       sequence, "at", at, "record",
                       record_of(encode::json_line(candle, kept, clocks_))});
  }
  write(rewritten, false);
}

/// Adds the series that the daemon has begun to keep.
void Origin::look_at_series() {
  for (auto& [symbol, interval] : encode::candle_series(reader_, *status_)) {
    std::string name = name_of(symbol, interval);
    if (series_.contains(name)) continue;
    // Before those from before are read, so that none is left out.
    feed_->on_candles(symbol, interval, [this](const ClosedCandle& closed) {
      encode::CandleSeries of{
          std::string(closed.symbol.view()),
          std::string(closed.interval.view()),
          {},
          reader_.candles(closed.symbol.view(), closed.interval.view(), {}, query_)};
      batch_.candle(name_of(of.symbol, of.interval), closed.candle, of, clocks_);
    });
    series_.emplace(std::move(name), Series{symbol, interval, {}});
  }
}

/// Sends the open candles that have changed.
void Origin::look_at_candles() {
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
    batch_.candle(name, series.open, newest, clocks_);
    if (batch_.size() >= kPart) flush();
  }
}

/// Sends the prices that are to be trusted otherwise than they were, though nothing was traded.
void Origin::look_at_trust() {
  const auto count = static_cast<std::uint32_t>(reader_.symbol_count());
  for (std::uint32_t cell = 0; cell < count; ++cell) {
    const SymbolTicker symbol = reader_.at(cell, query_);
    if (!symbol.ticker.has_value) continue;
    if (cell < symbols_.size() && symbols_[cell].freshness == symbol.ticker.freshness &&
        symbols_[cell].reason == symbol.ticker.reason) {
      continue;
    }
    note_told(cell, symbol.ticker.freshness, symbol.ticker.reason);
    batch_.price(record_of_symbol(symbol));
    if (batch_.size() >= kPart) flush();
  }
}

void Origin::beat(Time now) {
  clocks_ = encode::Clocks::now();
  query_.now = std::chrono::nanoseconds(clocks_.boot_ns);
  read_status();
  if (!tenure_.is_publishing(now) || !link_.is_open()) return;
  const FeedStatus feed{status_->feed, status_->reason};
  // While the feed is not live, nothing is; before it is again, followers are told what is not.
  if (feed.freshness == Freshness::live) look_at_trust();
  if (now - candles_looked_ >= kCandlesEvery) {
    candles_looked_ = now;
    look_at_candles();
  }
  flush();
  if (!link_.is_open()) return;

  const std::string sequence = std::to_string(tenure_.sequence());
  Write send;
  std::vector<std::string> words;
  const auto put = [&] {
    if (!words.empty()) send.command({words.begin(), words.end()});
    words.clear();
  };
  for (std::uint32_t cell = 0; cell < symbols_.size(); ++cell) {
    if (!std::exchange(symbols_[cell].has_changed, false)) continue;
    const SymbolTicker symbol = reader_.at(cell, query_);
    if (!symbol.ticker.has_value) continue;
    if (words.empty()) words = {"HSET", keys_.tickers};
    words.emplace_back(symbol.symbol.view());
    words.push_back(stored_record(record_of_symbol(symbol), clocks_.boot_ns));
    if (words.size() >= 2 * kFields) put();
  }
  put();
  send.command({"HSET", keys_.state, "sequence", sequence});
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
  renew(send);
  tenure_.on_sent(Duty::beat, now);
  beat_sent_ = now;
  write(send, true);
  if (link_.is_open()) link_.commands().flush();
}

}  // namespace tickcache::redis
