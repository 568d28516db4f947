// Readers in user and time namespaces of their own, as containers have them. Needs root.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>

#include "libcache/writer/writer.hpp"
#include "support/child.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/payload.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

constexpr int kNone = static_cast<int>(OpenError::none);
constexpr int kStranger = static_cast<int>(OpenError::stranger);
constexpr int kOtherClock = static_cast<int>(OpenError::other_clock);
constexpr int kFailed = 90;

/// OpenError as a number.
int open_error(const std::string& segment) {
  try {
    return static_cast<int>(Reader(segment).error());
  } catch (const SegmentError& error) {
    return static_cast<int>(error.code());
  }
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  return static_cast<bool>(file.flush());
}

/// What a reader finds in a user namespace where the numbers of `map` exist ("inside outside
/// count", a line each), with this TICKCACHE_USER.
int in_user_namespace(const std::string& segment, const std::string& map, const char* trusted) {
  std::array<int, 2> entered{};
  std::array<int, 2> mapped{};
  REQUIRE(pipe(entered.data()) == 0);
  REQUIRE(pipe(mapped.data()) == 0);
  char byte = 0;
  Child child([&] {
    if (unshare(CLONE_NEWUSER) != 0 || write(entered[1], &byte, 1) != 1 ||
        read(mapped[0], &byte, 1) != 1) {
      return kFailed;
    }
    setenv("TICKCACHE_USER", trusted, 1);
    return open_error(segment);
  });
  REQUIRE(read(entered[0], &byte, 1) == 1);
  if (!map.empty()) {
    REQUIRE(write_file("/proc/" + std::to_string(child.pid()) + "/uid_map", map));
  }
  REQUIRE(write(mapped[1], &byte, 1) == 1);
  const int result = child.wait();
  for (const int fd : {entered[0], entered[1], mapped[0], mapped[1]}) close(fd);
  return result;
}

/// Runs `body` in a time namespace whose CLOCK_BOOTTIME is `seconds` ahead.
template <class Body>
int in_time_namespace(int seconds, Body&& body) {
  return Child([&] {
           if (unshare(CLONE_NEWTIME) != 0 ||
               !write_file("/proc/self/timens_offsets",
                           "boottime " + std::to_string(seconds) + " 0\n")) {
             return kFailed;
           }
           return Child(body).wait();  // only children are in it
         })
      .wait();
}

}  // namespace

TEST_CASE(
    "fault 37: in a user namespace, whoever has no number is a stranger, the reader included") {
  REQUIRE(geteuid() == 0);
  const SegmentName name;
  CacheWriter writer(options(name), BootClock::now().time_since_epoch().count());
  const std::string& segment = name.str();
  CHECK(in_user_namespace(segment, "", "") == kStranger);
  CHECK(in_user_namespace(segment, "", "65534") == kStranger);
  // The reader has a number, the owner has none.
  CHECK(in_user_namespace(segment, "0 1000 1\n", "") == kStranger);
  CHECK(in_user_namespace(segment, "0 1000 1\n", "65534") == kStranger);

  // What works: the owner's number is that which it has outside.
  CHECK(in_user_namespace(segment, "0 0 1\n", "") == kNone);
  constexpr uid_t kService = 61001;
  REQUIRE(chown(name.path().c_str(), kService, 0) == 0);
  REQUIRE(chmod(name.path().c_str(), 0644) == 0);
  CHECK(in_user_namespace(segment, "0 1000 1\n61001 61001 1\n", "61001") == kNone);
  CHECK(in_user_namespace(segment, "0 1000 1\n61001 61001 1\n", "61002") == kStranger);
  // As root of the namespace it would be trusted, and is: that is what its map says.
  CHECK(in_user_namespace(segment, "0 61001 1\n", "") == kNone);
}

TEST_CASE("a reader in a time namespace with another clock is told so, whatever the offset") {
  REQUIRE(geteuid() == 0);
  const SegmentName name;
  CacheWriter writer(options(name), BootClock::now().time_since_epoch().count());
  const auto read = [&] { return open_error(name.str()); };
  CHECK(in_time_namespace(-10, read) == kOtherClock);
  CHECK(in_time_namespace(1, read) == kOtherClock);
  CHECK(in_time_namespace(0, read) == kNone);
  CHECK(read() == kNone);
}

TEST_CASE("reader and daemon in one time namespace agree, and another run starts anew") {
  REQUIRE(geteuid() == 0);
  const SegmentName name;
  const auto write_and_read = [&] {
    CacheWriter writer(options(name), BootClock::now().time_since_epoch().count());
    writer.begin_epoch(0, BootClock::now().time_since_epoch().count(), 0);
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(1),
                  BootClock::now().time_since_epoch().count());
    writer.beat(BootClock::now().time_since_epoch().count());
    return Reader(name.str()).ticker("BTCUSDT").live() ? 0 : 1;
  };
  CHECK(in_time_namespace(100, write_and_read) == 0);
  CHECK(open_error(name.str()) == kOtherClock);
  CacheWriter writer(options(name), BootClock::now().time_since_epoch().count());
  CHECK(Reader(name.str()).ticker("BTCUSDT").freshness == Freshness::missing);
}

TEST_CASE("a segment of another boot is refused") {
  const SegmentName name;
  CacheWriter writer(options(name), BootClock::now().time_since_epoch().count());
  auto& header =
      const_cast<layout::Header&>(*reinterpret_cast<const layout::Header*>(writer.view().base()));
  header.boot_id[3] ^= 1;
  CHECK(open_error(name.str()) == kOtherClock);
}
