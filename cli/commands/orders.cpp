// tickcache orders: the latest order updates of the account; with --follow, also new ones.
#include <fmt/format.h>

#include <utility>

#include "cli/commands/absence.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/follow.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/format.hpp"
#include "cli/print/orders_table.hpp"
#include "cli/read.hpp"
#include "encode/records.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

/// The newest updates, and their verdict.
struct Updates {
  std::vector<Order> orders;
  ListResult list;
};

Updates read_updates(Reader& reader, const Arguments& arguments) {
  Updates updates;
  updates.orders.resize(arguments.number);
  updates.list = reader.orders(updates.orders, arguments.query());
  updates.orders.resize(updates.list.count);
  return updates;
}

/// Writes updates, as a table or as JSON.
class Listing {
 public:
  Listing(const Arguments& arguments, Output& out)
      : json_(arguments.json), color_(arguments.colored(out)) {}

  std::string history(const Updates& updates) {
    const Clocks clocks = Clocks::now();
    const ListResult& list = updates.list;
    std::uint64_t position = list.first_position;
    std::string text;
    for (const Order& order : updates.orders)
      text += update(order, position++, list.freshness, clocks);
    if (list.gap_since_ns != 0) text += gap(list.gap_since_ns, list.freshness);
    return text + rest();
  }

  /// Rows that a table holds back until rest().
  std::string update(const Order& order, std::uint64_t position, Freshness freshness,
                     const Clocks& clocks) {
    if (json_) return json_line(order, position, freshness, clocks);
    if (order.gap_since_ns != 0 && order.gap_since_ns != told_gap_)
      table_.add_gap(order.gap_since_ns);
    table_.add(order, clocks);
    return {};
  }
  std::string gap(std::int64_t since_unix_ns, Freshness freshness) {
    if (json_) return json_gap_line(since_unix_ns, freshness);
    told_gap_ = since_unix_ns;
    table_.add_gap(since_unix_ns);
    return {};
  }
  /// All of a table at once, so that its rows are aligned.
  std::string rest() { return json_ ? std::string() : table_.take(color_); }

 private:
  bool json_;
  bool color_;
  OrdersTable table_;
  std::int64_t told_gap_ = 0;
};

ExitCode list_orders(Reader& reader, const Arguments& arguments, Output& out) {
  const Updates updates = read_updates(reader, arguments);
  const ListResult& list = updates.list;
  Listing listing(arguments, out);
  if (arguments.json || list.count > 0) out.write(listing.history(updates));
  out.flush();  // What is said about the table comes after it.
  if (list.count == 0) {
    explain_absence(reader, list.reason, ChannelKind::orders);
    // No updates is a valid result if the feed would have delivered them.
    const auto status = read_status(reader);
    return exit_code(status->feed, status->reason);
  }
  if (!list.live())
    complain(verdict(list.freshness, list.reason, "newest update", true, list.age_ns));
  return exit_code(list.freshness, list.reason);
}

/// Whether an update was already listed. The position alone does not tell: the account may have
/// changed since.
bool is_in(const Updates& updates, const OrderUpdate& update) {
  return updates.list.count > 0 &&
         update.position < updates.list.first_position + updates.list.count &&
         update.order.received_ns <= updates.orders.back().received_ns;
}

ExitCode follow_orders(Reader& reader, const Arguments& arguments, Output& out) {
  const auto status = read_status(reader);
  if (const auto why = why_nothing_will_come(*status, ChannelKind::orders)) {
    complain(*why);
    return ExitCode::unknown_symbol;
  }
  Following following(arguments, out);
  Listing listing(arguments, out);
  const auto freshness = [&] { return reader.orders({}, arguments.query()).freshness; };
  Feed feed(arguments.segment);
  feed.on_gap([&](const FeedGap& gap) {
    if (!following.wants_more()) return;
    following.remark(listing.gap(gap.since_unix_ns, freshness()));
    following.remark(listing.rest());
  });
  Updates history;
  feed.on_order_update([&](const OrderUpdate& update) {
    if (!following.wants_more() || is_in(history, update)) return;
    following.update(listing.update(update.order, update.position, freshness(), Clocks::now()));
    following.remark(listing.rest());
  });
  feed.on_status([&, live = true](const FeedStatus& now) mutable {
    const bool was_live = std::exchange(live, now.freshness == Freshness::live);
    if (was_live && live) return;
    out.flush();
    complain(fmt::format("the feed is {}", now.reason == Reason::no_segment
                                               ? no_segment_verdict(reader)
                                               : verdict(now.freshness, now.reason)));
  });
  // After registering: updates that arrive in between are in both.
  history = read_updates(reader, arguments);
  out.write(listing.history(history));
  return following.run(feed);
}

}  // namespace

ExitCode run_orders(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  return arguments.follow ? follow_orders(reader, arguments, out)
                          : list_orders(reader, arguments, out);
}

}  // namespace tickcache::cli
