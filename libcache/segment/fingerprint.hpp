// Salted 64-bit fingerprints of the URL and the API key.
#pragma once

#include <cstdint>
#include <string_view>

#include "tickcache/layout.hpp"

namespace tickcache {

/// What is fingerprinted. The same text has a different fingerprint in each role.
enum class FingerprintOf : std::uint64_t { url = 1, key = 2 };

/// SipHash-2-4 of `text` with the 128-bit key (salt, role); never 0, which means "none". An API key
/// has far more entropy than 64 bits: the fingerprint identifies it without revealing it.
std::uint64_t fingerprint(std::string_view text, FingerprintOf role, std::uint64_t salt) noexcept;

/// Whether `key` is the API key of the daemon that created the segment with this header.
inline bool is_key_of(const layout::Header& header, std::string_view key) noexcept {
  return !key.empty() &&
         header.key_fingerprint == fingerprint(key, FingerprintOf::key, header.fingerprint_salt);
}

}  // namespace tickcache
