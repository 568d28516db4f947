#include "options/text.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>
#include <utility>

#include "encode/untrusted.hpp"

namespace tickcache::options {
namespace {

template <class Change>
std::string map_ascii(std::string_view text, Change change) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), change);
  return result;
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, row);
  }
  return previous[b.size()];
}

struct CharacterRange {
  char32_t first;
  char32_t last;
};

// Coarse: what symbols and messages may have. Unicode's "East Asian Width" W and F, and emoji.
constexpr CharacterRange kWide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF},
    {0x20000, 0x3FFFD},
};
constexpr CharacterRange kCombining[] = {
    {0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

template <std::size_t N>
bool is_in(const CharacterRange (&ranges)[N], char32_t character) noexcept {
  return std::any_of(std::begin(ranges), std::end(ranges), [&](const CharacterRange& range) {
    return character >= range.first && character <= range.last;
  });
}

constexpr std::size_t kMaxShown = 80;
constexpr std::string_view kHidden = "…";

// user:key@host, or host/path?name=key. What may be a key is cut, not parsed: the text is
// wrong in a way that is not known here.
std::string without_url_secrets(std::string_view text) {
  if (text.find('@') != text.npos) {
    const std::size_t separator = text.find("://");
    const std::size_t kept = separator == text.npos ? 0 : separator + 3;
    return std::string(text.substr(0, kept)) + std::string(kHidden);
  }
  const std::size_t cut = text.find_first_of("?#");
  if (cut == text.npos) return std::string(text);
  return std::string(text.substr(0, cut + 1)) + std::string(kHidden);
}

std::string without_keys(const std::string& text) {
  const std::string lower = lower_case(text);  // a symbol may have come in any case
  std::string result;
  std::size_t done = 0;
  for (std::size_t key = lower.find("ak_"); key != lower.npos; key = lower.find("ak_", done)) {
    result += text.substr(done, key - done) + "ak_" + std::string(kHidden);
    done = std::min(lower.find_first_of(" \t\r\n,", key), lower.size());
  }
  return result + text.substr(done);
}

}  // namespace

std::string upper_case(std::string_view text) {
  return map_ascii(
      text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
}

std::string lower_case(std::string_view text) {
  return map_ascii(
      text, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

std::string joined(const std::vector<std::string>& items) {
  std::string result;
  for (const std::string& item : items) result += (result.empty() ? "" : ",") + item;
  return result;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
    if (text.empty()) parts.emplace_back();  // after a separator at the end
  }
  return parts;
}

std::size_t character_width(char32_t character) noexcept {
  if (character < 0x300) return 1;
  if (is_in(kCombining, character)) return 0;
  return is_in(kWide, character) ? 2 : 1;
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  for (const char* at = text.data(); at != text.data() + text.size();)
    width += character_width(encode::Utf8::decode(at, text.data() + text.size()));
  return width;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  std::string result;
  std::size_t column = indent;
  for (const std::string& word : split(text)) {
    const std::size_t width = display_width(word);
    if (column > indent && column + 1 + width > columns) {
      result.append("\n").append(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += width;
  }
  return result;
}

std::string quoted(std::string_view text) {
  const std::string safe = encode::printable(without_keys(without_url_secrets(text)));
  if (safe.size() <= kMaxShown) return "'" + safe + "'";
  std::size_t end = kMaxShown;
  while (end > 0 && encode::Utf8::is_trail(safe[end])) --end;
  return "'" + safe.substr(0, end) + std::string(kHidden) + "'";
}

std::string_view nearest(std::string_view wrong, const std::vector<std::string_view>& names,
                         std::size_t max_edits) {
  const std::string given = lower_case(wrong.substr(0, 64));
  // Of names that are equally near, the shortest, then the first in the alphabet.
  auto best = std::tuple(max_edits + 1, std::size_t{0}, std::string_view());
  for (const std::string_view name : names) {
    const std::string candidate = lower_case(name);
    // "BTC", "port": the beginning of a name counts as near.
    const bool begins_it = given.size() >= 3 && candidate.starts_with(given);
    const std::size_t distance = begins_it ? 1 : edit_distance(given, candidate);
    if (distance < given.size()) best = std::min(best, std::tuple(distance, name.size(), name));
  }
  return std::get<std::string_view>(best);
}

std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& names,
                       std::size_t max_edits) {
  const std::string_view near = nearest(wrong, names, max_edits);
  return near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?";
}

}  // namespace tickcache::options
