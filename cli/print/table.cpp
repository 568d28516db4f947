#include "cli/print/table.hpp"

#include <algorithm>

#include "cli/print/text.hpp"

namespace tickcache::cli {

std::string styled(std::string_view text, Style style, bool color) {
  constexpr std::string_view kCodes[] = {"",         "\x1b[1m",  "\x1b[2m",
                                         "\x1b[32m", "\x1b[33m", "\x1b[31m"};
  if (!color || style == Style::plain || text.empty()) return std::string(text);
  return std::string(kCodes[static_cast<std::size_t>(style)]).append(text).append("\x1b[0m");
}

Table::Extent Table::extent(std::string_view text, Align align) noexcept {
  const std::size_t point = align == Align::point ? text.find('.') : std::string_view::npos;
  if (point == std::string_view::npos) return {display_width(text), 0};
  return {display_width(text.substr(0, point)), display_width(text.substr(point))};
}

std::vector<Table::Extent> Table::extents() const {
  std::vector<Extent> result(columns_.size());
  for (const auto& row : rows_) {
    if (row.size() != columns_.size()) continue;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Extent cell = extent(row[i].text, columns_[i].align);
      result[i].whole = std::max(result[i].whole, cell.whole);
      result[i].fraction = std::max(result[i].fraction, cell.fraction);
    }
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t title = display_width(columns_[i].title);
    if (title > result[i].width()) result[i].whole += title - result[i].width();
  }
  return result;
}

std::string Table::padded(std::string_view text, Align align, const Extent& column) const {
  const Extent cell = extent(text, align);
  if (align == Align::left) return std::string(text).append(column.width() - cell.width(), ' ');
  const std::size_t before = column.whole - std::min(column.whole, cell.whole);
  const std::size_t after = column.fraction - std::min(column.fraction, cell.fraction);
  return std::string(before, ' ').append(text).append(after, ' ');
}

std::vector<std::size_t> Table::fitting(const std::vector<Extent>& widths,
                                        std::size_t width) const {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i].width() > 0) kept.push_back(i);
  }
  const auto needed = [&] {
    std::size_t sum = 0;
    for (const std::size_t i : kept) {
      if (columns_[i].fit == Fit::whole)
        sum += widths[i].width() + (sum > 0 ? display_width(gap_) : 0);
    }
    return sum;
  };
  const auto least_wanted = [&] {
    return std::max_element(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) {
      return columns_[a].leave_out < columns_[b].leave_out;
    });
  };
  while (!kept.empty() && needed() > width && columns_[*least_wanted()].leave_out > 0)
    kept.erase(least_wanted());
  return kept;
}

std::vector<std::string> Table::lines(bool color, std::size_t width) const {
  const std::vector<Extent> widths = extents();
  const std::vector<std::size_t> kept = fitting(widths, width);
  std::vector<std::string> result;
  const auto add_row = [&](const std::vector<Cell>& row, bool titles) {
    std::string line;
    std::size_t left = width;  // text beyond it is dropped
    const auto put = [&](std::string_view whole, Style style) {
      const std::string_view visible = clip(whole, left);
      left = visible.size() < whole.size() ? 0 : left - display_width(visible);
      line += styled(visible, style, color);
    };
    std::string blanks;  // Written before the next text only: no blanks at the end of a line.
    for (const std::size_t i : kept) {
      const Align align = columns_[i].align;
      // A title has no decimal point to align.
      const std::string text = titles && align != Align::left
                                   ? padded(row[i].text, Align::right, {widths[i].width(), 0})
                                   : padded(row[i].text, align, widths[i]);
      const std::size_t end = text.find_last_not_of(' ') + 1;
      if (end > 0) {
        put(blanks, Style::plain);
        put(std::string_view(text).substr(0, end), row[i].style);
        blanks.clear();
      }
      blanks.append(text.size() - end, ' ').append(gap_);
    }
    result.push_back(std::move(line));
  };
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({column.title, Style::bold});
  const auto is_titled = [](const Column& column) { return !column.title.empty(); };
  if (std::any_of(columns_.begin(), columns_.end(), is_titled)) add_row(titles, true);
  for (const auto& row : rows_) {
    if (row.size() == columns_.size()) {
      add_row(row, false);
    } else {
      result.push_back(styled(clip(row[0].text, width), row[0].style, color));
    }
  }
  return result;
}

std::string Table::text(bool color) const {
  std::string result;
  for (const std::string& line : lines(color)) result.append(line).append("\n");
  return result;
}

}  // namespace tickcache::cli
