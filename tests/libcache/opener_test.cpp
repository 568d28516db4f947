// Opening a segment: what is refused and why, and that no bytes whatever make a reader crash.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "libcache/writer.hpp"
#include "support/child.hpp"
#include "support/odd_file.hpp"
#include "support/seed.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"
#include "tickcache/tickcache.h"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

constexpr std::int64_t kNow = 1'000'000 * kSecond;
constexpr uid_t kNobody = 65534;
constexpr uid_t kOther = 65533;

/// A segment with some of everything in it, whose daemon is dead.
void make_segment(const std::string& name) {
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kNow);
  for (std::uint64_t i = 1; i <= 40; ++i) {
    writer.ticker(0, symbol("SYM" + std::to_string(i % 8)), make_ticker((i - 1) / 8 + 1), kNow);
    writer.order(0, make_order(i), kNow);
    writer.portfolio(0, make_portfolio(i), kNow);
    writer.candle(0, symbol("SYM1"), interval("1m"), make_candle(i, true), kNow);
  }
  writer.candle(0, symbol("SYM1"), interval("1m"), make_candle(41, false), kNow);
  writer.set_channel(ChannelKind::orders, {}, {}, 0, ChannelState::refused, "why", kNow);
  writer.set_connection(0, ConnectionState::waiting, kNow);
  writer.begin_epoch(0, kNow, kNow);
}

struct Refusal {
  OpenError code = OpenError::none;
  std::string message;

  [[nodiscard]] bool says(const std::string& text) const {
    return message.find(text) != std::string::npos;
  }
};

Refusal open_it(const std::string& name) {
  try {
    const Reader reader(name);
    return {reader.error(), reader.error_message()};
  } catch (const SegmentError& error) {
    return {error.code(), error.what()};
  }
}

