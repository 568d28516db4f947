#include "daemon/config/config_values.hpp"

#include <algorithm>
#include <bit>
#include <iomanip>
#include <iterator>
#include <sstream>
#include <unordered_set>

#include "daemon/candles/interval.hpp"
#include "encode/untrusted.hpp"
#include "libcache/segment/segment_file.hpp"
#include "options/setting.hpp"
#include "options/text.hpp"

namespace tickcache::daemon {
namespace {

using options::lower_case;
using options::quoted;
using options::trimmed;
using options::upper_case;

constexpr std::size_t kMaxSymbol = 31;  // SymbolText

// Separators, quotes, brackets and wildcards: a slip, since no exchange has them in a symbol. The
// exchange acknowledges such a symbol and never sends anything for it.
constexpr std::string_view kNeverInSymbol = ";:|=*?<>()[]{}\"'`\\";
// U+3001, U+FF0C, U+FF1B, U+FF1A; no-break and ideographic spaces.
constexpr std::string_view kWideNeverInSymbol[] = {"\u3001", "\uff0c", "\uff1b",
                                                   "\uff1a", "\u00a0", "\u3000"};

// What to call a character that can be no part of a symbol; empty for any other. An empty
// `character` stands for a byte that begins none.
std::string name_if_wrong(std::string_view character) {
  if (character.empty()) return "a byte that is not UTF-8";
  const char c = character.front();
  if (c == ' ' || c == '\t') return "a blank";
  const char* at = character.data();
  if (const auto code = encode::Utf8::decode_valid(at); encode::is_unsafe(code)) {
    return code < 0xa0 ? "a control character"
                       : "the invisible character " + encode::printable(character);
  }
  const bool wrong = kNeverInSymbol.find(character) != std::string_view::npos ||
                     std::find(std::begin(kWideNeverInSymbol), std::end(kWideNeverInSymbol),
                               character) != std::end(kWideNeverInSymbol);
  return wrong ? "'" + std::string(character) + "'" : std::string();
}

// Empty if every character can be part of a symbol.
std::string wrong_character(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = encode::character_size(text);
    std::string name = name_if_wrong(text.substr(0, size));
    if (!name.empty()) return name;
    text.remove_prefix(size);
  }
  return {};
}

std::string parse_symbol(std::string_view text, std::string& out) {
  out = upper_case(text);
  if (text.empty()) return "an item is empty; separate symbols by single commas";
  if (text.size() > kMaxSymbol) return quoted(text) + " is longer than 31 bytes";
  if (const std::string wrong = wrong_character(text); !wrong.empty()) {
    return quoted(text) + " is not a symbol: it has " + wrong +
           "; give symbols such as BTCUSDT, separated by commas";
  }
  const std::string word = lower_case(text);
  // The exchange would accept the symbol ALL and never send anything for it.
  if (word == "all" || word == "none") return quoted(text) + " must stand alone";
  return {};
}

// <number><m|h|d|w>; which of them exist is the exchange's to say.
bool is_interval(std::string_view text) {
  if (text.size() < 2 || text.size() > 4 || text.front() == '0') return false;
  const std::string_view number = text.substr(0, text.size() - 1);
  return number.find_first_not_of("0123456789") == number.npos &&
         std::string_view("mhdw").find(text.back()) != std::string_view::npos;
}

std::string parse_series(std::string_view text, CandleSeries& out) {
  const std::size_t colon = text.find(':');
  if (colon != text.npos && lower_case(trimmed(text.substr(0, colon))) == "all") {
    out = {std::string(kAllSymbols), std::string(text.substr(colon + 1))};
    if (made_interval(out.interval) != nullptr) return {};
    return quoted(text) + " has no interval of which candles are made; they are made of " +
           made_intervals();
  }
  if (colon == text.npos || !is_interval(text.substr(colon + 1))) {
    return quoted(text) +
           " is not SYMBOL:INTERVAL with an interval of 1 to 999 m, h, d or w, as in BTCUSDT:1m; "
           "separate series by commas";
  }
  out.interval = text.substr(colon + 1);
  return parse_symbol(text.substr(0, colon), out.symbol);
}

void add_problem(std::string& problems, const std::string& problem) {
  problems += (problems.empty() ? "" : "; ") + problem;
}

std::string name_of(const std::string& symbol) { return symbol; }
std::string name_of(const CandleSeries& series) {
  return (series.symbol == kAllSymbols ? "all" : series.symbol) + ':' + series.interval;
}

/// Each item once. Returns what is wrong with the items, the first few by name.
template <class T, class ParseItem>
std::string parse_list(std::string_view text, ParseItem parse_item, std::vector<T>& list) {
  constexpr std::size_t kNamed = 10;
  std::string problems;
  std::size_t wrong = 0;
  std::unordered_set<std::string> known;
  for (const std::string& item : options::split(text, ',')) {
    T value;
    const std::string problem = parse_item(trimmed(item), value);
    if (problem.empty()) {
      if (known.insert(name_of(value)).second) list.push_back(std::move(value));
    } else if (++wrong <= kNamed) {
      add_problem(problems, problem);
    }
  }
  if (wrong > kNamed) {
    add_problem(problems, "and " + std::to_string(wrong - kNamed) + " more items are wrong");
  }
  return problems;
}

}  // namespace

