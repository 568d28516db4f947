// An operator new that can be told to fail, in place of the library's.
#pragma once

#include <cstdint>

namespace tickcache::test {

/// While it lives, the allocation of that number (from 1) that this thread makes fails, with
/// std::bad_alloc. 0: none does.
class FailingNew {
 public:
  explicit FailingNew(std::uint64_t number) noexcept;
  ~FailingNew();
  FailingNew(const FailingNew&) = delete;
  FailingNew& operator=(const FailingNew&) = delete;

  /// Whether it came to that.
  [[nodiscard]] static bool failed() noexcept;
};

}  // namespace tickcache::test
