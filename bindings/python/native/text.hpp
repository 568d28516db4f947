// Records' fields as Python objects. All return new references, or nullptr with an exception set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ref.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::python {

/// Room for write_utc(): "2026-02-23T15:30:45.123456789Z", and a year of more digits.
inline constexpr std::size_t kUtcChars = 40;
/// ISO 8601 in UTC with the digits that are there, at least milliseconds. Returns the length.
std::size_t write_utc(std::int64_t unix_ns, char* out) noexcept;

/// As write_utc(); None for 0, "not sent".
PyObject* utc(std::int64_t unix_ns) noexcept;

PyObject* text(tickcache_decimal value) noexcept;

/// `bytes` up to the first zero, or to `size`; what is not UTF-8 is replaced.
PyObject* text(const char* bytes, std::size_t size) noexcept;
template <std::size_t N>
PyObject* text(const char (&bytes)[N]) noexcept {
  return text(bytes, N);
}
/// The same; None if it is empty.
PyObject* text_or_none(const char* bytes, std::size_t size) noexcept;
template <std::size_t N>
PyObject* text_or_none(const char (&bytes)[N]) noexcept {
  return text_or_none(bytes, N);
}

PyObject* none() noexcept;

/// Seconds, never below zero.
PyObject* seconds(std::int64_t ns) noexcept;

/// A time in seconds that a caller gave: None is `absent`. False with an exception set if it is no
/// number, or below zero, or NaN.
bool read_seconds(PyObject* value, const char* name, std::int64_t absent,
                  std::int64_t& out_ns) noexcept;

}  // namespace tickcache::python
