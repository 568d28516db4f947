// doctor: the received data and how it is stored.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/doctor/doctor_checks.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "encode/read.hpp"
#include "encode/status.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

/// An exchange that answers at all does so within this time.
constexpr std::int64_t kAnswerTime = 30'000'000'000;

bool is_ticker(const ChannelStatus& channel) noexcept {
  return channel.kind == ChannelKind::all_tickers || channel.kind == ChannelKind::ticker;
}

std::string refusal_remedy(const ChannelStatus& channel) {
  if (channel.origin == Source::ticks)
    return "correct tickcached's options symbols, candles and candles-from";
  if (channel.kind == ChannelKind::candles)
    return std::string("correct tickcached's option candles: ").append(interval_hint());
  if (channel.kind == ChannelKind::ticker)
    return "correct tickcached's option symbols, or set it to all";
  return fmt::format("if it is not needed: {} = false in tickcached.conf", channel_name(channel));
}

/// Of a subscription that was not refused.
std::string_view what_is_odd(Reader& reader, const ChannelStatus& channel, std::int64_t now_ns) {
  const bool old = now_ns - channel.changed_ns > kAnswerTime;
  if (channel.state != ChannelState::acknowledged)
    return old && channel.count == 0 ? "the exchange has not answered" : "";
  if (is_ticker(channel) && channel.count == 0 && old) return "the exchange sends nothing on it";
  if (channel.kind != ChannelKind::candles || channel.count == 0) return "";
  const CandleSeries series =
      read_series(reader, channel.symbol.view(), channel.interval.view(), 1, {});
  return series.list.reason == Reason::silent ? "its candles have stopped" : "";
}

void check_subscription(Reader& reader, const Status& status, const ChannelStatus& channel,
                        Findings& findings) {
  const std::string name = channel_name(channel);
  const std::string text = fmt::format("{}: {}", name, channel_sentence(channel, status.now_ns));
  if (channel.state == ChannelState::refused) {
    findings.push_back(
        {Level::problem, "subscription",
         name + (channel.origin == Source::ticks ? " cannot come" : " is refused by the exchange"),
         channel.reason.empty() ? "it gave no reason" : printable(channel.reason.view()),
         refusal_remedy(channel), ExitCode::error});
  } else if (const auto odd = what_is_odd(reader, channel, status.now_ns); !odd.empty()) {
    findings.push_back({Level::warning, "subscription", text, std::string(odd),
                        "if it stays so, ask the exchange"});
  } else if (channel.state == ChannelState::acknowledged && channel.count == 0) {
    findings.push_back(
        {Level::note, "subscription", text, "the exchange may have nothing to say on it"});
  } else {
    findings.push_back({Level::ok, "subscription", text});
  }
}

/// "12 symbols: nothing received since …"
void note_symbols(const std::vector<TickerRow>& rows, Reason reason, std::string why,
                  Findings& findings) {
  const auto count = static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [&](const TickerRow& row) { return row.ticker.reason == reason; }));
  if (count == 0) return;
  findings.push_back({Level::note, "ticks",
                      fmt::format("{} of {} stale: {}", grouped(count),
                                  counted(rows.size(), "price"), cli::why(reason)),
                      std::move(why)});
}

/// The longest of the connections that bring ticks: the one that they have exceeded.
std::int64_t silence_limit(const Status& status) {
  std::int64_t limit = 0;
  for (std::size_t i = 0; i < std::min(status.connection_count, kMaxConnections); ++i) {
    if (brings_ticks(status, i)) limit = std::max(limit, status.connections[i].silence_limit_ns);
  }
  return limit;
}

/// "12 messages rejected: binary"
std::string counter_sentence(const Status& status, Counter counter) {
  const std::uint64_t count = status.counter(counter);
  return fmt::format("{} {}", grouped(count), counter_text(counter, count));
}

}  // namespace

void check_ticks(Reader& reader, const Status& status, Findings& findings) {
  std::int64_t last = 0;
  for (const ConnectionStatus& connection : status.connections)
    last = std::max(last, connection.last_tick_ns);
  const std::string when = last == 0
                               ? "no tick so far"
                               : fmt::format("last tick {} ago", age_text(status.now_ns - last));
  if (status.reason == Reason::silent) {
    findings.push_back({Level::problem, "ticks", "connected, but silent: " + when,
                        fmt::format("no tick of any symbol for more than {}, and the exchange has "
                                    "not confirmed the prices",
                                    age_text(silence_limit(status))),
                        "nothing can be done here if the exchange sends nothing; see whether its "
                        "market is open",
                        ExitCode::not_live});
    return;
  }
  findings.push_back(
      {Level::ok, "ticks", fmt::format("{}, {}", when, counted(status.symbols, "symbol"))});
  const auto rows = read_all(reader, {});
  note_symbols(rows, Reason::previous_epoch,
               "a price is stale until its next tick, or until the exchange answers by REST",
               findings);
  note_symbols(rows, Reason::lagging, "their last tick came later than max-lag", findings);
  note_symbols(rows, Reason::unconfirmed,
               "no tick brought the exchange's price, or the answer by REST is too old or missing",
               findings);
  note_symbols(rows, Reason::rejected, "a later price could not be read; the log shows it",
               findings);
  note_symbols(rows, Reason::unsubscribed, "the option symbols has changed", findings);
}

