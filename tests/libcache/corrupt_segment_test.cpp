// That no bytes whatever make a reader crash.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "support/seed.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/some_segment.hpp"
#include "tickcache/layout.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

/// Every lookup there is. They may say anything, but return; the sum keeps them from being left
/// out.
std::size_t exercise(Reader& reader) {
  std::size_t sum = 0;
  Query query;
  query.now = boot_time(kNow);
  SymbolHandle handle = reader.handle("SYM3");
  Ticker ticker;
  for (int i = 0; i < 2; ++i) {
    sum += reader.ticker("SYM1", query).has_value;
    sum += reader.ticker(handle, query).has_value;
    sum += reader.price("nosuchsymbol").has_value;
    sum += reader.last(handle, ticker);
  }
  std::array<SymbolTicker, 80> all;
  sum += reader.snapshot(all, query);
  for (const SymbolTicker& entry : all) {
    sum += entry.symbol.view().size() + entry.ticker.value.price().str().size();
  }
  sum += reader.symbol(7).view().size() + reader.symbol(4'000'000'000U).view().size();
  static std::array<Order, 200> orders;
  const ListResult list = reader.orders(orders, query);
  for (std::size_t i = 0; i < list.count; ++i) {
    sum += orders[i].data.view().size() + orders[i].id.view().size();
    if (const auto price = orders[i].price()) sum += price->str().size();
  }
  static std::array<Candle, 200> candles;
  const ListResult series = reader.candles("SYM1", "1m", candles, query);
  for (std::size_t i = 0; i < series.count; ++i) {
    sum += candles[i].volume.view().size() + candles[i].high.str().size();
  }
  sum += reader.candles("SYM2", "", candles, query).count;
  sum += reader.portfolio(query).value.roi_pct.view().size();
  static Status status;
  reader.status(status);
  sum += status.channel_count + status.connection_count + status.version.view().size() +
         status.upstream.view().size();
  for (std::size_t i = 0; i < status.channel_count; ++i) {
    sum += std::string(to_string(status.channels[i].kind)).size() +
           std::string(to_string(status.channels[i].state)).size() +
           status.channels[i].reason.view().size();
  }
  for (const ConnectionStatus& connection : status.connections) {
    sum += std::string(to_string(connection.state)).size();
  }
  sum += reader.key_matches("key");
  const std::uint32_t seen = reader.wake_word();
  sum += reader.wait(seen, Topics::ticks(), std::chrono::nanoseconds(0)) == WaitResult::timeout;
  sum += reader.wait(seen, handle, std::chrono::nanoseconds(-1)) == WaitResult::timeout;
  return sum;
}

/// A file that is spoilt and mended again, in place.
class Victim {
 public:
  explicit Victim(std::string path) : path_(std::move(path)), good_(read_file(path_)) {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  }
  ~Victim() { close(fd_); }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  [[nodiscard]] std::size_t size() const { return good_.size(); }
  [[nodiscard]] std::uint64_t word(std::size_t offset) const {
    std::uint64_t value = 0;
    std::memcpy(&value, good_.data() + offset, sizeof value);
    return value;
  }
  void put(std::size_t offset, std::uint64_t value, std::size_t bytes) {
    bytes = std::min(bytes, size() - offset);
    spoilt_.push_back({offset, bytes});
    wrote_ = wrote_ &&
             pwrite(fd_, &value, bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes);
  }
  void resize(std::size_t bytes) {
    wrote_ = wrote_ && ftruncate(fd_, static_cast<off_t>(bytes)) == 0;
    resized_ = true;
  }
  bool mend() {
    if (resized_) {
      wrote_ = wrote_ && ftruncate(fd_, static_cast<off_t>(size())) == 0;
      spoilt_ = {{0, size()}};
    }
    for (const auto& [offset, bytes] : spoilt_) {
      wrote_ = wrote_ && pwrite(fd_, good_.data() + offset, bytes, static_cast<off_t>(offset)) ==
                             static_cast<ssize_t>(bytes);
    }
    spoilt_.clear();
    resized_ = false;
    return wrote_;
  }

 private:
  struct Range {
    std::size_t offset;
    std::size_t bytes;
  };
  std::string path_;
  std::string good_;
  int fd_;
  std::vector<Range> spoilt_;
  bool resized_ = false;
  bool wrote_ = true;
};

/// A number that is likely to break something.
std::uint64_t nasty(std::mt19937_64& random, std::uint64_t good) {
  switch (random() % 8) {
    case 0:
      return 0;
    case 1:
      return ~std::uint64_t{0};
    case 2:
      return std::uint64_t{1} << (random() % 64);
    case 3:
      return good + 1;
    case 4:
      return good - 1;
    case 5:
      return good ^ (std::uint64_t{1} << (random() % 64));
    case 6:
      return (std::uint64_t{1} << 63) - random() % 3;
    default:
      return random();
  }
}

}  // namespace

