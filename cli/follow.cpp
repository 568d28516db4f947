#include "cli/follow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <system_error>

#include "cli/describe.hpp"
#include "cli/format.hpp"
#include "cli/text.hpp"

namespace tickcache::cli {
namespace {

using std::chrono::nanoseconds;

/// Somebody who has stopped reading is noticed that soon, though nothing is written.
constexpr nanoseconds kLookEvery = std::chrono::milliseconds(500);

/// A batch is written in pieces of about this size.
constexpr std::size_t kPiece = 65536;

/// "candles = BTCUSDT:1m,BTCUSDT:4h": the line of the configuration, with what it has already.
std::string option_line(const Status& status, ChannelKind kind, std::string_view symbol,
                        std::string_view interval) {
  if (kind == ChannelKind::orders) return "orders = true";
  if (kind == ChannelKind::portfolio) return "portfolio = true";
  const bool candles = kind == ChannelKind::candles;
  std::string list;
  const auto add = [&](std::string_view name, std::string_view of) {
    list.append(list.empty() ? "" : ",").append(printable(name));
    if (candles) list.append(":").append(printable(of));
  };
  for (std::size_t i = 0; i < std::min(status.channel_count, kMaxChannels); ++i) {
    const ChannelStatus& channel = status.channels[i];
    if (channel.kind == kind) add(channel.symbol.view(), channel.interval.view());
  }
  add(symbol, interval);
  return (candles ? "candles = " : "symbols = ") + list;
}

}  // namespace

void Following::update(std::string_view text) {
  ++updates_;
  remark(text);
}

void Following::remark(std::string_view text) {
  out_.write(text);
  if (out_.pending() >= kPiece) out_.flush();
}

ExitCode Following::run(Feed& feed) {
  const nanoseconds begin = boot_clock();
  for (;;) {
    feed.poll();
    out_.flush();
    if (!wants_more()) return ExitCode::ok;
    nanoseconds left = kLookEvery;
    if (arguments_.timeout) left = std::min(left, begin + *arguments_.timeout - boot_clock());
    if (left <= nanoseconds(0)) return give_up();
    if (out_.is_abandoned()) throw std::system_error(EPIPE, std::generic_category());
    feed.wait(left);
  }
}

ExitCode Following::give_up() const {
  const std::uint64_t wanted = arguments_.count.value_or(1);
  if (updates_ >= wanted) return ExitCode::ok;
  complain(fmt::format("timeout after {}: {} of {} came", age_text(arguments_.timeout->count()),
                       grouped(updates_), counted(wanted, "update")));
  return ExitCode::timeout;
}

std::optional<std::string> why_nothing_will_come(const Status& status, ChannelKind kind,
                                                 std::string_view symbol,
                                                 std::string_view interval) {
  if (status.feed == Freshness::down || status.channel_count == 0) return std::nullopt;
  for (std::size_t i = 0; i < std::min(status.channel_count, kMaxChannels); ++i) {
    const ChannelStatus& channel = status.channels[i];
    if (kind == ChannelKind::ticker && channel.kind == ChannelKind::ticker_all) return std::nullopt;
    const bool same =
        channel.kind == kind && channel.symbol == symbol && channel.interval == interval;
    if (same && channel.state != ChannelState::refused) return std::nullopt;
    if (same) return why_nothing_came(status, kind, symbol, interval);
  }
  return fmt::format("{}; add it to its configuration: \"{}\"",
                     why_nothing_came(status, kind, symbol, interval),
                     option_line(status, kind, symbol, interval));
}

}  // namespace tickcache::cli
