#include "tests/proof/exhaustion/failing_new.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::uint64_t left = 0;
thread_local bool has_failed = false;

void* allocate(std::size_t size, std::size_t alignment) {
  if (left != 0 && --left == 0) {
    has_failed = true;
    throw std::bad_alloc();
  }
  const std::size_t wanted = size == 0 ? 1 : size;
  void* memory = nullptr;
  if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
    memory = std::malloc(wanted);
  } else if (posix_memalign(&memory, alignment, wanted) != 0) {
    memory = nullptr;
  }
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 1); }
void* operator new[](std::size_t size) { return allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace tickcache::test {

FailingNew::FailingNew(std::uint64_t number) noexcept {
  left = number;
  has_failed = false;
}

FailingNew::~FailingNew() { left = 0; }

bool FailingNew::failed() noexcept { return has_failed; }

}  // namespace tickcache::test
