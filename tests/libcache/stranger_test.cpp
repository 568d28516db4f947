// A reader that was written in another language from docs/shm-layout.md alone finds the same.
#include <doctest/doctest.h>
#include <time.h>

#include <atomic>
#include <string>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/child.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/libcache/segment_facts.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

Lines stranger(const std::string& arguments) {
  return output_of(std::string(STRANGER) + " " + arguments);
}

void compare(const std::string& segment) {
  const Lines theirs = stranger("dump " + segment + " key-of-the-tests");
  const Lines ours = facts(segment);
  REQUIRE(theirs.size() == ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(theirs[i] == ours[i]);
}

}  // namespace

TEST_CASE("the stranger finds what the reader finds, in every state of a feed") {
  const SegmentName name;
  {
    CacheWriter writer(patient(name), boot_now());
    compare(name);  // empty
    const std::int64_t now = boot_now();
    store_everything(writer, now);
    compare(name);

    writer.set_error(0, "cannot connect (Connection refused)", 5, now);
    writer.set_connection(0, ConnectionState::waiting, now);
    compare(name);
    writer.begin_epoch(0, now, unix_now());
    compare(name);  // a gap, and everything of an earlier epoch
    writer.order(0, make_order(301), now);
    compare(name);
    // Silent for longer than any limit but the heartbeat's.
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), now - 1900 * kSecond);
    writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(400, true),
                  now - 1900 * kSecond);
    compare(name);
  }
  {
    CacheWriter writer(patient(name), boot_now());
    compare(name);  // carried over
    writer.begin_epoch(0, boot_now(), unix_now());
    compare(name);
    writer.beat(boot_now() - 3700 * kSecond);
    compare(name);
    writer.stop(RunState::auth_failed, boot_now());
    compare(name);
  }
}

TEST_CASE("the stranger refuses what it must not trust") {
  const SegmentName name;
  { CacheWriter writer(patient(name), boot_now()); }
  const auto refused = [&] {
    const Lines lines = stranger("dump " + name.str());
    return lines.size() == 1 && lines[0].rfind("refused", 0) == 0;
  };
  CHECK_FALSE(refused());
  REQUIRE(chmod(name.path().c_str(), 0660) == 0);
  CHECK(refused());
  REQUIRE(chmod(name.path().c_str(), 0640) == 0);
  patch_file(name.path(), 8, "\x03");
  CHECK(refused());
  patch_file(name.path(), 8, "\x02");
  patch_file(name.path(), 320 + 12, "\x02");
  CHECK(refused());
  REQUIRE(unlink(name.path().c_str()) == 0);
  CHECK(refused());
}

TEST_CASE("the stranger reads whole ticks while they are written") {
  const SegmentName name;
  Shared<std::atomic<bool>> ready;
  Child writer([&] {
    CacheWriter cache(patient(name), boot_now());
    cache.begin_epoch(0, boot_now(), unix_now());
    const SymbolText btc = symbol("BTCUSDT");
    const timespec pause{0, 1000};
    for (std::uint64_t n = 1;; ++n) {
      cache.ticker(0, btc, make_ticker(n), boot_now());
      *ready = true;
      // An interpreter needs some microseconds to copy a tick.
      if (n % 3 == 0) nanosleep(&pause, nullptr);
    }
    return 0;
  });
  REQUIRE(soon([&] { return ready->load(); }));
  CHECK(stranger("watch " + name.str() + " btcusdt 20000") ==
        Lines{"torn 0", "busy none", "changes many"});
}
