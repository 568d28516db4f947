// tickcache wait: until the feed, or a symbol, is live.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "cli/print/ticker_rows.hpp"
#include "encode/read.hpp"
#include "encode/status.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

using std::chrono::nanoseconds;

/// A symbol can become live without a tick of its own, when another's tick ends the silence: check
/// at least this often.
constexpr nanoseconds kLookEvery = std::chrono::milliseconds(250);

/// Calls `look`, and `sleep` with the time that is left, until `look` returns true. Returns false
/// after `timeout`, if there is one.
template <class Look, class Sleep>
bool wait_until(Reader& reader, const std::optional<nanoseconds>& timeout, Look look, Sleep sleep) {
  const BootTime begin = BootClock::now();
  for (;;) {
    // Read before looking: anything published in between ends the sleep at once.
    const std::uint32_t seen = reader.wake_word();
    if (look()) return true;
    const nanoseconds waited = BootClock::now() - begin;
    if (timeout && waited >= *timeout) return false;
    sleep(seen, timeout ? std::min(kLookEvery, *timeout - waited) : kLookEvery);
  }
}

ExitCode give_up(const Arguments& arguments, const std::string& what, const std::string& state) {
  complain(
      fmt::format("timeout after {}: {} is {}", age_text(arguments.timeout->count()), what, state));
  return ExitCode::timeout;
}

ExitCode wait_for_symbol(const Arguments& arguments, Reader& reader, Output& out) {
  SymbolHandle handle = reader.handle(arguments.words[0]);
  TickerRow row{upper_case(arguments.words[0]), {}};
  const bool live = wait_until(
      reader, arguments.timeout,
      [&] {
        row.ticker = reader.ticker(handle, arguments.query());
        return row.ticker.live();
      },
      [&](std::uint32_t seen, nanoseconds time) { reader.wait(seen, handle, time); });
  if (arguments.json) {
    out.write(json_line(row.symbol, row.ticker));
  } else if (live) {
    const bool color = arguments.colored(out);
    out.write(fmt::format("{}  {}  {}  {}\n", styled(printable(row.symbol), Style::bold, color),
                          price_text(row.ticker), age_text(row.ticker.age_ns),
                          styled("live", Style::green, color)));
  }
  return live ? ExitCode::ok : give_up(arguments, printable(row.symbol), row_verdict(reader, row));
}

ExitCode wait_for_feed(const Arguments& arguments, Reader& reader, Output& out) {
  std::unique_ptr<Status> status;
  const bool live = wait_until(
      reader, arguments.timeout,
      [&] {
        status = read_status(reader);
        return status->feed == Freshness::live;
      },
      [&](std::uint32_t seen, nanoseconds time) {
        reader.wait(seen, Topics::status() | Topics::ticks(), time);
      });
  if (arguments.json) {
    out.write(status_json(reader.segment(), *status, Clocks::now()));
  } else if (live) {
    out.write(fmt::format("feed  {}  {}\n", styled("live", Style::green, arguments.colored(out)),
                          printable(status->upstream.view())));
  }
  return live ? ExitCode::ok : give_up(arguments, "the feed", feed_verdict(reader, *status));
}

}  // namespace

ExitCode run_wait(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  return arguments.words.empty() ? wait_for_feed(arguments, reader, out)
                                 : wait_for_symbol(arguments, reader, out);
}

}  // namespace tickcache::cli
