#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tickcache::sim {

// Appends mantissa · 10^−digits with exactly that many fraction digits: (812, 8) is "0.00000812",
// (-5820, 2) is "-58.20". digits 0 … 18; mantissa not the least int64.
inline void append_fixed(std::string& out, std::int64_t mantissa, int digits) {
  std::array<char, 20> text{};
  const bool negative = mantissa < 0;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), negative ? -mantissa : mantissa);
  const auto length = static_cast<std::size_t>(end.ptr - text.data());
  const auto fraction = static_cast<std::size_t>(digits);
  if (negative) out += '-';
  if (fraction == 0) {
    out.append(text.data(), length);
    return;
  }
  if (length > fraction) {
    out.append(text.data(), length - fraction);
    out += '.';
    out.append(text.data() + length - fraction, fraction);
  } else {
    out.append("0.");
    out.append(fraction - length, '0');
    out.append(text.data(), length);
  }
}

inline std::string fixed_text(std::int64_t mantissa, int digits) {
  std::string out;
  append_fixed(out, mantissa, digits);
  return out;
}

}  // namespace tickcache::sim
