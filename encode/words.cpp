#include "encode/words.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace tickcache::encode {

namespace {

template <class Value, std::size_t N>
std::string_view text_of(const std::pair<Value, std::string_view> (&texts)[N], Value value,
                         std::string_view unknown) noexcept {
  for (const auto& [known, text] : texts) {
    if (known == value) return text;
  }
  return unknown;
}

}  // namespace

std::string_view why(Reason reason) noexcept {
  constexpr std::pair<Reason, std::string_view> kTexts[] = {
      {Reason::none, ""},
      {Reason::never_seen, "never seen"},
      {Reason::no_segment, "no daemon; start tickcached"},
      {Reason::stopped, "tickcached was stopped"},
      {Reason::auth_failed,
       "tickcached stopped because the exchange rejected the API key or suspended the account"},
      {Reason::superseded, "tickcached was restarted, its new segment cannot be opened"},
      {Reason::heartbeat_lost, "no heartbeat from tickcached (killed or suspended)"},
      {Reason::previous_epoch, "nothing received since the feed reconnected"},
      {Reason::reconnecting, "feed reconnecting"},
      {Reason::silent, "feed connected but silent"},
      {Reason::too_old, "older than the given max-age"},
      {Reason::busy, "the writer was always faster; try again"},
      {Reason::unsubscribed, "tickcached no longer subscribes to it"},
      {Reason::lagging, "ticks arrive late"},
      {Reason::unconfirmed, "the exchange has another price, or has not confirmed this one"},
      {Reason::rejected, "a later price could not be read"},
  };
  return text_of(kTexts, reason, "for a reason that this version does not know");
}

std::string verdict(Freshness freshness, Reason reason) {
  const std::string_view because = why(reason);
  if (because.empty()) return to_string(freshness);
  return fmt::format("{}: {}", to_string(freshness), because);
}

std::string counter_text(Counter counter, std::uint64_t count) {
  constexpr std::pair<Counter, std::string_view> kTexts[] = {
      {Counter::messages, "message{s} received"},
      {Counter::bytes, "byte{s} received"},
      {Counter::ticks, "tick{s} stored"},
      {Counter::orders, "order update{s} stored"},
      {Counter::candles, "candle{s} stored"},
      {Counter::portfolios, "portfolio snapshot{s} stored"},
      {Counter::rest_unpriced, "portfolio{s} without prices, not stored"},
      {Counter::pings, "ping{s} received"},
      {Counter::pongs, "pong{s} sent"},
      {Counter::acknowledgements, "subscription{s} acknowledged"},
      {Counter::errors, "error message{s} from the exchange"},
      {Counter::connects, "connection{s} opened"},
      {Counter::drops, "connection{s} lost"},
      {Counter::failures, "failed attempt{s} to connect"},
      {Counter::filtered, "tick{s} of symbols not configured, put aside"},
      {Counter::audits, "answer{s} with all prices, compared with the stored ones"},
      {Counter::healed, "price{s} corrected because their ticks were lost"},
      {Counter::rejected_json, "message{s} rejected: no valid JSON"},
      {Counter::rejected_encoding, "message{s} rejected: no valid UTF-8"},
      {Counter::rejected_duplicate, "message{s} rejected: a member occurs twice"},
      {Counter::rejected_price, "message{s} rejected: price absent, not positive or too long"},
      {Counter::rejected_symbol, "message{s} rejected: symbol empty or too long"},
      {Counter::rejected_field, "message{s} rejected: a member absent or malformed"},
      {Counter::rejected_capacity, "message{s} rejected: no room (raise max-symbols)"},
      {Counter::rejected_binary, "message{s} rejected: binary"},
      {Counter::ignored_type, "message{s} of an unknown type, put aside"},
      {Counter::absent_quantity, "quantit{ies} that cannot be kept exactly, left out"},
      {Counter::cut_text, "order{s} whose text was cut"},
      {Counter::ignored_timestamp, "time{s} that cannot be read, left out"},
      {Counter::snapshots, "price{s} stored that no tick had brought"},
      {Counter::rest_failed, "REST request{s} that failed"},
      {Counter::rest_rejected, "REST answer{s} that cannot be used"},
  };
  const bool one = count == 1;
  return fmt::format(fmt::runtime(text_of(kTexts, counter, {})), fmt::arg("s", one ? "" : "s"),
                     fmt::arg("ies", one ? "y" : "ies"));
}

std::string channel_name(ChannelKind kind, std::string_view symbol, std::string_view interval) {
  if (kind == ChannelKind::all_tickers) return "ticker:all";
  std::string name = to_string(kind);
  const bool candles = kind == ChannelKind::candles;
  if (candles || kind == ChannelKind::ticker) name.append(":").append(symbol);
  if (candles) name.append(":").append(interval);
  return name;
}

}  // namespace tickcache::encode
