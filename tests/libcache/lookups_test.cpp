// What lookups must not do while the daemon lives: allocate, or ask the system.
#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <new>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/child.hpp"
#include "support/sanitizers.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/payload.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace tickcache;
using namespace tickcache::test;

void store_everything(CacheWriter& writer, std::uint64_t n) {
  const std::int64_t now = boot_now();
  writer.beat(now);
  writer.message(0, 100, now);
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(n), now);
  writer.order(0, make_order(n), now);
  writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(n, n % 2 == 0), now);
  writer.portfolio(0, make_portfolio(n), now);
}

/// Every lookup of a live feed; returns whether all had a value.
bool look_at_everything(Reader& reader, SymbolHandle& handle, const Query& query) {
  static std::array<Order, 8> orders;
  static std::array<Candle, 8> candles;
  static std::array<SymbolTicker, 8> all;
  static Status status;
  Ticker ticker;
  Result<Decimal> price;
  reader.prices({&handle, 1}, {&price, 1}, query);
  reader.status(status);
  return reader.ticker("btcusdt", query).live() && reader.ticker(handle, query).live() &&
         reader.price(handle, query).live() && price.live() && reader.last(handle, ticker) &&
         reader.snapshot(all, query) == 1 && reader.at(0, query).ticker.live() &&
         reader.orders(orders, query).live() && reader.portfolio(query).live() &&
         reader.candles("btcusdt", "1m", candles, query).live() &&
         !reader.ticker("NOPE", query).has_value && status.symbols == 1 &&
         reader.wake_word() == reader.wake_word() && !reader.symbol(0).empty() &&
         !reader.key_matches("x");
}

/// Has the system kill this process at its first system call but exit. (Not SECCOMP_MODE_STRICT,
/// which takes the time stamp counter away, and with it the clock.)
bool forbid_system_calls() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog filter{std::size(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Runs `body` in a process without system calls.
template <class Body>
int without_system_calls(Body&& body) {
  Child child([&] {
    if (!forbid_system_calls()) return 77;
    const bool good = body();
    syscall(SYS_exit, good ? 0 : 1);
    return 2;
  });
  return child.wait();
}

}  // namespace

TEST_CASE("lookups allocate nothing, and stores only for a symbol's first tick") {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  writer.begin_epoch(0, boot_now(), 1);
  store_everything(writer, 1);
  Reader reader{name.str()};
  SymbolHandle handle = reader.handle("btcusdt");

  const std::uint64_t before = allocations.load();
  for (std::uint64_t n = 2; n < 100; ++n) store_everything(writer, n);
  writer.flush();
  const std::uint64_t stored = allocations.load();
  bool all = true;
  for (int i = 0; i < 100; ++i) all = look_at_everything(reader, handle, {}) && all;
  const std::uint64_t looked = allocations.load();
  CHECK(all);
  CHECK(stored == before);
  CHECK(looked == stored);

  // Nor does looking for a daemon that is not there.
  writer.stop(RunState::stopped, boot_now());
  for (int i = 0; i < 100; ++i) all = reader.ticker(handle).freshness == Freshness::down && all;
  CHECK(all);
  CHECK(allocations.load() == looked);
}

TEST_CASE("lookups and stores make no system call while the daemon lives" *
          doctest::skip(kThreadSanitizer)) {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  writer.begin_epoch(0, boot_now(), 1);
  for (std::uint64_t n = 1; n < 10; ++n) store_everything(writer, n);
  Reader reader{name.str()};
  SymbolHandle handle = reader.handle("btcusdt");
  REQUIRE(look_at_everything(reader, handle, {}));

  const int clock = without_system_calls([] { return boot_now() > 0; });
  if (clock == 77 || clock == -SIGSYS) {
    MESSAGE("no seccomp here, or the clock itself is a system call: cannot tell");
    return;
  }
  CHECK(clock == 0);
  CHECK(without_system_calls([&] {
          bool all = true;
          for (int i = 0; i < 1000; ++i) all = look_at_everything(reader, handle, {}) && all;
          return all;
        }) == 0);
  CHECK(without_system_calls([&] {
          for (std::uint64_t n = 10; n < 1000; ++n) store_everything(writer, n);
          return true;
        }) == 0);
  // The check can fail: a wake-up is a system call.
  CHECK(without_system_calls([&] {
          writer.flush();
          return true;
        }) == -SIGSYS);
}
