// A table of aligned columns, optionally in colour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::cli {

enum class Style : std::uint8_t { plain, bold, dim, green, yellow, red };

/// `text` in the terminal's escape codes for `style`; unchanged without `color`.
[[nodiscard]] std::string styled(std::string_view text, Style style, bool color);

enum class Align : std::uint8_t {
  left,
  right,
  point,  ///< by the decimal point
};

struct Cell {
  std::string text;  ///< printable()
  Style style = Style::plain;
};

class Table {
 public:
  static constexpr std::size_t kAnyWidth = std::numeric_limits<std::size_t>::max();

  enum class Fit : bool { whole, cut };
  struct Column {
    std::string title;  ///< may be empty
    Align align = Align::left;
    /// If lines would be too wide, columns are left out, highest number first; 0: never.
    int leave_out = 0;
    Fit fit = Fit::whole;  ///< `cut`: may be truncated, so it never makes lines too wide
  };
  explicit Table(std::vector<Column> columns, std::string_view gap = "  ")
      : columns_(std::move(columns)), gap_(gap) {}

  /// One cell per column.
  void add(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  /// A line across all columns.
  void add_line(std::string text, Style style) { rows_.push_back({{std::move(text), style}}); }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

  /// The titles, if any column has one, then the rows; without line ends, none wider than `width`.
  [[nodiscard]] std::vector<std::string> lines(bool color, std::size_t width = kAnyWidth) const;
  [[nodiscard]] std::string text(bool color) const;

 private:
  /// Width before the decimal point (or of everything), and from the decimal point on.
  struct Extent {
    std::size_t whole = 0;
    std::size_t fraction = 0;
    [[nodiscard]] std::size_t width() const noexcept { return whole + fraction; }
  };
  [[nodiscard]] static Extent extent(std::string_view text, Align align) noexcept;
  [[nodiscard]] std::vector<Extent> extents() const;
  /// Indices of the columns that are not empty and that fit.
  [[nodiscard]] std::vector<std::size_t> fitting(const std::vector<Extent>& widths,
                                                 std::size_t width) const;
  [[nodiscard]] std::string padded(std::string_view text, Align align, const Extent& column) const;

  std::vector<Column> columns_;
  std::string_view gap_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace tickcache::cli
