// A daemon and a reader whose times are given.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/times.hpp"

namespace tickcache::test {

/// A daemon with one connection open since kNow and a tick of BTCUSDT at kNow.
struct JudgedFeed {
  explicit JudgedFeed(std::int64_t silence_after = 30 * kSecond,
                      std::int64_t liveness = 2 * kSecond) {
    WriterOptions with = options(name);
    with.silence_after_ns = silence_after;
    with.liveness_timeout_ns = liveness;
    writer.emplace(with, kNow);
    reader.emplace(name.str());
    writer->begin_epoch(0, kNow, kUnix);
    tick(kNow);
  }

  void tick(std::int64_t now, std::uint8_t connection = 0, std::string_view which = "BTCUSDT") {
    writer->ticker(connection, symbol(which), make_ticker(1), now);
  }
  void beat(std::int64_t now) { writer->beat(now); }

  [[nodiscard]] Result<Ticker> ticker(const Query& query) {
    return reader->ticker("BTCUSDT", query);
  }

  const SegmentName name;
  std::optional<CacheWriter> writer;
  std::optional<Reader> reader;
};

template <class R>
void check(const R& result, Freshness freshness, Reason reason) {
  CHECK(std::string(to_string(result.freshness)) == to_string(freshness));
  CHECK(std::string(to_string(result.reason)) == to_string(reason));
}

}  // namespace tickcache::test
