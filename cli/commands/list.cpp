// tickcache list: every symbol that has a price.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "cli/print/ticker_rows.hpp"
#include "encode/read.hpp"
#include "encode/status.hpp"

namespace tickcache::cli {

using namespace encode;

namespace {

/// For a live feed, the state of its ticker subscriptions.
std::string why_no_price(const Reader& reader, const Status& status) {
  if (status.feed != Freshness::live) return feed_verdict(reader, status);
  constexpr std::size_t kMost = 3;
  std::string text;
  std::size_t tickers = 0;
  for (const ChannelStatus& channel : encode::channels_of(status)) {
    if (channel.kind != ChannelKind::all_tickers && channel.kind != ChannelKind::ticker) continue;
    if (++tickers > kMost) continue;
    text += fmt::format("{}{}: {}", tickers > 1 ? "; " : "", channel_name(channel),
                        channel_sentence(channel, status.now_ns));
  }
  if (tickers == 0) return "tickcached subscribes to no tickers";
  return tickers > kMost ? fmt::format("{}; and {} more", text, grouped(tickers - kMost)) : text;
}

}  // namespace

ExitCode run_list(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  auto rows = read_all(reader, arguments.query());
  sort_rows(rows, arguments.sort);
  const auto status = read_status(reader);

  if (arguments.json) {
    for (const TickerRow& row : rows) out.write(encode::json_line(row.symbol, row.ticker));
  } else if (status->reason == Reason::no_segment) {
    complain(no_segment_verdict(reader));
  } else if (rows.empty()) {
    complain("no price yet: " + why_no_price(reader, *status));
  } else {
    out.write(ticker_table(rows).text(arguments.colored(out)));
  }
  return exit_code(status->feed, status->reason);
}

}  // namespace tickcache::cli
