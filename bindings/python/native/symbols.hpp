// The symbols that a program asks for, so that asking again costs no lookup by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "ref.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::python {

/// A symbol with its handle, and its last price as the objects that were made of it: a price that
/// has not changed since is the same object again.
class Symbol {
 public:
  tickcache_handle handle;

  [[nodiscard]] PyObject* name() const noexcept { return name_; }
  /// New references, or nullptr with an exception set.
  PyObject* number(tickcache_decimal price) noexcept;
  PyObject* text(tickcache_decimal price) noexcept;
  PyObject* upper_name() noexcept;

 private:
  friend class Symbols;
  void keep(tickcache_decimal price) noexcept;
  void clear() noexcept;

  PyObject* name_;
  PyObject* upper_name_;
  std::int64_t mantissa_;
  PyObject* number_;
  PyObject* text_;
  std::uint8_t scale_;
};

/// Finds the Symbol of a str by the identity of the object: literals and names of variables are the
/// same object at every call. Others are found too, at the cost of making the Symbol anew.
class Symbols {
 public:
  Symbols() noexcept;  ///< valid() says whether there was memory
  ~Symbols();
  Symbols(const Symbols&) = delete;
  Symbols& operator=(const Symbols&) = delete;

  [[nodiscard]] bool valid() const noexcept { return table_ != nullptr; }

  /// The symbol that `name` names, valid until the next call. nullptr with an exception set if it
  /// is no str. A str that is no symbol gives one that is always missing.
  Symbol* find(PyObject* name) noexcept {
    Symbol* const pair = table_.get() + place_of(name);
    if (pair[0].name_ == name) return &pair[0];
    if (pair[1].name_ == name) return &pair[1];
    return insert(pair, name);
  }

 private:
  static constexpr unsigned kPairsLog2 = 10;

  static std::size_t place_of(PyObject* name) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(name) >> 4U;
    return static_cast<std::size_t>(address * 0x9e3779b97f4a7c15U >> (64U - kPairsLog2)) * 2;
  }

  static Symbol* insert(Symbol* pair, PyObject* name) noexcept;

  struct Free {
    void operator()(Symbol* table) const noexcept;
  };
  std::unique_ptr<Symbol[], Free> table_;
};

}  // namespace tickcache::python
