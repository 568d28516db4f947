// Which sanitizers this was built with. Their runtimes need descriptors and system calls of their
// own, so a few tests cannot be run with them: TEST_CASE("…" * doctest::skip(kThreadSanitizer)).
#pragma once

namespace tickcache::test {

#ifdef __has_feature
#define TICKCACHE_HAS_FEATURE(name) __has_feature(name)
#else
#define TICKCACHE_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || TICKCACHE_HAS_FEATURE(address_sanitizer)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

#if defined(__SANITIZE_THREAD__) || TICKCACHE_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

#undef TICKCACHE_HAS_FEATURE

}  // namespace tickcache::test
