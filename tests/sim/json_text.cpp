#include "sim/json_text.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>

namespace tickcache::sim {
namespace {

void append_unit(std::string& out, unsigned unit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 0xfU];
}

void append_code_point(std::string& out, unsigned point) {
  if (point < 0x10000) {
    append_unit(out, point);
    return;
  }
  append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
  append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ffU));
}

// The code point that begins at value[at]; at moves behind it. U+FFFD for a byte that begins none.
unsigned take_code_point(std::string_view value, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(value[at++]);
  const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  if (more == 0 || at + more > value.size()) return 0xfffd;
  unsigned point = lead & (0x3fU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(value[at + i]);
    if ((next & 0xc0U) != 0x80) return 0xfffd;
    point = (point << 6) | (next & 0x3fU);
  }
  at += more;
  return point;
}

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte == 0x7f) {
    append_unit(out, byte);
  } else {
    out += c;
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view value, Encoding encoding) {
  out += '"';
  std::size_t at = 0;
  while (at < value.size()) {
    if (encoding == Encoding::utf8 || static_cast<unsigned char>(value[at]) < 0x80) {
      append_ascii(out, value[at++]);
    } else {
      append_code_point(out, take_code_point(value, at));
    }
  }
  out += '"';
}

std::string iso_time(std::int64_t milliseconds) {
  using namespace std::chrono;
  const sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{milliseconds}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::array<char, 40> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::int64_t wall_clock() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void ObjectText::key(std::string_view key) {
  if (!first_) out_ += blanks_ ? ", " : ",";
  first_ = false;
  append_json_string(out_, key, encoding_);
  out_ += blanks_ ? ": " : ":";
}

ObjectText& ObjectText::text(std::string_view key, std::string_view value) {
  this->key(key);
  append_json_string(out_, value, encoding_);
  return *this;
}

ObjectText& ObjectText::plain(std::string_view key, std::string_view value) {
  this->key(key);
  out_ += value;
  return *this;
}

ObjectText& ObjectText::plain(std::string_view key, std::uint64_t value) {
  return plain(key, std::string_view(std::to_string(value)));
}

}  // namespace tickcache::sim
