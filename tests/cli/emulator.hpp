// What a terminal shows after the bytes that a program wrote to it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::test {

/// Understands what the program uses: cursor positions, clearing, the alternate screen, and text of
/// one column a character. Lines do not wrap.
class Emulator {
 public:
  Emulator(std::size_t rows, std::size_t columns) { resize(rows, columns); }

  void resize(std::size_t rows, std::size_t columns) {
    columns_ = columns;
    screen_.assign(rows, std::vector<std::string>(columns, " "));
  }

  /// All that was written so far; what was fed before is not looked at again.
  void feed_rest_of(const std::string& all) {
    std::string_view text = std::string_view(all).substr(fed_);
    while (!text.empty()) {
      const std::size_t size = one(text);
      if (size == 0) break;  // the rest of a sequence is on its way
      text.remove_prefix(size);
      fed_ += size;
    }
  }

  /// Without blanks at its end.
  [[nodiscard]] std::string line(std::size_t row) const {
    std::string text;
    for (const std::string& cell : screen_.at(row)) text += cell;
    return text.substr(0, text.find_last_not_of(' ') + 1);
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (std::size_t row = 0; row < screen_.size(); ++row) all += line(row) + "\n";
    return all;
  }
  [[nodiscard]] bool shows(std::string_view part) const {
    return text().find(part) != std::string::npos;
  }
  [[nodiscard]] bool alternate() const noexcept { return alternate_; }

 private:
  /// Obeys the first character or sequence; returns its size, or 0 if it is not whole.
  std::size_t one(std::string_view text) {
    if (text[0] == '\x1b') return sequence(text);
    if (text[0] == '\r') column_ = 0;
    if (text[0] == '\n') ++row_;
    if (static_cast<unsigned char>(text[0]) < 0x20) return 1;
    std::size_t size = 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
    if (row_ < screen_.size()) {
      screen_[row_][std::min(column_, columns_ - 1)] = text.substr(0, size);
      // After the last column the cursor stays on it.
      column_ = std::min(column_ + 1, columns_);
    }
    return size;
  }

  std::size_t sequence(std::string_view text) {
    const std::size_t end = text.find_first_of("ABCDEFGHJKhlm", 2);
    if (end == std::string_view::npos) return 0;
    const std::string_view body = text.substr(2, end - 2);
    switch (text[end]) {
      case 'H':
        move_to(body);
        break;
      case 'J':
        for (auto& row : screen_) std::fill(row.begin(), row.end(), " ");
        break;
      case 'K':
        if (row_ < screen_.size()) {
          auto& row = screen_[row_];
          const auto from = static_cast<std::ptrdiff_t>(std::min(column_, columns_ - 1));
          std::fill(row.begin() + from, row.end(), " ");
        }
        break;
      case 'h':
      case 'l':
        if (body == "?1049") alternate_ = text[end] == 'h';
        break;
      default:
        break;
    }
    return end + 1;
  }

  void move_to(std::string_view body) {
    row_ = column_ = 0;
    if (body.empty()) return;
    row_ = std::stoul(std::string(body)) - 1;
    column_ = std::stoul(std::string(body.substr(body.find(';') + 1))) - 1;
  }

  std::size_t columns_ = 0;
  std::vector<std::vector<std::string>> screen_;
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::size_t fed_ = 0;
  bool alternate_ = false;
};

}  // namespace tickcache::test