/// Every lookup there is. They may say anything, but return; the sum keeps them from being left
/// out.
std::size_t exercise(Reader& reader) {
  std::size_t sum = 0;
  Query query;
  query.now = std::chrono::nanoseconds(kNow);
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
    if (const auto price = orders[i].decimal(Order::kPrice)) sum += price->str().size();
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

TEST_CASE("fault 40: every refusal has its own code and says what to do") {
  const SegmentName name;
  CHECK(open_it(name).code == OpenError::missing);
  CHECK(open_it(name).says("start tickcached"));
  CHECK(open_it("a/b").code == OpenError::bad_name);

  write_file(name.path(), "");
  CHECK(open_it(name).code == OpenError::not_a_segment);
  write_file(name.path(), "TICKCSHM");
  CHECK(open_it(name).code == OpenError::not_a_segment);
  write_file(name.path(), std::string(4096, 'x'));
  CHECK(open_it(name).code == OpenError::not_a_segment);
  CHECK(open_it(name).says("was not made by tickcached"));
  REQUIRE(unlink(name.path().c_str()) == 0);

  make_segment(name);
  CHECK(open_it(name).code == OpenError::none);
  for (const char version : {'\x00', '\x02', '\x7f'}) {
    patch_file(name.path(), offsetof(layout::Header, version), std::string(1, version));
    const Refusal refusal = open_it(name);
    CHECK(refusal.code == OpenError::other_version);
    CHECK(refusal.says("layout version " + std::to_string(int{version})));
    CHECK(refusal.says("reads version 1"));
  }
  patch_file(name.path(), offsetof(layout::Header, version), std::string(1, '\x01'));
  CHECK(open_it(name).code == OpenError::none);
  patch_file(name.path(), offsetof(layout::Header, instance), std::string(8, '\0'));
  CHECK(open_it(name).code == OpenError::damaged);
  CHECK(open_it(name).says("damaged"));
}

TEST_CASE("fault 40: a geometry that does not fit the file or this version is refused") {
  const layout::Header good = make_header({64, 1024});
  const auto sound = [&](auto&& spoil) {
    layout::Header header = good;
    spoil(header);
    return geometry_is_sound(header, good.segment_size);
  };
  CHECK(sound([](layout::Header&) {}));
  CHECK_FALSE(geometry_is_sound(good, good.segment_size - 1));
  CHECK_FALSE(geometry_is_sound(good, good.segment_size + 1));
  CHECK_FALSE(sound([](auto& h) { h.header_size = 511; }));
  for (const std::uint32_t candles : {0U, 1U, 127U, 256U, 1U << 31}) {
    CHECK_FALSE(sound([&](auto& h) { h.closed_candles = candles; }));
  }
  for (std::uint32_t i = 0; i < layout::kPartCount; ++i) {
    CAPTURE(i);
    const layout::PartRef part = good.parts[i];
    const std::uint64_t room = good.segment_size - part.offset;
    for (const std::uint64_t offset :
         {std::uint64_t{0}, std::uint64_t{448}, part.offset + 8, part.offset + room,
          part.offset + room / 64 * 64, good.segment_size + 64, ~std::uint64_t{63}}) {
      CAPTURE(offset);
      CHECK_FALSE(sound([&](auto& h) { h.parts[i].offset = offset; }));
    }
    for (const std::uint32_t stride : {0U, part.stride - 8, part.stride + 64, ~0U}) {
      CHECK_FALSE(sound([&](auto& h) { h.parts[i].stride = stride; }));
    }
    for (const std::uint32_t count : {1U << 27, 1U << 31, ~0U}) {
      CHECK_FALSE(sound([&](auto& h) { h.parts[i].count = count; }));
    }
    // One element more than there is room for, at the end of the file.
    const std::uint64_t last = good.segment_size / 64 * 64 - 64;
    CHECK_FALSE(sound([&](auto& h) { h.parts[i].offset = last; }));
  }
  for (const layout::Part ring :
       {layout::kIndex, layout::kTape, layout::kOrders, layout::kPortfolio}) {
    for (const std::uint32_t count : {0U, 1U, 3U, 96U}) {
      CHECK_FALSE(sound([&](auto& h) { h.parts[ring].count = count; }));
    }
  }
  CHECK_FALSE(sound([](auto& h) { h.parts[layout::kNames].count = 63; }));
  CHECK_FALSE(
      sound([](auto& h) { h.parts[layout::kCells].count = h.parts[layout::kNames].count = 0; }));
  CHECK_FALSE(sound([](auto& h) { h.parts[layout::kIndex].count = 64; }));
}

TEST_CASE("fault 40: a segment cut to any length is refused") {
  const SegmentName name;
  make_segment(name);
  const auto size = static_cast<std::size_t>(status_of(name.path()).st_size);
  std::vector<std::size_t> lengths;
  lengths.push_back(size - 1);
  for (std::size_t percent = 99; percent > 0; --percent) lengths.push_back(size * percent / 100);
  for (std::size_t i = 600; i > 0; --i) lengths.push_back(i);
  for (const std::size_t length : lengths) {
    REQUIRE(truncate(name.path().c_str(), static_cast<off_t>(length)) == 0);
    const OpenError expected = length < 12 ? OpenError::not_a_segment : OpenError::damaged;
    CAPTURE(length);
    CHECK(open_it(name).code == expected);
  }
}

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

TEST_CASE("fault 40: random files are no segments") {
  const SegmentName name;
  const std::uint64_t seed = seed_or(5);
  INFO("TICKCACHE_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 2000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    // Some get as far as the geometry.
    if (round % 2 == 0 && bytes.size() >= 12) bytes.replace(0, 12, "TICKCSHM\1\0\0\0", 12);
    write_file(name.path(), bytes);
    const OpenError code = open_it(name).code;
    CHECK((code == OpenError::not_a_segment || code == OpenError::damaged));
  }
}

TEST_CASE("fault 48: what is no regular file is refused at once") {
  const SegmentName name;
  const SegmentName target;
  make_segment(target);
  for (const OddFile kind : kOddFiles) {
    CAPTURE(std::string(name_of(kind)));
    REQUIRE(make_odd_file(kind, name.path(), target.path()));
    const Refusal refusal = open_it(name);
    CHECK(refusal.code == OpenError::not_a_segment);
    CHECK(refusal.says(name.str()));
    remove_odd_file(name.path());
  }
}

TEST_CASE("fault 37: a segment that its group or others may write to is refused") {
  const SegmentName name;
  make_segment(name);
  for (const mode_t mode : {0660U, 0642U, 0666U, 0777U}) {
    REQUIRE(chmod(name.path().c_str(), mode) == 0);
    CHECK(open_it(name).code == OpenError::unsafe_mode);
    CHECK(open_it(name).says("can be written"));
  }
  for (const mode_t mode : {0600U, 0640U, 0644U, 0755U}) {
    REQUIRE(chmod(name.path().c_str(), mode) == 0);
    CHECK(open_it(name).code == OpenError::none);
  }
}

TEST_CASE("fault 37: owners: oneself, root and TICKCACHE_USER are trusted, nobody else") {
  if (geteuid() != 0) {
    MESSAGE("not root: nothing can be given to another user");
    return;
  }
  const SegmentName name;
  make_segment(name);
  const auto give_to = [&](uid_t owner, gid_t group, mode_t mode) {
    REQUIRE(chown(name.path().c_str(), owner, group) == 0);
    REQUIRE(chmod(name.path().c_str(), mode) == 0);
  };
  /// Opens it as another user: 0 if the result is `code` and its message has `text`.
  const auto open_as = [&](uid_t user, gid_t group, OpenError code, const std::string& text) {
    Child child([&] {
      if (setgroups(0, nullptr) != 0 || setgid(group) != 0 || setuid(user) != 0) return 2;
      const Refusal refusal = open_it(name);
      if (refusal.code != code) return 10 + static_cast<int>(refusal.code);
      return refusal.says(text) ? 0 : 3;
    });
    return child.wait();
  };
  unsetenv("TICKCACHE_USER");

  give_to(0, 0, 0644);
  CHECK(open_as(kNobody, kNobody, OpenError::none, "") == 0);
  give_to(kNobody, kNobody, 0640);
  CHECK(open_as(kNobody, kNobody, OpenError::none, "") == 0);
  CHECK(open_it(name).code == OpenError::stranger);  // even root is not to be fooled
  CHECK(open_it(name).says("65534"));
  CHECK(open_it(name).says("TICKCACHE_USER"));
  give_to(kOther, kNobody, 0640);
  CHECK(open_as(kNobody, kNobody, OpenError::stranger, "65533") == 0);

  give_to(kNobody, 0, 0644);
  setenv("TICKCACHE_USER", "nobody", 1);
  CHECK(open_it(name).code == OpenError::none);
  setenv("TICKCACHE_USER", "daemon", 1);
  CHECK(open_it(name).code == OpenError::stranger);
  setenv("TICKCACHE_USER", "65534", 1);  // a number, where the name is not known
  CHECK(open_it(name).code == OpenError::none);
  for (const char* other : {"no-such-user", "65533", "65534x", "-1"}) {
    setenv("TICKCACHE_USER", other, 1);
    CHECK(open_it(name).code == OpenError::stranger);
  }
  unsetenv("TICKCACHE_USER");

  give_to(0, 0, 0640);
  CHECK(open_as(kNobody, kNobody, OpenError::permission, "join the group root") == 0);
  CHECK(open_as(kNobody, 0, OpenError::none, "") == 0);
  give_to(0, 54321, 0640);
  CHECK(open_as(kNobody, kNobody, OpenError::permission, "with the number 54321") == 0);
}

TEST_CASE("the environment names the segment when the program does not") {
  const SegmentName name;
  make_segment(name);
  setenv("TICKCACHE_SEGMENT", name.str().c_str(), 1);
  {
    const Reader reader;
    CHECK(reader.segment() == name.str());
    CHECK(reader.error() == OpenError::none);
  }
  const Reader other("tickcache-test-of-no-such-name");
  CHECK(other.segment() == "tickcache-test-of-no-such-name");
  CHECK(other.error() == OpenError::missing);
  setenv("TICKCACHE_SEGMENT", "", 1);
  CHECK(resolve_segment_name({}) == "tickcache");
  unsetenv("TICKCACHE_SEGMENT");
  CHECK(resolve_segment_name({}) == "tickcache");
}

TEST_CASE("a handle from elsewhere finds its own symbol, and one of junk is bounded") {
  const SegmentName name;
  const SegmentName other;
  make_segment(name);
  CacheWriter writer(options(other), kNow);
  writer.ticker(0, symbol("SYM3"), make_ticker(9), kNow);
  Reader first{name.str()};
  Reader second{other.str()};
  SymbolHandle handle = first.handle("sym3");
  CHECK(handle.symbol() == "SYM3");
  for (int i = 0; i < 2; ++i) {
    CHECK(first.ticker(handle).value.updates == 5);
    CHECK(second.ticker(handle).value.updates == 1);
  }
  // As a C program could pass it.
  auto plain = std::bit_cast<tickcache_handle>(handle);
  plain.cell = 0xffffffff;
  auto junk = std::bit_cast<SymbolHandle>(plain);
  CHECK(second.ticker(junk).value.updates == 1);
  SymbolHandle none;
  CHECK(second.ticker(none).freshness == Freshness::missing);
}
