#include "bridges/relay/hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "encode/read.hpp"
#include "encode/status.hpp"
#include "encode/words.hpp"
#include "options/text.hpp"

namespace tickcache::relay {
namespace {

/// More records than this are sent in several parts, so that a relay which was suspended does not
/// hold them all at once.
constexpr std::size_t kPart = 512;
/// Symbols that clients may name though tickcached has never seen them.
constexpr std::size_t kMostUnseen = 4096;

// The latest events are kept for clients that come back, for a while after the last has left.
constexpr std::size_t kKeptBytes = std::size_t{8} << 20;
constexpr std::int64_t kKeptFor = 60'000'000'000;

std::string random_text() {
  std::random_device random;
  return fmt::format("{:08x}", random());
}

std::size_t index(Form form) noexcept { return static_cast<std::size_t>(form); }

}  // namespace

Hub::Hub(boost::asio::io_context& io, const std::string& segment)
    : reader_(segment),
      feed_(segment),
      account_(segment),
      run_(random_text()),
      second_(io),
      waker_(io, segment, [this] { round(); }) {
  feed_.on_ticker("all", [this](const Tick& tick) {
    const auto number = symbol_number(tick.symbol.view());
    if (!number) return;
    const Result<Ticker> latest = reader_.ticker(symbols_[*number], query_);
    FeedStatus trust{latest.freshness, latest.reason};
    const bool is_overtaken = tick.ticker.is_overtaken();
    if (is_overtaken) {
      trust = {Freshness::stale, Reason::lagging};
    } else {
      published_[*number] = tick.ticker;
    }
    publish({.kind = ChannelKind::ticker,
             .number = *number,
             .updates = tick.ticker.updates,
             .received_ns = tick.ticker.received_ns,
             .is_overtaken = is_overtaken},
            tick, trust);
  });
  feed_.on_order_update([this](const OrderUpdate& update) {
    const ListResult list = reader_.orders({}, query_);
    publish({.kind = ChannelKind::orders}, update, {list.freshness, list.reason});
  });
  feed_.on_portfolio([this](const PortfolioUpdate& update) {
    const auto now = reader_.portfolio(query_);
    publish({.kind = ChannelKind::portfolio}, update, {now.freshness, now.reason});
  });
  feed_.on_status([this](const FeedStatus& status) { on_status(status); });
  feed_.on_gap([this](const FeedGap& gap) { on_gap(gap); });
}

void Hub::start() {
  waker_.start();
  look_after();
}

void Hub::stop() {
  second_.cancel();
  for_each_client([](Client& client) { client.end("the relay stops"); });
}

std::size_t Hub::client_count(bool (*counts)(const Manners&)) const {
  return static_cast<std::size_t>(std::count_if(
      clients_.begin(), clients_.end(),
      [&](const auto& client) { return client->is_open() && counts(client->manners()); }));
}

void Hub::add(std::shared_ptr<Client> client) {
  clients_.push_back(std::move(client));
  waker_.set_ticks(true);
}

std::optional<std::uint32_t> Hub::symbol_number(std::string_view symbol) {
  SymbolHandle handle = reader_.handle(symbol);
  if (handle.symbol().empty()) return std::nullopt;
  const auto known = symbol_numbers_.find(std::string(handle.symbol()));
  if (known != symbol_numbers_.end()) return known->second;
  const bool is_seen = reader_.ticker(handle).has_value;
  if (!is_seen && symbols_.size() >= reader_.symbol_count() + kMostUnseen) return std::nullopt;
  const auto number = symbol_count();
  symbol_numbers_.emplace(handle.symbol(), number);
  symbols_.push_back(handle);
  published_.emplace_back();
  return number;
}

std::optional<std::uint32_t> Hub::series_number(std::string_view symbol,
                                                std::string_view interval) {
  const std::pair<std::string, std::string> name(reader_.handle(symbol).symbol(), interval);
  const auto known = series_.find(name);
  if (known != series_.end()) return known->second;
  const auto status = encode::read_status(reader_);
  const auto channels = encode::channels_of(*status);
  const bool is_kept =
      std::any_of(channels.begin(), channels.end(), [&](const ChannelStatus& channel) {
        return encode::brings(channel, ChannelKind::candles, name.first, name.second);
      });
  if (!is_kept || name.first.empty()) return std::nullopt;
  // Where all symbols have candles, any name would do.
  const bool is_seen = reader_.ticker(name.first).has_value;
  if (!is_seen && series_.size() >= kMostUnseen) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(series_.size());
  series_.emplace(name, number);
  feed_.on_candles(name.first, name.second, [this, number](const ClosedCandle& closed) {
    const ListResult list =
        reader_.candles(closed.symbol.view(), closed.interval.view(), {}, query_);
    publish({.kind = ChannelKind::candles, .number = number}, closed,
            {list.freshness, list.reason});
  });
  return number;
}

void Hub::send_portfolio(Client& client) {
  const Result<Portfolio> now = reader_.portfolio();
  if (!now.has_value || (!client.manners().is_told && !now.live())) return;
  if (!is_own_key(client.manners().key)) return;
  client.send(frame_of(client.manners().form, PortfolioUpdate{now.value, 0, 0},
                       {now.freshness, now.reason}, encode::Clocks::now()));
}

bool Hub::is_own_key(std::string_view key) {
  static_cast<void>(reader_.symbol_count());  // follows a restarted daemon
  return !key.empty() && account_.key_matches(key) && reader_.key_matches(key);
}

std::string Hub::event_id() const { return fmt::format("{}-{}", run_, events_); }

std::optional<std::uint64_t> Hub::event_number(std::string_view id) const {
  if (!id.starts_with(run_ + '-')) return std::nullopt;
  const auto last = options::number<std::uint64_t>(id.substr(run_.size() + 1));
  return last > events_ ? std::nullopt : last;
}

std::optional<std::string> Hub::events_after(std::uint64_t& number, const Client& client,
                                             std::size_t size) const {
  std::string events;
  if (number == events_) return events;
  if (kept_.empty() || kept_.front().first > number + 1) return std::nullopt;
  if (number < account_since_ && client.gets_account()) return std::nullopt;
  auto kept =
      std::upper_bound(kept_.begin(), kept_.end(), number + 1,
                       [](std::uint64_t event, const Kept& one) { return event < one.first; });
  for (--kept; kept != kept_.end() && events.size() < size; ++kept) {
    const Batch& batch = kept->batch;
    for (std::size_t i = number + 1 - kept->first; i < batch.topics.size(); ++i) {
      number = kept->first + i;
      if (!client.gets(batch.topics[i])) continue;
      const std::size_t begin = i == 0 ? 0 : batch.topics[i - 1].end;
      events.append(batch.bytes, begin, batch.topics[i].end - begin);
    }
  }
  return events;
}

void Hub::round() {
  clocks_ = encode::Clocks::now();
  query_.now = BootClock::now();
  see_who_reads();
  // What came during the first is there after the second, unless ticks come without a pause.
  const bool is_drained = feed_.poll() == 0 || feed_.poll() == 0;
  flush();
  if (!is_drained) return;
  for_each_client([this](Client& client) { client.end_of_round(clocks_.boot_ns); });
}

template <class Record>
void Hub::publish(const Topic& topic, const Record& record, const FeedStatus& trust) {
  ++counters_.records;
  for (const Form form : kForms) {
    if (!is_read_[index(form)]) continue;
    Batch& batch = batches_[index(form)];
    if (form == Form::events) batch.bytes += fmt::format("id: {}-{}\n", run_, ++events_);
    batch.bytes += frame_of(form, record, trust, clocks_);
    batch.topics.push_back(topic);
    batch.topics.back().end = batch.bytes.size();
  }
  const bool is_full = std::any_of(batches_.begin(), batches_.end(),
                                   [](const Batch& batch) { return batch.topics.size() >= kPart; });
  if (is_full) flush();
}

/// Sends what was published.
void Hub::flush() {
  for_each_client([this](Client& client) {
    const Batch& batch = batches_[index(client.manners().form)];
    if (!batch.topics.empty()) client.deliver(batch);
  });
  Batch& events = batches_[index(Form::events)];
  if (!events.topics.empty()) keep(std::move(events));
  for (Batch& batch : batches_) {
    batch.bytes.clear();
    batch.topics.clear();
  }
}

void Hub::on_status(const FeedStatus& status) {
  flush();  // what came before
  status_ = status;
  if (account_.error() != OpenError::none) open_account();
  const bool is_live = status.freshness == Freshness::live;
  for_each_client([&](Client& client) {
    if (client.manners().is_told) {
      client.send(frame_of(client.manners().form, status));
    } else if (!is_live) {
      end(client);
    }
  });
}

void Hub::end(Client& client) {
  if (client.is_ending()) return;
  ++counters_.ended;
  client.end("the feed is " + encode::verdict(status_.freshness, status_.reason));
}

/// What the feed delivers from now on is of the segment that is there.
void Hub::open_account() {
  try {
    account_ = Reader(reader_.segment());
    // It looks for a successor only now and then, and would refuse the new key until then.
    reader_ = Reader(reader_.segment());
  } catch (const SegmentError&) {
    // The feed cannot have opened it either.
  }
}

void Hub::on_gap(const FeedGap& gap) {
  flush();
  if (gap.channel == ChannelKind::orders && gap.cause == GapCause::restarted) {
    open_account();
    account_since_ = events_;
  }
  if (gap.cause == GapCause::lapped) counters_.missed += gap.missed;
  for_each_client([&](Client& client) {
    if (!client.manners().is_told) return;
    client.send(frame_of(client.manners().form, gap));
  });
}

void Hub::keep(Batch batch) {
  kept_bytes_ += batch.bytes.size();
  kept_.push_back({events_ - batch.topics.size() + 1, std::move(batch)});
  while (kept_bytes_ > kKeptBytes) {
    kept_bytes_ -= kept_.front().batch.bytes.size();
    kept_.pop_front();
  }
}

void Hub::look_after() {
  const std::int64_t now = BootClock::now().time_since_epoch().count();
  std::erase_if(clients_, [](const auto& client) { return !client->is_open(); });
  for_each_client([&](Client& client) { client.on_time(now); });
  if (account_.error() != OpenError::none && status_.reason != Reason::no_segment) open_account();
  waker_.set_ticks(!clients_.empty() || is_read_[index(Form::events)]);
  second_.expires_after(std::chrono::seconds(1));
  second_.async_wait([this](boost::system::error_code error) {
    if (!error) look_after();
  });
}

/// Ids of the events before are not followed by the next ones.
void Hub::forget_events() {
  kept_.clear();
  kept_bytes_ = 0;
  run_ = random_text();
  events_ = 0;
  account_since_ = 0;
}

void Hub::see_who_reads() {
  const bool events_were_read = is_read_[index(Form::events)];
  is_read_.fill(false);
  for_each_client([this](const Client& client) { is_read_[index(client.manners().form)] = true; });
  if (is_read_[index(Form::events)]) events_read_ns_ = clocks_.boot_ns;
  // Those who read them may come back.
  is_read_[index(Form::events)] =
      events_read_ns_ > 0 && clocks_.boot_ns - events_read_ns_ < kKeptFor;
  if (events_were_read && !is_read_[index(Form::events)]) forget_events();
}

/// Clients may be added meanwhile, by none of these functions removed.
template <class Function>
void Hub::for_each_client(Function function) {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    if (clients_[i]->is_open()) function(*clients_[i]);
  }
}

}  // namespace tickcache::relay
