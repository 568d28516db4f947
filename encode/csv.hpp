// Builds a line of comma-separated values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tickcache/decimal.hpp"

namespace tickcache::encode {

/// Has the interface of JsonLine, so that one function can fill either. Null becomes an empty
/// value.
class CsvLine {
 public:
  void known(bool known) noexcept { known_ = known; }

  void null(std::string_view key) { add(key, {}); }
  void text(std::string_view key, std::string_view value);
  void text_or_null(std::string_view key, std::string_view value) { text(key, value); }
  void decimal(std::string_view key, const std::optional<Decimal>& value);
  void boolean(std::string_view key, bool value) { add(key, value ? "true" : "false"); }
  void number(std::string_view key, std::uint64_t value) { add(key, std::to_string(value)); }
  void milliseconds(std::string_view key, const std::optional<std::int64_t>& ns);
  void time(std::string_view key, std::int64_t unix_ns);

  /// Both include the line end.
  [[nodiscard]] std::string header() const { return keys_ + "\n"; }
  [[nodiscard]] std::string finish() const { return values_ + "\n"; }

 private:
  void add(std::string_view key, std::string_view value);

  bool known_ = true;
  std::string keys_;
  std::string values_;
};

}  // namespace tickcache::encode
