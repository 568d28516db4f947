// Quotes invalid values in error messages, without keys that users put there by mistake.
#include <algorithm>

#include "encode/untrusted.hpp"
#include "options/text.hpp"

namespace tickcache::options {
namespace {

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

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const std::string safe = without_keys(without_url_secrets(text));
  std::string result = "'";
  for (const char c : safe) {
    if (result.size() > kMaxShown) {
      result += kHidden;
      break;
    }
    if (encode::is_control(c)) {
      const auto byte = static_cast<unsigned char>(c);
      result += {'\\', 'x', kHex[byte >> 4U], kHex[byte & 0xfU]};
    } else {
      result += c;
    }
  }
  return result + "'";
}

}  // namespace tickcache::options
