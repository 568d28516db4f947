#include "cli/commands/follow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "cli/print/text.hpp"

namespace tickcache::cli {
namespace {

using std::chrono::nanoseconds;

/// Interval at which a closed output is noticed even if nothing is written.
constexpr nanoseconds kLookEvery = std::chrono::milliseconds(500);

/// A batch is written in pieces of about this size.
constexpr std::size_t kPiece = 65536;

}  // namespace

void Following::update(std::string_view text) {
  remark(text);
  ++updates_;
}

void Following::remark(std::string_view text) {
  if (!wants_more()) return;
  out_.write(text);
  if (out_.pending() >= kPiece) out_.flush();
}

ExitCode Following::run(Feed& feed) {
  const BootTime begin = BootClock::now();
  for (;;) {
    feed.poll();
    out_.flush();
    if (!wants_more()) return ExitCode::ok;
    nanoseconds left = kLookEvery;
    if (arguments_.timeout) left = std::min(left, begin + *arguments_.timeout - BootClock::now());
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

}  // namespace tickcache::cli
