// Order updates as a table that can be printed piece by piece.
#pragma once

#include <cstdint>
#include <string>

#include "cli/print/table.hpp"
#include "encode/time.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

/// New rows are aligned with those already printed.
class OrdersTable {
 public:
  OrdersTable();

  void add(const Order& order, const encode::Clocks& clocks);
  /// "— updates may be missing since … —"
  void add_gap(std::int64_t since_unix_ns);
  [[nodiscard]] bool empty() const noexcept { return table_.size() == 0; }

  /// The lines added since the last call; the first call also returns the titles.
  [[nodiscard]] std::string take(bool color);

 private:
  Table table_;
  std::size_t printed_ = 0;  ///< lines
};

}  // namespace tickcache::cli
