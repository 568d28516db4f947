// A segment that a test stores into and reads back.
#pragma once

#include <doctest/doctest.h>

#include <memory>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::daemon {

/// Published, with connection 0 up in its first epoch.
class StoredSegment {
 public:
  StoredSegment() {
    const std::int64_t now = boot_now();
    writer.begin_epoch(0, now, unix_now());
    writer.set_connection(0, ConnectionState::up, now);
    writer.beat(now);
    writer.flush();
  }

  [[nodiscard]] std::uint64_t count(Counter which) {
    auto status = std::make_unique<Status>();
    reader.status(*status);
    return status->counter(which);
  }
  /// Of all counters.
  [[nodiscard]] std::uint64_t sum() {
    auto status = std::make_unique<Status>();
    reader.status(*status);
    std::uint64_t result = 0;
    for (const std::uint64_t counter : status->counters) result += counter;
    return result;
  }

 private:
  test::SegmentName name_;

  static WriterOptions options(const std::string& segment) {
    WriterOptions options;
    options.segment = segment;
    options.capacities.symbols = 16;
    options.capacities.tape = 1024;
    options.url = "ws://127.0.0.1:8000/ws/v1";
    options.key = "ak_test";
    options.version = "test";
    return options;
  }

 public:
  CacheWriter writer{options(name_), boot_now()};
  Reader reader{name_.str()};
};

inline SymbolText symbol_text(std::string_view text) {
  SymbolText symbol;
  REQUIRE(symbol.assign(text));
  return symbol;
}

inline Decimal decimal(std::string_view text) {
  const auto value = Decimal::parse(text);
  REQUIRE(value.has_value());
  return *value;
}

}  // namespace tickcache::daemon