std::string parse_mode(std::string_view text, std::uint32_t& out) {
  for (const std::uint32_t mode : {0600U, 0604U, 0640U, 0644U}) {
    const std::string shown = show_mode(mode);
    if (text == shown || text == std::string_view(shown).substr(1)) {
      out = mode;
      return {};
    }
  }
  return "must be 0600, 0604, 0640 or 0644: only the owner may write, and nobody execute";
}

std::string parse_segment_name(std::string_view text, std::string& out) {
  if (!is_segment_name(text)) {
    return "must be 1 to 200 letters, digits, '.', '_' or '-', not beginning with '.' or '-' and "
           "not ending in .next or .lock, which the daemon uses beside it";
  }
  out = text;
  return {};
}

std::string parse_tape(std::string_view text, std::uint32_t& out) {
  std::uint32_t value = 0;
  const bool is_number = options::parse_value({.range = {1024, 1U << 24U}}, text, value).empty();
  if (!is_number || !std::has_single_bit(value))
    return "must be a power of two from 1024 to 16777216";
  out = value;
  return {};
}

std::string show_symbols(const Symbols& value) {
  if (value.all) return "all";
  return value.names.empty() ? "none" : options::joined(value.names);
}

std::string show_candles(const std::vector<CandleSeries>& value) {
  std::vector<std::string> items;
  items.reserve(value.size());
  for (const CandleSeries& series : value) items.push_back(name_of(series));
  return items.empty() ? "none" : options::joined(items);
}

std::string show_mode(std::uint32_t value) {
  std::ostringstream digits;
  digits << std::oct << std::setfill('0') << std::setw(4) << value;
  return digits.str();
}

std::string parse_symbols(std::string_view text, Symbols& out) {
  const std::string word = lower_case(trimmed(text));
  if (word.empty()) return "must be all, none or a list such as BTCUSDT,ETHUSDT";
  if (word == "all" || word == "none") {
    out = {word == "all", {}};
    return {};
  }
  std::vector<std::string> names;
  std::string problems = parse_list(text, parse_symbol, names);
  if (problems.empty()) out = {false, std::move(names)};
  return problems;
}

std::string parse_candles(std::string_view text, std::vector<CandleSeries>& out) {
  const std::string word = lower_case(trimmed(text));
  if (word.empty() || word == "none") {
    out.clear();
    return {};
  }
  std::vector<CandleSeries> list;
  std::string problems = parse_list(text, parse_series, list);
  const auto named = static_cast<std::size_t>(std::count_if(
      list.begin(), list.end(), [](const auto& series) { return series.symbol != kAllSymbols; }));
  if (named > kMaxCandleSeries) {
    add_problem(problems, "has " + std::to_string(named) + " series; use at most " +
                              std::to_string(kMaxCandleSeries) + ", or all:1m and the like");
  }
  if (problems.empty()) out = std::move(list);
  return problems;
}

}  // namespace tickcache::daemon
