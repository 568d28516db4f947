// tickcache orders: the latest order updates of the account; with --follow, also new ones.
#include <fmt/format.h>

#include <utility>

#include "cli/commands/absence.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/follow.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/table.hpp"
#include "cli/print/text.hpp"
#include "encode/read.hpp"
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

/// So many lines are kept for their widths, at most.
constexpr std::size_t kKept = 2000;

std::string decimal_text(const Order& order, Order::Field field) {
  const auto value = order.decimal(field);
  return value ? value->str() : "-";
}

/// "0.5 at 64521.30, fee 1.29", "insufficient balance"
std::string outcome(const Order& order) {
  if (!order.rejected_reason.empty()) return printable(order.rejected_reason.view());
  std::string text;
  if (order.fields & Order::kExecutedQuantity)
    text += decimal_text(order, Order::kExecutedQuantity);
  if (order.fields & Order::kExecutedPrice)
    text.append(text.empty() ? "at " : " at ").append(decimal_text(order, Order::kExecutedPrice));
  if (order.fields & Order::kFee)
    text.append(text.empty() ? "fee " : ", fee ").append(decimal_text(order, Order::kFee));
  return text;
}

/// Pushed by the exchange, or asked for: "websocket", "rest"
std::string origin(const Order& order) {
  const auto source = static_cast<Source>(order.origin);
  return source == Source::unknown ? "-" : to_string(source);
}

Style style_of(std::string_view status) noexcept {
  if (status == "filled") return Style::green;
  if (status == "rejected") return Style::red;
  return status == "cancelled" ? Style::dim : Style::plain;
}

Table empty_table() {
  return Table({{"RECEIVED", Align::left},
                {"STATUS", Align::left},
                {"SIDE", Align::left},
                {"TYPE", Align::left},
                {"SYMBOL", Align::left},
                {"QUANTITY", Align::point},
                {"PRICE", Align::point},
                {"EXECUTED", Align::left},
                {"FROM", Align::left},
                {"ORDER", Align::left}});
}

/// Updates as JSON, or as a table whose new rows are aligned with those already taken.
class Listing {
 public:
  Listing(const Arguments& arguments, Output& out)
      : json_(arguments.json), color_(arguments.colored(out)) {}

  void add(const Updates& updates) {
    const Clocks clocks = Clocks::now();
    const ListResult& list = updates.list;
    std::uint64_t position = list.first_position;
    for (const Order& order : updates.orders) add(order, position++, list, clocks);
    if (list.gap_since_ns != 0) add_gap(list.gap_since_ns, list);
  }
  void add(const Order& order, std::uint64_t position, const ListResult& list,
           const Clocks& clocks) {
    if (json_) {
      lines_ += json_line(order, position, list, clocks);
      return;
    }
    if (order.gap_since_ns != 0 && order.gap_since_ns != told_gap_) add_gap_row(order.gap_since_ns);
    const std::string status = printable(order.status.view());
    table_.add({{utc_seconds(clocks.to_unix(order.received_ns)), Style::dim},
                {status, style_of(status)},
                {printable(order.side.view())},
                {printable(order.type.view())},
                {printable(order.symbol.view()), Style::bold},
                {decimal_text(order, Order::kQuantity)},
                {decimal_text(order, Order::kPrice)},
                {outcome(order)},
                {origin(order), Style::dim},
                {printable(order.id.view()), Style::dim}});
  }
  void add_gap(std::int64_t since_unix_ns, const ListResult& list) {
    told_gap_ = since_unix_ns;
    if (json_) {
      lines_ += json_gap_line(since_unix_ns, list);
    } else {
      add_gap_row(since_unix_ns);
    }
  }

  /// What was added since the last call; a table's first lines are its titles.
  std::string take() {
    if (json_) return std::exchange(lines_, {});
    const auto lines = table_.lines(color_);
    std::string text;
    for (std::size_t i = printed_; i < lines.size(); ++i) text.append(lines[i]).append("\n");
    printed_ = lines.size();
    if (printed_ > kKept) {
      table_ = empty_table();
      printed_ = 1;  // the titles are there
    }
    return text;
  }

 private:
  void add_gap_row(std::int64_t since_unix_ns) {
    table_.add_line(fmt::format("— updates may be missing since {} —", utc_seconds(since_unix_ns)),
                    Style::yellow);
  }

  bool json_;
  bool color_;
  std::string lines_;  ///< of JSON
  Table table_ = empty_table();
  std::size_t printed_ = 0;  ///< lines of the table
  std::int64_t told_gap_ = 0;
};

ExitCode list_orders(Reader& reader, const Arguments& arguments, Output& out) {
  const Updates updates = read_updates(reader, arguments);
  const ListResult& list = updates.list;
  Listing listing(arguments, out);
  listing.add(updates);
  if (arguments.json || list.count > 0) out.write(listing.take());
  out.flush();  // What is said about the table comes after it.
  if (list.count == 0) return explain_absence(reader, list.reason, ChannelKind::orders);
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
  const auto list = [&] { return reader.orders({}, arguments.query()); };
  Feed feed(arguments.segment);
  feed.on_gap([&](const FeedGap& gap) {
    listing.add_gap(gap.since_unix_ns, list());
    following.remark(listing.take());
  });
  Updates history;
  feed.on_order_update([&](const OrderUpdate& update) {
    if (is_in(history, update)) return;
    listing.add(update.order, update.position, list(), Clocks::now());
    following.update(listing.take());
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
  listing.add(history);
  out.write(listing.take());
  return following.run(feed);
}

}  // namespace

ExitCode run_orders(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  return arguments.follow ? follow_orders(reader, arguments, out)
                          : list_orders(reader, arguments, out);
}

}  // namespace tickcache::cli