TEST_CASE("fault 40: arbitrary bytes are refused, or every lookup in them returns") {
  const SegmentName name;
  make_segment(name);
  const std::uint64_t seed = seed_or(31337);
  INFO("TICKCACHE_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  Victim victim(name.path());
  layout::Header header;
  std::memcpy(static_cast<void*>(&header), read_file(name.path()).data(), sizeof header);

  std::size_t refused = 0;
  std::size_t accepted = 0;
  std::size_t sum = 0;
  for (int round = 0; round < 6000; ++round) {
    CAPTURE(round);
    for (auto count = 1 + random() % 6; count > 0; --count) {
      std::size_t offset = 0;
      if (random() % 3 == 0) {
        offset = random() % sizeof(layout::Header);
      } else {
        // The first bytes of a part are its counters; elsewhere anything goes.
        const layout::PartRef& part = header.parts[random() % layout::kPartCount];
        const std::size_t extent = random() % 2 == 0 ? 128 : part.count * std::size_t{part.stride};
        offset = part.offset + random() % extent / 8 * 8;
      }
      offset = std::min(offset, victim.size() - 8);
      victim.put(offset, nasty(random, victim.word(offset)), 1 + random() % 8);
    }
    if (random() % 32 == 0) {
      // A file of another size, with a header that fits it.
      const std::size_t size = 512 + random() % (2 * victim.size());
      victim.resize(size);
      victim.put(offsetof(layout::Header, segment_size), size, 8);
    }
    try {
      Reader reader{name.str()};
      ++accepted;
      sum += exercise(reader);
    } catch (const SegmentError& error) {
      ++refused;
      CHECK(std::string(error.what()).find(name.str()) != std::string::npos);
    }
    REQUIRE(victim.mend());
  }
  MESSAGE(accepted << " accepted, " << refused << " refused, sum " << sum);
  CHECK(accepted > 1000);
  CHECK(refused > 1000);
  // Mended, it is what it was.
  Reader reader{name.str()};
  CHECK(is_whole(reader.ticker("SYM3").value));
}

TEST_CASE("fault 40: nothing is handed out of a snapshot that was never received") {
  const SegmentName name;
  make_segment(name);
  Victim victim(name.path());
  layout::Header header;
  std::memcpy(static_cast<void*>(&header), read_file(name.path()).data(), sizeof header);
  const layout::PartRef& part = header.parts[layout::kPortfolio];
  for (std::uint32_t i = 0; i < part.count; ++i) {
    const std::size_t slot =
        part.offset + sizeof(layout::RingPrefix) + i * std::size_t{part.stride};
    for (std::size_t at = 0; at < sizeof(AmountText); at += 8) {
      victim.put(slot + at, 0x7878787878787878, 8);  // a text without an end
    }
    victim.put(slot + offsetof(Portfolio, received_ns), 0, 8);
  }
  Reader reader{name.str()};
  const Result<Portfolio> result = reader.portfolio();
  CHECK(result.freshness == Freshness::missing);
  CHECK_FALSE(result.has_value);
  CHECK(result.value.total_equity.view().empty());
  CHECK(result.value.total_equity.bytes[0] == '\0');
}
