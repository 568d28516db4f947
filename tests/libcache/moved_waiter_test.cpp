// A waiter that another reader has moved to another futex.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "libcache/feed/feed_cursor.hpp"
#include "libcache/reader/reader_impl.hpp"
#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/payload.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Who may only read a segment, and moves its waiters to a futex that nobody wakes.
class Mover {
 public:
  explicit Mover(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY);
    REQUIRE(fd >= 0);
    size_ = static_cast<std::size_t>(lseek(fd, 0, SEEK_END));
    base_ = mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    REQUIRE(base_ != MAP_FAILED);
    layout::Header header;
    std::memcpy(static_cast<void*>(&header), base_, sizeof header);
    wake_ = &SegmentView(static_cast<const std::byte*>(base_), header).status().wake;
  }
  ~Mover() { munmap(base_, size_); }
  Mover(const Mover&) = delete;
  Mover& operator=(const Mover&) = delete;

  /// Whether a waiter was there.
  bool move_one() const { return syscall(SYS_futex, wake_, FUTEX_REQUEUE, 0, 1, wake_ + 1, 0) > 0; }

 private:
  void* base_ = nullptr;
  std::size_t size_ = 0;
  const layout::WakeWord* wake_ = nullptr;
};

}  // namespace

TEST_CASE(
    "a feed whose waiter is moved by another reader notices, and sleeps shortly from then on") {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  writer.begin_epoch(0, boot_now(), 1);
  writer.flush();
  const auto tick = [&](std::uint64_t n) {
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(n), boot_now());
    writer.flush();
  };
  FeedCursor cursor(name.str());
  cursor.want_all(Delivery::every);
  std::atomic<int> taken{0};
  std::atomic<bool> stop{false};
  std::atomic<bool> wary{false};
  std::thread waiting([&] {
    while (!stop) {
      if (cursor.next() != FeedCursor::Kind::none) ++taken;
      wary = cursor.attachment().expects_missed_wakes(boot_now());
      cursor.wait(seconds(3600) / std::chrono::nanoseconds(1));
    }
  });
  tick(1);
  REQUIRE(soon([&] { return taken == 1; }));
  CHECK_FALSE(wary);

  const Mover mover(name.path());
  REQUIRE(soon([&] { return mover.move_one(); }));
  tick(2);  // wakes nobody
  REQUIRE(soon([&] { return taken == 2 && wary; }));
  cursor.stop();
  stop = true;
  waiting.join();
}

TEST_CASE("a reader whose waiter is moved by another reader notices, for a symbol and for topics") {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  writer.begin_epoch(0, boot_now(), 1);
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), boot_now());
  writer.flush();
  const Mover mover(name.path());
  for (const bool by_symbol : {false, true}) {
    CAPTURE(by_symbol);
    Reader reader(name.str());
    SymbolHandle handle = reader.handle("BTCUSDT");
    const std::uint32_t word = reader.wake_word();
    std::thread waiting([&] {
      CHECK((by_symbol ? reader.wait(word, handle, kPatience)
                       : reader.wait(word, Topics::ticks(), kPatience)) == WaitResult::changed);
    });
    REQUIRE(soon([&] { return mover.move_one(); }));
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(2), boot_now());
    writer.flush();
    waiting.join();
    CHECK(reader.impl().attachment.expects_missed_wakes(boot_now()));
  }
  Reader undisturbed(name.str());
  const std::uint32_t word = undisturbed.wake_word();
  undisturbed.wait(word, Topics::ticks(), milliseconds(300));
  CHECK_FALSE(undisturbed.impl().attachment.expects_missed_wakes(boot_now()));
}
