// tickcache orders: the latest updates of the account's orders.
#include <fmt/format.h>

#include "cli/absence.hpp"
#include "cli/commands.hpp"
#include "cli/describe.hpp"
#include "cli/format.hpp"
#include "cli/json.hpp"
#include "cli/status.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace tickcache::cli {
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

std::string json_line(const Order& order, std::uint64_t position, const ListResult& list,
                      const Clocks& clocks) {
  const bool cut = (order.flags & Order::kDataCut) != 0;
  JsonLine json;
  json.number("position", position);
  json.text_or_null("order_id", order.id.view());
  json.text_or_null("status", order.status.view());
  json.text_or_null("symbol", order.symbol.view());
  json.text_or_null("side", order.side.view());
  json.text_or_null("type", order.type.view());
  json.decimal("quantity", order.decimal(Order::kQuantity));
  json.decimal("price", order.decimal(Order::kPrice));
  json.decimal("executed_price", order.decimal(Order::kExecutedPrice));
  json.decimal("executed_quantity", order.decimal(Order::kExecutedQuantity));
  json.decimal("fee", order.decimal(Order::kFee));
  json.time("filled_at", order.filled_at_ns);
  json.time("cancelled_at", order.cancelled_at_ns);
  json.text_or_null("rejected_reason", order.rejected_reason.view());
  json.time("received_at", clocks.to_unix(order.received_ns));
  json.milliseconds("age_ms", clocks.age(order.received_ns));
  json.text("freshness", to_string(list.freshness));
  json.time("gap_since", order.gap_since_ns);
  json.boolean("text_cut", (order.flags & Order::kTextCut) != 0);
  json.boolean("data_cut", cut);
  cut ? json.null("data") : json.object_or_null("data", order.data.view());
  return json.finish();
}

/// What is known after the newest update: that others may be missing. No update, so all else is
/// null.
std::string json_gap_line(const ListResult& list) {
  JsonLine json;
  for (const std::string_view key :
       {"position", "order_id", "status", "symbol", "side", "type", "quantity", "price",
        "executed_price", "executed_quantity", "fee", "filled_at", "cancelled_at",
        "rejected_reason", "received_at", "age_ms"}) {
    json.null(key);
  }
  json.text("freshness", to_string(list.freshness));
  json.time("gap_since", list.gap_since_ns);
  for (const std::string_view key : {"text_cut", "data_cut", "data"}) json.null(key);
  return json.finish();
}

std::string json_text(const Updates& updates, const Clocks& clocks) {
  std::string text;
  std::uint64_t position = updates.list.first_position;
  for (const Order& order : updates.orders)
    text += json_line(order, position++, updates.list, clocks);
  return updates.list.gap_since_ns == 0 ? text : text + json_gap_line(updates.list);
}

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

Style style_of(std::string_view status) noexcept {
  if (status == "filled") return Style::green;
  if (status == "rejected") return Style::red;
  return status == "cancelled" ? Style::dim : Style::plain;
}

std::string gap_text(std::int64_t since_ns) {
  return fmt::format("— updates may be missing since {} —", utc_seconds(since_ns));
}

Table updates_table(const Updates& updates, const Clocks& clocks) {
  Table table({{"RECEIVED", Align::left},
               {"STATUS", Align::left},
               {"SIDE", Align::left},
               {"TYPE", Align::left},
               {"SYMBOL", Align::left},
               {"QUANTITY", Align::point},
               {"PRICE", Align::point},
               {"EXECUTED", Align::left},
               {"ORDER", Align::left}});
  for (const Order& order : updates.orders) {
    if (order.gap_since_ns != 0) table.add_line(gap_text(order.gap_since_ns), Style::yellow);
    const std::string status = printable(order.status.view());
    table.add({{utc_seconds(clocks.to_unix(order.received_ns)), Style::dim},
               {status, style_of(status)},
               {printable(order.side.view())},
               {printable(order.type.view())},
               {printable(order.symbol.view()), Style::bold},
               {decimal_text(order, Order::kQuantity)},
               {decimal_text(order, Order::kPrice)},
               {outcome(order)},
               {printable(order.id.view()), Style::dim}});
  }
  if (updates.list.gap_since_ns != 0)
    table.add_line(gap_text(updates.list.gap_since_ns), Style::yellow);
  return table;
}

}  // namespace

ExitCode run_orders(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  const Updates updates = read_updates(reader, arguments);
  const ListResult& list = updates.list;
  const Clocks clocks = Clocks::now();

  if (arguments.json) {
    out.write(json_text(updates, clocks));
  } else if (list.count > 0) {
    out.write(updates_table(updates, clocks).text(Table::Header::yes, arguments.colored(out)));
  }
  out.flush();  // What is said about the table comes after it.
  if (list.count == 0) {
    explain_absence(reader, list.reason, ChannelKind::orders);
    // No updates is an answer too, if the feed would have brought them.
    const auto status = read_status(reader);
    return exit_code(status->feed, status->reason);
  }
  if (!list.live())
    complain(verdict(list.freshness, list.reason, "newest update", true, list.age_ns));
  return exit_code(list.freshness, list.reason);
}

}  // namespace tickcache::cli