void check_subscriptions(Reader& reader, const Status& status, Findings& findings) {
  const auto channels = channels_of(status);
  for (const ChannelStatus& channel : channels) {
    if (channel.state != ChannelState::unused)
      check_subscription(reader, status, channel, findings);
  }
  if (channels.empty()) {
    findings.push_back({Level::note, "subscription", "tickcached subscribes to nothing",
                        "symbols and candles are none, orders and portfolio are off"});
  }
}

void check_messages(const Status& status, Findings& findings) {
  std::uint64_t rejected = 0;
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    const bool rejects = std::string_view(to_string(counter)).starts_with("rejected_");
    if (!rejects || status.counters[i] == 0) continue;
    rejected += status.counters[i];
    if (counter == Counter::rejected_capacity) continue;  // check_stored()
    findings.push_back({Level::warning, "messages", counter_sentence(status, counter),
                        "nothing of such a message is stored; the value before it stays",
                        "tickcached's log says what came; tell the exchange"});
  }
  for (const Counter counter : {Counter::errors, Counter::ignored_type, Counter::absent_quantity,
                                Counter::cut_text, Counter::ignored_timestamp}) {
    if (status.counter(counter) == 0) continue;
    findings.push_back({Level::note, "messages", counter_sentence(status, counter)});
  }
  if (rejected == 0) {
    findings.push_back(
        {Level::ok, "messages",
         fmt::format("{}, none rejected", counted(status.counter(Counter::messages), "message"))});
  }
}

void check_stored(Reader& reader, const Status& status, Findings& findings) {
  const std::string full = fmt::format("{} of at most {}", counted(status.symbols, "symbol"),
                                       grouped(status.max_symbols));
  const std::uint64_t refused = status.counter(Counter::rejected_capacity);
  const std::string remedy = fmt::format(
      "raise tickcached's option max-symbols ({} now), or name fewer symbols; then restart it",
      status.max_symbols);
  if (refused > 0) {
    findings.push_back({Level::problem, "capacity",
                        fmt::format("{} had no room: {}", counted(refused, "message"), full),
                        "the table of symbols, or that of candles, is full", remedy,
                        ExitCode::error});
  } else if (status.symbols >= status.max_symbols - status.max_symbols / 10) {
    findings.push_back(
        {Level::warning, "capacity", full, "prices of further symbols are not kept", remedy});
  } else {
    findings.push_back({Level::ok, "capacity", full});
  }
  Order newest;
  const ListResult orders = reader.orders({&newest, 1});
  if (orders.gap_since_ns != 0) {
    findings.push_back({Level::note, "orders",
                        "order updates may be missing since " + utc_seconds(orders.gap_since_ns),
                        "the exchange's list of orders has not been read since, or not to its end",
                        "ask the exchange for the orders' present state"});
  }
}

void check_key(const Reader& reader, const Status& status, Findings& findings) {
  if (status.hops > 0) return;  // it is the origin's
  if (status.key_rejected_ns != 0 && status.feed != Freshness::down) {
    if (is_suspended(status.connections[0])) {
      findings.push_back({Level::problem, "key", "the exchange has suspended the account",
                          key_sentence(status, Clocks::now()), "ask the exchange",
                          ExitCode::not_live});
      return;
    }
    findings.push_back(
        {Level::problem, "key", "the API key is " + key_sentence(status, Clocks::now()),
         "the key was revoked, or the exchange cannot check keys for now: it answers "
         "the same while its own database is down",
         "if it stays so, put the right key into /etc/tickcache/api-key, then "
         "restart tickcached",
         ExitCode::not_live});
  } else if (!status.key_accepted && status.feed != Freshness::down) {
    findings.push_back({Level::note, "key", "the exchange has not accepted the API key so far",
                        "the first data, or the first answer, shows that it has"});
  }
  const char* key = std::getenv("AGENTEXCHANGE_API_KEY");
  if (key == nullptr || *key == '\0') return;
  if (reader.key_matches(key)) {
    findings.push_back({Level::ok, "key", "AGENTEXCHANGE_API_KEY is the key that tickcached uses"});
    return;
  }
  findings.push_back({Level::warning, "key",
                      "AGENTEXCHANGE_API_KEY is another key than the one that tickcached uses",
                      "orders and portfolio in this segment are those of another agent",
                      "name the segment of your own tickcached in TICKCACHE_SEGMENT"});
}

}  // namespace tickcache::cli
