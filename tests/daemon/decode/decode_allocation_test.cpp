// Counts every allocation of this process: decoding must make none.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "daemon/platform/decode.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TICKCACHE_OWN_MALLOC 0
#elif defined(__has_feature)
#define TICKCACHE_OWN_MALLOC !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define TICKCACHE_OWN_MALLOC 1
#endif

namespace {
std::atomic<std::size_t> allocations{0};
}

#if TICKCACHE_OWN_MALLOC
// operator new and RapidJSON's allocator both end here; glibc has the real ones under these names.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);

__attribute__((visibility("default"))) void* malloc(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(std::size_t count, std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(count, size);
}
__attribute__((visibility("default"))) void* realloc(void* block, std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(block, size);
}
}
#endif

namespace {

using tickcache::daemon::Decoder;

TEST_CASE("decoding allocates nothing, whatever the message" *
          doctest::skip(TICKCACHE_OWN_MALLOC == 0)) {
  const std::string messages[] = {
      R"({"channel": "ticker", "symbol": "BTCUSDT", "data": {"price": "1.5", "quantity": "2"}})",
      R"({"type":"order","order_id":"\u2014\"","status":"filled"})",
      R"({"channel":"portfolio","data":{"total_equity":1e-8}})",
      R"({"type":"ticker","symbol":"A","price":"1","x":")" + std::string(1'000'000, 'x') + "\"}",
      R"({"type":"ticker","symbol":"A","price":"1","x":)" + std::string(62, '[') +
          std::string(62, ']') + "}",
      std::string(1'000'000, '['),
      R"({"a":")" + std::string(1'000'000, '\\'),
      "not JSON",
      "",
  };
  Decoder decoder;
  const std::size_t before = allocations.load(std::memory_order_relaxed);
  for (int i = 0; i < 3; ++i) {
    for (const std::string& message : messages) decoder.decode(message);
  }
  const std::size_t after = allocations.load(std::memory_order_relaxed);
  CHECK(after == before);

  // The counter does count.
  const Decoder another;
  CHECK(allocations.load(std::memory_order_relaxed) > after);
}

}  // namespace
