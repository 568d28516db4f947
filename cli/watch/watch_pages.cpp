#include "cli/watch/watch_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/print/describe.hpp"
#include "cli/print/table.hpp"
#include "cli/print/text.hpp"
#include "cli/print/ticker_rows.hpp"
#include "options/text.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

/// Lines of a name and a text, which is wrapped.
class Pairs {
 public:
  Pairs(std::size_t columns, bool color) : columns_(columns), color_(color) {}

  void add(std::string_view name, std::string_view text, Style style = Style::plain) {
    // A narrower screen cuts the text, as one word a line would be unreadable.
    constexpr std::size_t kLeastWidth = 16;
    const auto parts =
        options::split(wrapped(text, 0, std::max(columns_, kIndent + kLeastWidth) - kIndent), '\n');
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto label = fmt::format("{:<{}}", i == 0 ? name : "", kIndent);
      const std::size_t left = columns_ - std::min(columns_, kIndent);
      lines_.push_back(styled(clip(label, columns_), Style::dim, color_) +
                       styled(clip(parts[i], left), style, color_));
    }
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  static constexpr std::size_t kIndent = 11;
  std::size_t columns_;
  bool color_;
  std::vector<std::string> lines_;
};

std::string counts_text(const Ticker& ticker) {
  std::string text = fmt::format("{} so far", counted(ticker.updates, "tick"));
  if (ticker.not_stored > 0) {
    constexpr unsigned kOrMore = 255;
    text += fmt::format(", {}{} just before this one not stored", ticker.not_stored,
                        ticker.not_stored == kOrMore ? " or more" : "");
  }
  return text;
}

std::string_view taker_text(const std::optional<bool>& buyer_is_maker) noexcept {
  if (!buyer_is_maker) return "not sent";
  return *buyer_is_maker ? "the seller" : "the buyer";
}

std::string session_text(const Ticker& ticker) {
  if (ticker.epoch == 0) return "none that is subscribed to now";
  return fmt::format("connection {}, epoch {}", ticker.connection, ticker.epoch);
}

std::string history_text(const History& history) {
  std::string text = fmt::format("{:+.2f}%", history.change_percent());
  if (const auto rate = history.ticks_per_second()) text += fmt::format(", {:.1f} ticks/s", *rate);
  return text;
}

}  // namespace

std::vector<std::string> help_lines(std::size_t columns, bool color) {
  constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"↑ ↓  k j", "previous or next row"},
      {"PgUp PgDn", "a screen up or down (Space)"},
      {"Home End", "first or last row"},
      {"Enter", "details of the marked row"},
      {"/", "only symbols with this text"},
      {"Esc", "back, or end the filter"},
      {"n", "sort by name"},
      {"c", "sort by change since start"},
      {"a", "sort by age of the price"},
      {"t", "sort by ticks per second"},
      {"r", "reverse (▲ smallest first)"},
      {"?", "this help"},
      {"q  Ctrl-C", "quit"},
      {"Ctrl-Z", "suspend"},
      {"Ctrl-L", "draw the screen again"},
  };
  Pairs lines(columns, color);
  for (const auto& [keys, meaning] : kKeys) lines.add(keys, meaning);
  return lines.take();
}

std::vector<std::string> detail_lines(const TickerRow& row, const std::string& verdict,
                                      const History& history, const Clocks& clocks,
                                      std::size_t columns, bool color) {
  Pairs lines(columns, color);
  const Result<Ticker>& result = row.ticker;
  const Ticker& ticker = result.value;
  lines.add("symbol", printable(row.symbol), Style::bold);
  lines.add("price", result.has_value ? price_text(result) : "-", Style::bold);
  lines.add("freshness", verdict, style_of(result.freshness));
  if (!result.has_value) return lines.take();

  const auto quantity = ticker.quantity();
  constexpr std::int64_t kMillisecond = 1'000'000;
  lines.add("age", age_text(result.age_ns));
  lines.add("lag", ticker.lag_ms > 0 ? lag_text(ticker.lag_ms * kMillisecond) : "none known");
  lines.add("quantity", quantity ? quantity->str() : "not sent");
  lines.add("taker", taker_text(ticker.buyer_is_maker()));
  lines.add("timestamp",
            ticker.exchange_time_ns != 0 ? utc_time(ticker.exchange_time_ns) : "not sent");
  lines.add(ticker.is_snapshot() ? "requested" : "received",
            utc_time(clocks.to_unix(ticker.received_ns)));
  lines.add("snapshot",
            ticker.is_snapshot() ? "yes: requested, as no tick brought the price" : "no");
  lines.add("updates", counts_text(ticker));
  lines.add("session", session_text(ticker));
  lines.add("in watch", history_text(history));
  lines.add("trend", history.trend(columns), Style::dim);
  return lines.take();
}

}  // namespace tickcache::cli
