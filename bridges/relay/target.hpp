// The path and the query of a request.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::relay {

struct Target {
  std::vector<std::string> path;  ///< its segments: "/v1/price/BTCUSDT" has three
  std::map<std::string, std::string, std::less<>> query;  ///< of equal names, the last

  /// The value of a query's name; empty if it is absent.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return query.contains(name); }
};

/// Nothing if something in `text` is not percent-encoded as it must be.
[[nodiscard]] std::optional<Target> parse_target(std::string_view text);

/// The items of a list, without empty ones.
[[nodiscard]] std::vector<std::string> items_of(std::string_view list, char separator = ',');

}  // namespace tickcache::relay
