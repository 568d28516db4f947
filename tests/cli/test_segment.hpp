// A segment of a test's own, written by the test.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/process.hpp"
#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"

namespace tickcache::test {

inline constexpr std::int64_t kSecond = 1'000'000'000;

/// A published segment. run() beats while the program runs, so that only what a test does makes it
/// look dead.
class TestSegment {
 public:
  /// `adjust` changes the writer's options before it begins.
  explicit TestSegment(const std::function<void(WriterOptions&)>& adjust = {});

  CacheWriter& writer() { return *writer_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_.str(); }

  void connect();     ///< connection 0 is up, in a new epoch
  void disconnect();  ///< and is lost
  /// A tick that was received `age_ns` ago.
  void tick(std::string_view symbol, std::string_view price, std::int64_t age_ns = 0,
            std::uint16_t lag_ms = 0);
  /// A snapshot that was asked for `age_ns` ago. It needs an acknowledged channel, connected
  /// before.
  void snapshot(std::string_view symbol, std::string_view price, std::int64_t age_ns = 0);
  void channel(ChannelKind kind, ChannelState state, std::string_view symbol = {},
               std::string_view interval = {}, std::string_view reason = {},
               std::int64_t age_ns = 0);

  /// The program with TICKCACHE_SEGMENT naming this segment.
  Finished run(std::vector<std::string> arguments);
  Finished run(Run what);
  Terminal run_on_terminal(Run what, const Conversation& converse);

  bool beats = true;
  /// What the exchange says with each tick.
  std::int64_t exchange_time_ns = 1'771'860'645'123'000'000;  // 2026-02-23T15:30:45.123Z

 private:
  void prepare(Run& what);

  SegmentName name_;
  std::optional<CacheWriter> writer_;
};

}  // namespace tickcache::test
