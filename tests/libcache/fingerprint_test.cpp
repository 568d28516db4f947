// What stands for URL and key in a segment.
#include "libcache/segment/fingerprint.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace tickcache;

TEST_CASE("fingerprints are SipHash-2-4 and salted") {
  // The reference vectors: key 00 01 … 0f, text 00 01 ….
  constexpr std::uint64_t kSalt = 0x0706050403020100U;
  constexpr auto kRole = static_cast<FingerprintOf>(0x0f0e0d0c0b0a0908U);
  std::string text;
  const auto up_to = [&](char size) {
    text.clear();
    for (char i = 0; i < size; ++i) text.push_back(i);
    return std::string_view(text);
  };
  CHECK(fingerprint(up_to(0), kRole, kSalt) == 0x726fdb47dd0e0e31U);
  CHECK(fingerprint(up_to(1), kRole, kSalt) == 0x74f839c593dc67fdU);
  CHECK(fingerprint(up_to(7), kRole, kSalt) == 0xab0200f58b01d137U);
  CHECK(fingerprint(up_to(8), kRole, kSalt) == 0x93f5f5799a932462U);
  CHECK(fingerprint(up_to(15), kRole, kSalt) == 0xa129ca6149be45e5U);

  CHECK(fingerprint("text", FingerprintOf::url, 1) != fingerprint("text", FingerprintOf::key, 1));
  CHECK(fingerprint("text", FingerprintOf::key, 1) != fingerprint("text", FingerprintOf::key, 2));
}
