// Included before everything else (-include) when libcache is compiled for the model: in
// layout.hpp, in namespace tickcache::layout, `std::atomic` then finds the one below. The code
// under test is the product's own, to the letter.
#pragma once

#include <atomic>
#include <cstdint>

#include "tests/proof/model/memory.hpp"

namespace tickcache::model {

/// A word of a segment: plain memory, until a model::Memory is active.
template <class T>
class Modelled {
 public:
  static constexpr bool is_always_lock_free = true;

  constexpr Modelled() noexcept : value_() {}
  constexpr explicit Modelled(T value) noexcept : value_(value) {}
  Modelled(const Modelled&) = delete;
  Modelled& operator=(const Modelled&) = delete;

  T load(std::memory_order order) const noexcept {
    Memory* const memory = Memory::active();
    return memory == nullptr ? value_ : static_cast<T>(memory->load(this, value_, order));
  }
  void store(T value, std::memory_order order) noexcept {
    if (Memory* const memory = Memory::active()) memory->store(this, value_, value, order);
    value_ = value;
  }

  /// For the kernel's look at a wake word.
  [[nodiscard]] T plain() const noexcept { return value_; }

 private:
  T value_;
};

}  // namespace tickcache::model

namespace tickcache::layout::std {
using namespace ::std;
template <class T>
using atomic = ::tickcache::model::Modelled<T>;
}  // namespace tickcache::layout::std
