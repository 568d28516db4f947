// Salted 64-bit fingerprints of the URL and the API key.
#pragma once

#include <cstdint>
#include <string_view>

#include "tickcache/layout.hpp"

namespace tickcache {

/// What a fingerprint is of: the same text has another one in each role.
enum class FingerprintOf : std::uint64_t { url = 1, key = 2 };

/// SipHash-2-4 of `text` with the 128-bit key (salt, role); never 0, which stands for "none".
/// 64 bits of a key with far more entropy tell it from others and do not give it away.
std::uint64_t fingerprint(std::string_view text, FingerprintOf role, std::uint64_t salt) noexcept;

/// Whether `key` is the API key of the daemon that made the segment with this header.
inline bool is_key_of(const layout::Header& header, std::string_view key) noexcept {
  return !key.empty() &&
         header.key_fingerprint == fingerprint(key, FingerprintOf::key, header.fingerprint_salt);
}

}  // namespace tickcache
