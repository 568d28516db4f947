#include "text.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace tickcache::python {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

char* put(char* out, std::uint64_t number, int digits) noexcept {
  for (int i = digits - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
  return out + digits;
}

/// Year, month and day of a number of days since 1970-01-01 (Hinnant, "chrono-compatible low-level
/// date algorithms").
char* put_date(char* out, std::int64_t days) noexcept {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<std::uint64_t>(days - era * 146097);
  const std::uint64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::uint64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const auto year = static_cast<std::uint64_t>(static_cast<std::int64_t>(year_of_era) + era * 400 +
                                               (month <= 2 ? 1 : 0));
  out = put(out, year, 4);
  *out++ = '-';
  out = put(out, month, 2);
  *out++ = '-';
  return put(out, day_of_year - (153 * shifted_month + 2) / 5 + 1, 2);
}

}  // namespace

std::size_t write_utc(std::int64_t unix_ns, char* out) noexcept {
  // 64 bits of nanoseconds end in the years 1677 and 2262: four digits are enough.
  std::int64_t whole = unix_ns / kSecond;
  std::int64_t rest = unix_ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --whole;
  }
  constexpr std::int64_t kDay = 86400;
  const std::int64_t days = (whole >= 0 ? whole : whole - (kDay - 1)) / kDay;
  const auto in_day = static_cast<std::uint64_t>(whole - days * kDay);
  char* at = put_date(out, days);
  *at++ = 'T';
  at = put(at, in_day / 3600, 2);
  *at++ = ':';
  at = put(at, in_day / 60 % 60, 2);
  *at++ = ':';
  at = put(at, in_day % 60, 2);
  *at++ = '.';
  int digits = 9;
  auto fraction = static_cast<std::uint64_t>(rest);
  for (; digits > 3 && fraction % 10 == 0; --digits) fraction /= 10;
  at = put(at, fraction, digits);
  *at++ = 'Z';
  return static_cast<std::size_t>(at - out);
}

PyObject* none() noexcept {
  Py_INCREF(Py_None);
  return Py_None;
}

PyObject* utc(std::int64_t unix_ns) noexcept {
  if (unix_ns == 0) return none();
  char out[kUtcChars];
  return PyUnicode_FromStringAndSize(out, static_cast<Py_ssize_t>(write_utc(unix_ns, out)));
}

PyObject* text(tickcache_decimal value) noexcept {
  char out[TICKCACHE_DECIMAL_CHARS];
  return PyUnicode_FromStringAndSize(out,
                                     static_cast<Py_ssize_t>(tickcache_decimal_text(value, out)));
}

PyObject* text(const char* bytes, std::size_t size) noexcept {
  return PyUnicode_DecodeUTF8(bytes, static_cast<Py_ssize_t>(strnlen(bytes, size)), "replace");
}

PyObject* text_or_none(const char* bytes, std::size_t size) noexcept {
  return *bytes == '\0' ? none() : text(bytes, size);
}

PyObject* seconds(std::int64_t ns) noexcept {
  return PyFloat_FromDouble(ns <= 0 ? 0.0 : static_cast<double>(ns) / static_cast<double>(kSecond));
}

bool read_seconds(PyObject* value, const char* name, std::int64_t absent,
                  std::int64_t& out_ns) noexcept {
  if (value == Py_None) {
    out_ns = absent;
    return true;
  }
  const double given = PyFloat_AsDouble(value);
  if (given == -1.0 && PyErr_Occurred() != nullptr) return false;
  if (!(given >= 0)) {  // written so that NaN fails too
    PyErr_Format(PyExc_ValueError, "%s must be None or a number of seconds that is not below zero",
                 name);
    return false;
  }
  const double ns = std::ceil(given * static_cast<double>(kSecond));
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  out_ns = ns < static_cast<double>(kMost) ? static_cast<std::int64_t>(ns) : kMost;
  return true;
}

}  // namespace tickcache::python
