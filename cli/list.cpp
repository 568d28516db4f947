// tickcache list: every symbol that has a price.
#include "cli/commands.hpp"
#include "cli/describe.hpp"
#include "cli/status.hpp"
#include "cli/ticker_rows.hpp"

namespace tickcache::cli {

ExitCode run_list(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  auto rows = read_all(reader, arguments.query());
  sort_rows(rows, arguments.sort);
  const auto status = read_status(reader);

  if (arguments.json) {
    for (const TickerRow& row : rows) out.write(json_line(row));
  } else if (status->reason == Reason::no_segment) {
    complain(no_segment_verdict(reader));
  } else if (rows.empty()) {
    complain("no price yet: " + feed_verdict(reader, *status));
  } else {
    out.write(ticker_table(rows).text(Table::Header::yes, arguments.colored(out)));
  }
  return exit_code(status->feed, status->reason);
}

}  // namespace tickcache::cli
