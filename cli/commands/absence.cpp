#include "cli/commands/absence.hpp"

#include <fmt/format.h>

#include "cli/print/describe.hpp"
#include "cli/print/output.hpp"
#include "cli/print/text.hpp"
#include "encode/read.hpp"
#include "encode/status.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

/// "BTCUSDT", "BTCUSDT:1m": what stands for a channel in a list of the configuration.
std::string item(ChannelKind kind, std::string_view symbol, std::string_view interval) {
  const std::string name = printable(symbol);
  return kind == ChannelKind::candles ? name + ":" + printable(interval) : name;
}

std::string option_line(const Status& status, ChannelKind kind, std::string_view symbol,
                        std::string_view interval) {
  if (kind == ChannelKind::orders) return "orders = true";
  if (kind == ChannelKind::portfolio) return "portfolio = true";
  const std::string_view option = kind == ChannelKind::candles ? "candles" : "symbols";
  std::string list;
  std::size_t count = 0;
  for (const ChannelStatus& channel : encode::channels_of(status)) {
    if (channel.kind != kind) continue;
    const std::string_view of = encode::is_of_all(channel) ? "all" : channel.symbol.view();
    list += item(kind, of, channel.interval.view()) + ",";
    ++count;
  }
  if (count > kMostNamed) list = "…,";
  return fmt::format("{} = {}{}", option, list, item(kind, symbol, interval));
}

}  // namespace

std::string how_to_subscribe(const Status& status, ChannelKind kind, std::string_view symbol,
                             std::string_view interval) {
  return fmt::format("; add it to its configuration: \"{}\"",
                     option_line(status, kind, symbol, interval));
}

std::optional<std::string> why_nothing_will_come(const Status& status, ChannelKind kind,
                                                 std::string_view symbol,
                                                 std::string_view interval) {
  if (status.feed == Freshness::down) return std::nullopt;
  // A daemon that has just been started has not said yet what it subscribes to.
  if (status.channel_count == 0 && status.feed != Freshness::live) return std::nullopt;
  for (const ChannelStatus& channel : encode::channels_of(status)) {
    if (kind == ChannelKind::ticker && channel.kind == ChannelKind::all_tickers)
      return std::nullopt;
    const bool same = encode::brings(channel, kind, symbol, interval);
    if (same && channel.state != ChannelState::refused) return std::nullopt;
    if (same) return why_nothing_came(status, kind, symbol, interval);
  }
  return why_nothing_came(status, kind, symbol, interval) +
         how_to_subscribe(status, kind, symbol, interval);
}

ExitCode explain_absence(Reader& reader, Reason reason, ChannelKind kind, std::string_view symbol,
                         std::string_view interval) {
  const auto status = read_status(reader);
  if (status->reason == Reason::no_segment) {
    complain(no_segment_verdict(reader));
    return ExitCode::no_segment;
  }
  if (reason == Reason::busy) {
    complain(verdict(Freshness::stale, reason));
    return ExitCode::not_live;
  }
  const auto never = why_nothing_will_come(*status, kind, symbol, interval);
  const std::string text = never.value_or(why_nothing_came(*status, kind, symbol, interval));
  complain(status->feed == Freshness::live
               ? text
               : fmt::format("{} (the feed is {})", text, feed_verdict(reader, *status)));
  return never ? ExitCode::unknown_symbol : ExitCode::not_live;
}

}  // namespace tickcache::cli
