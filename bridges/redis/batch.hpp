// Makes the messages of a feed (docs/redis.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tickcache/tickcache.hpp"

namespace tickcache::redis {

/// Who sends a message, and which.
struct MessageHead {
  std::uint64_t epoch = 0;
  std::string_view instance;
  std::uint64_t sequence = 0;
  std::int64_t boot_ns = 0;  ///< CLOCK_BOOTTIME
};

/// What came since the last message.
class Batch {
 public:
  void tick(std::string_view record) { append(ticks_, record); }
  /// Whether a price can be trusted has changed.
  void price(std::string_view record) { append(prices_, record); }
  void order(std::string_view record) { append(orders_, record); }
  void portfolio(std::string_view record) { append(portfolios_, record); }
  void candle(std::string_view record) { append(candles_, record); }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The message, on one line.
  [[nodiscard]] std::string message(const MessageHead& head) const;

 private:
  void append(std::string& list, std::string_view record);

  std::size_t size_ = 0;
  std::string ticks_;
  std::string prices_;
  std::string orders_;
  std::string portfolios_;
  std::string candles_;
};

struct Echo {
  std::string nonce;
  std::int64_t boot_ns = 0;  ///< when it came
};

/// What a beat says.
struct Beat {
  FeedStatus feed;
  std::uint64_t hash = 0;
  std::uint64_t hops = 0;
  std::string_view upstream;
  ListResult orders;
  Result<Portfolio> portfolio;
  std::vector<Echo> echoes;
};
[[nodiscard]] std::string beat_message(const MessageHead& head, const Beat& beat);

/// A record without its line end; with the time when it was written.
[[nodiscard]] std::string record_of(std::string line);
[[nodiscard]] std::string stored_record(std::string_view record, std::int64_t boot_ns);
/// Microseconds.
[[nodiscard]] std::string clock_text(std::int64_t boot_ns);

}  // namespace tickcache::redis
