#include "symbols.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "text.hpp"

namespace tickcache::python {

void Symbol::keep(tickcache_decimal price) noexcept {
  if (mantissa_ == price.mantissa && scale_ == price.scale) return;
  mantissa_ = price.mantissa;
  scale_ = price.scale;
  Py_CLEAR(number_);
  Py_CLEAR(text_);
}

PyObject* Symbol::number(tickcache_decimal price) noexcept {
  keep(price);
  if (number_ == nullptr) number_ = PyFloat_FromDouble(tickcache_decimal_double(price));
  Py_XINCREF(number_);
  return number_;
}

PyObject* Symbol::text(tickcache_decimal price) noexcept {
  keep(price);
  if (text_ == nullptr) text_ = python::text(price);
  Py_XINCREF(text_);
  return text_;
}

PyObject* Symbol::upper_name() noexcept {
  if (upper_name_ == nullptr) upper_name_ = PyObject_CallMethod(name_, "upper", nullptr);
  Py_XINCREF(upper_name_);
  return upper_name_;
}

void Symbol::clear() noexcept {
  Py_CLEAR(name_);
  Py_CLEAR(upper_name_);
  Py_CLEAR(number_);
  Py_CLEAR(text_);
}

Symbols::Symbols() noexcept
    // Zeroed pages that are not touched cost nothing.
    : table_(static_cast<Symbol*>(std::calloc(std::size_t{2} << kPairsLog2, sizeof(Symbol)))) {}

Symbols::~Symbols() = default;

void Symbols::Free::operator()(Symbol* table) const noexcept {
  for (std::size_t i = 0; i < std::size_t{2} << kPairsLog2; ++i) table[i].clear();
  std::free(table);
}

Symbol* Symbols::insert(Symbol* pair, PyObject* name) noexcept {
  if (PyUnicode_Check(name) == 0) {
    PyErr_SetString(PyExc_TypeError, "a symbol is a str, such as \"BTCUSDT\"");
    return nullptr;
  }
  Py_ssize_t size = 0;
  const char* const bytes = PyUnicode_AsUTF8AndSize(name, &size);
  if (bytes == nullptr) return nullptr;
  // The one of the two that was asked for last stays.
  std::swap(pair[0], pair[1]);
  pair[0].clear();
  const bool whole = std::strlen(bytes) == static_cast<std::size_t>(size);
  pair[0].handle = tickcache_symbol(whole ? bytes : "");
  pair[0].mantissa_ = 0;
  pair[0].scale_ = 0;
  Py_INCREF(name);
  pair[0].name_ = name;
  return &pair[0];
}

}  // namespace tickcache::python
