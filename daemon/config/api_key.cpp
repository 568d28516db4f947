#include "daemon/config/api_key.hpp"

#include <string.h>  // explicit_bzero is not in <cstring>'s namespace std

#include <algorithm>
#include <charconv>

#include "encode/untrusted.hpp"

namespace tickcache::daemon {

ApiKey::ApiKey(std::string_view text) noexcept : size_(std::min(text.size(), kMaxSize)) {
  std::copy_n(text.begin(), size_, bytes_.begin());
}

ApiKey::~ApiKey() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

std::string check_api_key(std::string_view text) {
  if (text.empty()) return "is empty; it must hold the API key";
  if (text.find('\n') != text.npos) return "has more than one line; it must hold the API key only";
  if (text.size() > ApiKey::kMaxSize) return "is longer than 512 bytes, which no API key is";
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~';  // a blank is always a copying mistake
  });
  if (!printable) return "holds blanks or bytes that are not printable ASCII; an API key has none";
  return {};
}

ApiKeyFile read_api_key_file(const std::string& path, std::chrono::milliseconds fifo_wait) {
  ApiKeyFile result;
  const auto take = [&result](std::string_view text) {
    std::string problem = check_api_key(text);
    if (problem.empty()) result.key = ApiKey(text);
    return problem;
  };
  static_cast<options::SecretFile&>(result) = options::read_secret_file(path, take, fifo_wait);
  return result;
}

namespace {

constexpr std::string_view kHidden = "***";

/// The size of `c` at the start of `text`: as it is, percent-encoded once or more often (%25 is
/// '%'), escaped as in JSON once or more often, or percent-encoded and then escaped. 0 if the text
/// begins with something else.
std::size_t size_of(char c, std::string_view text) noexcept {
  const auto is_hex_of_c = [c, text](std::size_t at) {
    unsigned char byte = 0;
    if (text.size() < at + 2) return false;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    return error == std::errc() && end == text.data() + at + 2 &&
           byte == static_cast<unsigned char>(c);
  };
  if (text.starts_with(c)) return 1;
  // A bounded run: a message may consist of backslashes.
  constexpr std::size_t kMaxSlashes = 16;
  const std::string_view run = text.substr(0, kMaxSlashes);
  const std::size_t slashes = std::min(run.find_first_not_of('\\'), run.size());
  const std::string_view rest = text.substr(slashes);
  std::size_t at = 0;  // behind a percent sign
  if (slashes > 0) {
    if (rest.starts_with("u00") && is_hex_of_c(slashes + 3)) return slashes + 5;
    if (rest.starts_with(c)) return slashes + 1;
    if (!rest.starts_with("u0025")) return 0;
    at = slashes + 5;
  } else if (text.starts_with('%')) {
    at = 1;
  } else {
    return 0;
  }
  while (!is_hex_of_c(at) && text.substr(at, 2) == "25") at += 2;
  return is_hex_of_c(at) ? at + 2 : 0;
}

/// The size of the key at the start of `text`, in any of these forms; 0 if it is not there.
std::size_t size_of_key(std::string_view secret, std::string_view text) noexcept {
  std::size_t size = 0;
  for (const char c : secret) {
    const std::size_t more = size_of(c, text.substr(size));
    if (more == 0) return 0;
    size += more;
  }
  return size;
}

/// Where the key may begin.
std::size_t find_key(std::string_view secret, std::string_view text, std::size_t from) noexcept {
  const char first[] = {secret.front(), '%', '\\'};
  for (std::size_t at = from;; ++at) {
    at = text.find_first_of({first, sizeof first}, at);
    if (at == text.npos || size_of_key(secret, text.substr(at)) > 0) return at;
  }
}

}  // namespace

bool has_key(std::string_view text, const ApiKey& key) noexcept {
  return !key.empty() && find_key(key.reveal(), text, 0) != text.npos;
}

std::string hide_key(std::string_view text, const ApiKey& key) {
  if (key.empty()) return std::string(text);
  const std::string_view secret = key.reveal();
  std::string result;
  std::size_t at = 0;
  for (std::size_t found; (found = find_key(secret, text, at)) != text.npos;) {
    result.append(text.substr(at, found - at)).append(kHidden);
    at = found + size_of_key(secret, text.substr(found));
  }
  return result.append(text.substr(at));
}

std::string without_key(std::string_view text, const ApiKey& key) {
  constexpr std::size_t kTelling = 4;  // fewer letters of a key are in any text
  const std::string_view secret = key.reveal();
  std::string result = hide_key(text, key);
  for (std::size_t size = std::min(secret.size(), result.size()); size >= kTelling; --size) {
    if (!result.ends_with(secret.substr(0, size))) continue;
    result.replace(result.size() - size, size, kHidden);
    break;
  }
  return encode::printable(result);
}

void wipe(std::string& secret) noexcept {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace tickcache::daemon
