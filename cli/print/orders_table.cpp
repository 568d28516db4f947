#include "cli/print/orders_table.hpp"

#include <fmt/format.h>

#include "cli/print/text.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

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
                {"ORDER", Align::left}});
}

}  // namespace

OrdersTable::OrdersTable() : table_(empty_table()) {}

void OrdersTable::add(const Order& order, const Clocks& clocks) {
  const std::string status = printable(order.status.view());
  table_.add({{utc_seconds(clocks.to_unix(order.received_ns)), Style::dim},
              {status, style_of(status)},
              {printable(order.side.view())},
              {printable(order.type.view())},
              {printable(order.symbol.view()), Style::bold},
              {decimal_text(order, Order::kQuantity)},
              {decimal_text(order, Order::kPrice)},
              {outcome(order)},
              {printable(order.id.view()), Style::dim}});
}

void OrdersTable::add_gap(std::int64_t since_unix_ns) {
  table_.add_line(fmt::format("— updates may be missing since {} —", utc_seconds(since_unix_ns)),
                  Style::yellow);
}

std::string OrdersTable::take(bool color) {
  const auto lines = table_.lines(Table::Header::yes, color);
  std::string text;
  for (std::size_t i = printed_; i < lines.size(); ++i) text.append(lines[i]).append("\n");
  printed_ = lines.size();
  if (printed_ > kKept) {
    table_ = empty_table();
    printed_ = 1;  // the titles are there
  }
  return text;
}

}  // namespace tickcache::cli
