#include "libcache/attachment.hpp"

#include <fcntl.h>

#include <utility>

#include "libcache/futex.hpp"

namespace tickcache {

Attachment::Attachment(std::string name) : name_(std::move(name)), trusted_(service_user()) {
  open();
}

bool Attachment::open() noexcept {
  Mapping mapping;
  layout::Header header;
  failure_ = open_segment(name_, O_RDONLY, trusted_, mapping, header);
  if (failure_.code != OpenError::none) return false;
  const std::lock_guard lock(exchange_);
  std::swap(mapping_, mapping);
  view_ = SegmentView(mapping_.base(), header);
  return true;
}

bool Attachment::look_for_successor(std::int64_t now) noexcept {
  if (now < next_look_ns_) return false;
  next_look_ns_ = now + kLookEvery;
  struct stat file {};
  if (mapping_ && lstat(segment_path(name_).c_str(), &file) == 0 && mapping_.is(file)) return false;
  return open();
}

void Attachment::sleep(std::uint32_t seen, std::uint32_t bits,
                       std::int64_t timeout_ns) const noexcept {
  // Without a segment there is nothing to be woken by: a word of our own that nobody changes.
  static const layout::WakeWord kNothing{0};
  if (view_) {
    futex_wait(view_.status().wake, seen, bits, timeout_ns);
  } else {
    futex_wait(kNothing, 0, bits, timeout_ns);
  }
}

void Attachment::stop() noexcept {
  stopped_.store(true, std::memory_order_release);  // pairs with stopped()
  const std::lock_guard lock(exchange_);
  if (view_) futex_wake(view_.status().wake, ~0U);
}

}  // namespace tickcache
