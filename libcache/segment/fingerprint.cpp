#include "libcache/segment/fingerprint.hpp"

#include <bit>
#include <cstring>

namespace tickcache {

namespace {

/// SipHash's state (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
struct SipState {
  std::uint64_t v0, v1, v2, v3;

  SipState(std::uint64_t k0, std::uint64_t k1) noexcept
      : v0(k0 ^ 0x736f6d6570736575U),
        v1(k1 ^ 0x646f72616e646f6dU),
        v2(k0 ^ 0x6c7967656e657261U),
        v3(k1 ^ 0x7465646279746573U) {}

  void rounds(int count) noexcept {
    for (; count > 0; --count) {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  }

  void absorb(std::uint64_t word) noexcept {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }

  std::uint64_t finish() noexcept {
    v2 ^= 0xff;
    rounds(4);
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

std::uint64_t fingerprint(std::string_view text, FingerprintOf role, std::uint64_t salt) noexcept {
  SipState state(salt, static_cast<std::uint64_t>(role));
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    state.absorb(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(text.size()) << 56;
  if (i < text.size()) std::memcpy(&last, text.data() + i, text.size() - i);
  state.absorb(last);
  const std::uint64_t result = state.finish();
  return result == 0 ? 1 : result;
}

}  // namespace tickcache
