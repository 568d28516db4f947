#include "bridges/relay/client.hpp"

#include <fmt/format.h>

#include <utility>

#include "bridges/relay/hub.hpp"
#include "encode/untrusted.hpp"

namespace tickcache::relay {
namespace {

/// The socket's own buffer. A client that wants the latest is not helped by old ticks in it.
constexpr int kBuffer = 256 << 10;
constexpr int kConflatedBuffer = 32 << 10;

/// So many bytes of latest values are sent in one go.
constexpr std::size_t kPortion = std::size_t{32} << 10;

/// The feed may bring a tick so much later than it is a symbol's latest value.
constexpr std::int64_t kFeedDelay = 100'000'000;

}  // namespace

bool Subscriptions::has(const Topic& topic) const noexcept {
  switch (topic.kind) {
    case ChannelKind::all_tickers:
    case ChannelKind::ticker:
      return all_tickers || symbols.has(topic.number);
    case ChannelKind::candles:
      return series.has(topic.number);
    case ChannelKind::orders:
      return orders;
    case ChannelKind::portfolio:
      return portfolio;
  }
  return false;
}

std::string no_such_series(std::string_view symbol, std::string_view interval) {
  return fmt::format("tickcached keeps no candles {0}:{1}; add {0}:{1} to its option candles",
                     encode::printable(symbol), encode::printable(interval));
}

std::string refusal(Hub& hub, std::string_view key, const Request& request) {
  switch (request.channel) {
    case ChannelKind::all_tickers:
      return {};
    case ChannelKind::ticker:
      if (hub.symbol_number(request.symbol)) return {};
      return fmt::format("'{}' is not a symbol", encode::printable(request.symbol));
    case ChannelKind::candles:
      if (hub.series_number(request.symbol, request.interval)) return {};
      return no_such_series(request.symbol, request.interval);
    case ChannelKind::orders:
    case ChannelKind::portfolio:
      return std::string(hub.is_own_key(key) ? "" : kOwnKeyRequired);
  }
  return {};
}

Client::Client(Hub& hub, web::Socket socket, web::Seat seat, Manners manners)
    : hub_(hub),
      manners_(std::move(manners)),
      wire_(std::move(socket), std::move(seat), manners_.conflates ? kConflatedBuffer : kBuffer) {}

void Client::start() {
  wire_.on_drained(weak_from_this(), [this] { on_drained(); });
  hub_.add(shared_from_this());
}

bool Client::gets(const Topic& topic) const { return subscriptions_.has(topic) && may_have(topic); }

void Client::deliver(const Batch& batch) {
  if (is_held_ || is_ending_) return;
  buffers_.clear();
  const bool skips = manners_.conflates && wire_.is_behind();
  std::size_t begin = 0;
  for (const Topic& topic : batch.topics) {
    const std::size_t at = std::exchange(begin, topic.end);
    if (!subscriptions_.has(topic)) continue;
    if (topic.kind == ChannelKind::ticker) {
      if (was_shown(topic)) continue;
      if (skips || (manners_.conflates && is_due_.has(topic.number))) {
        owe(topic.number);
        continue;
      }
      if (!topic.is_overtaken) is_due_.set(topic.number, false);  // this is its latest
    } else if (!may_have(topic)) {
      continue;
    }
    const char* data = batch.bytes.data() + at;
    if (!buffers_.empty() &&
        static_cast<const char*>(buffers_.back().data()) + buffers_.back().size() == data) {
      buffers_.back() = {buffers_.back().data(), buffers_.back().size() + begin - at};
    } else {
      buffers_.emplace_back(data, begin - at);
    }
  }
  if (!buffers_.empty() && !wire_.send(buffers_)) drop();
}

void Client::send(std::string_view frame) {
  if (!is_ending_ && !wire_.send(frame)) drop();
}

void Client::catch_up() {
  while (!due_.empty() && is_open() && !is_ending_ && !wire_.is_behind()) {
    std::string portion;
    std::size_t done = 0;
    for (; done < due_.size() && portion.size() < kPortion; ++done) {
      const std::uint32_t symbol = due_[done];
      is_listed_.set(symbol, false);
      if (is_due_.set(symbol, false)) portion += latest_frame(symbol);
    }
    due_.erase(due_.begin(), due_.begin() + static_cast<std::ptrdiff_t>(done));
    if (!portion.empty()) send(portion);
  }
}

/// Empty if there is none for it.
std::string Client::latest_frame(std::uint32_t symbol) {
  std::uint32_t missed = 0;
  if (symbol < missed_.size()) missed = std::exchange(missed_[symbol], 0);
  if (!subscriptions_.has({.kind = ChannelKind::ticker, .number = symbol})) return {};
  Result<Ticker> ticker = hub_.latest(symbol);
  if (!ticker.has_value || (!manners_.is_told && !ticker.live())) return {};
  const encode::Clocks clocks = encode::Clocks::now();
  if (missed > 0) {
    // The last of the ticks that were counted: those after it are still delivered.
    if (const Ticker* published = hub_.published(symbol)) ticker.value = *published;
    ticker.age_ns = clocks.age(ticker.value.received_ns);
    --missed;
  } else {
    shown_[symbol] = {ticker.value.updates, ticker.value.received_ns};
    shown_ns_ = clocks.boot_ns;
  }
  return frame_of(manners_.form, hub_.symbol(symbol), ticker, missed, clocks);
}

void Client::end_of_round(std::int64_t now_ns) noexcept {
  if (!shown_.empty() && now_ns - shown_ns_ > kFeedDelay) shown_.clear();
}

void Client::subscribe(const Request& request, bool is_on) {
  switch (request.channel) {
    case ChannelKind::all_tickers:
      subscriptions_.all_tickers = is_on;
      for (std::uint32_t symbol = 0; is_on && symbol < hub_.symbol_count(); ++symbol) {
        make_due(symbol);
      }
      return;
    case ChannelKind::ticker:
      if (const auto symbol = hub_.symbol_number(request.symbol)) {
        subscriptions_.symbols.set(*symbol, is_on);
        if (is_on) make_due(*symbol);
      }
      return;
    case ChannelKind::candles:
      if (const auto series = hub_.series_number(request.symbol, request.interval)) {
        subscriptions_.series.set(*series, is_on);
      }
      return;
    case ChannelKind::orders:
      subscriptions_.orders = is_on;
      return;
    case ChannelKind::portfolio:
      subscriptions_.portfolio = is_on;
      return;
  }
}

void Client::forget_due() {
  due_.clear();
  is_listed_ = {};
  is_due_ = {};
}

void Client::make_due(std::uint32_t symbol) {
  is_due_.set(symbol);
  if (is_listed_.set(symbol)) due_.push_back(symbol);
}

/// A tick that is not sent.
void Client::owe(std::uint32_t symbol) {
  if (symbol >= missed_.size()) missed_.resize(symbol + 1);
  ++missed_[symbol];
  make_due(symbol);
}

/// A tick that was sent as the latest value, or is older. A snapshot counts no update.
bool Client::was_shown(const Topic& topic) const {
  if (shown_.empty()) return false;
  const auto shown = shown_.find(topic.number);
  return shown != shown_.end() && topic.updates <= shown->second.updates &&
         topic.received_ns <= shown->second.received_ns;
}

/// The account's records are for who has its key; the daemon may have been given another one since.
bool Client::may_have(const Topic& topic) const {
  const bool is_private = topic.kind == ChannelKind::orders || topic.kind == ChannelKind::portfolio;
  return !is_private || hub_.is_own_key(manners_.key);
}

void Client::drop() {
  if (wire_.is_open()) hub_.on_too_slow();
  wire_.close();
}

}  // namespace tickcache::relay
