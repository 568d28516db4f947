// tickcache portfolio: the latest snapshot of the account.
#include <fmt/format.h>

#include "cli/commands/absence.hpp"
#include "cli/commands/commands.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "encode/records.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

std::string text(const Result<Portfolio>& result, bool color) {
  const Portfolio& portfolio = result.value;
  Table table({{"", Align::left}, {"", Align::point}});
  const auto add = [&](std::string name, const AmountText& amount) {
    table.add({{std::move(name), Style::dim}, {amount.empty() ? "-" : printable(amount.view())}});
  };
  add("total equity", portfolio.total_equity);
  add("available cash", portfolio.available_cash);
  add("unrealized P&L", portfolio.unrealized_pnl);
  add("realized P&L", portfolio.realized_pnl);
  add("return in %", portfolio.roi_pct);
  const std::string when = portfolio.exchange_time_ns == 0
                               ? "at an unknown time"
                               : utc_seconds(portfolio.exchange_time_ns);
  const auto source = static_cast<Source>(portfolio.origin);
  const std::string_view by = source == Source::rest        ? " by REST"
                              : source == Source::websocket ? " by WebSocket"
                                                            : "";
  return fmt::format(
      "{}\n{}, received {} ago{}, {}\n", table.text(color), when, age_text(result.age_ns), by,
      styled(verdict(result.freshness, result.reason), style_of(result.freshness), color));
}

}  // namespace

ExitCode run_portfolio(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  const Result<Portfolio> result = reader.portfolio(arguments.query());
  if (arguments.json) {
    out.write(json_line(result));
  } else if (result.has_value) {
    out.write(text(result, arguments.colored(out)));
  }
  if (result.has_value) return exit_code(result.freshness, result.reason);
  out.flush();  // What is said about it comes after it.
  return explain_absence(reader, result.reason, ChannelKind::portfolio);
}

}  // namespace tickcache::cli
