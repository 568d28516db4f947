#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tickcache::sim {

__extension__ using Wide = __int128;

// Digits that the platform's database keeps of prices and quantities.
inline constexpr int kBookDigits = 8;

// "64521.3" as a mantissa at kBookDigits fraction digits; nothing if the text is not a plain
// decimal that fits.
std::optional<std::int64_t> book_mantissa(std::string_view text);

// A plain decimal as Python's str(Decimal) writes it, which is how the platform's REST interface
// does: "0.00000045" is "4.5E-7", "0.00000000" is "0E-8". Any other text stays as it is.
std::string decimal_text(std::string_view plain);

// The same for mantissa · 10^-kBookDigits.
std::string book_text(std::int64_t mantissa);

// value · 10^-digits, as Python writes it.
std::string wide_text(Wide value, int digits);

// An amount that was computed from two at kBookDigits, rounded to one of them.
std::int64_t rounded(Wide value);

// a / b with the 28 significant digits of Python's default context, the rest cut off; "0" if either
// is 0.
std::string quotient_text(Wide a, Wide b);

// a · b, both at kBookDigits, with the 28 significant digits of Python's default context.
std::string product_text(std::int64_t a, std::int64_t b);

// part / whole in per cent, with kBookDigits fraction digits; "0" if whole is 0.
std::string percent_text(std::int64_t part, std::int64_t whole);

}  // namespace tickcache::sim
