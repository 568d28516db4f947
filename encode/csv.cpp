#include "encode/csv.hpp"

#include <algorithm>

#include "encode/time.hpp"
#include "encode/untrusted.hpp"

namespace tickcache::encode {

void CsvLine::add(std::string_view key, std::string_view value) {
  if (!keys_.empty()) {
    keys_ += ',';
    values_ += ',';
  }
  keys_ += key;
  if (known_) values_ += value;
}

void CsvLine::text(std::string_view key, std::string_view value) {
  const std::string safe = printable(value);
  if (safe.find_first_of(",\"") == std::string::npos) return add(key, safe);
  std::string quoted = "\"";  // RFC 4180, 2
  for (const char c : safe) quoted.append(c == '"' ? 2 : 1, c);
  add(key, quoted + '"');
}

void CsvLine::decimal(std::string_view key, const std::optional<Decimal>& value) {
  add(key, value ? value->str() : std::string());
}

void CsvLine::milliseconds(std::string_view key, const std::optional<std::int64_t>& ns) {
  add(key, ns ? std::to_string(std::max<std::int64_t>(*ns, 0) / 1'000'000) : std::string());
}

void CsvLine::time(std::string_view key, std::int64_t unix_ns) {
  add(key, unix_ns == 0 ? std::string() : utc_time(unix_ns));
}

}  // namespace tickcache::encode
