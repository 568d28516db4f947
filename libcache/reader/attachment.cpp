#include "libcache/reader/attachment.hpp"

#include <fcntl.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "libcache/segment/clock.hpp"
#include "libcache/segment/clock_domain.hpp"
#include "libcache/segment/futex.hpp"

namespace tickcache {

namespace {

/// Tells the processor that this is a loop that waits: it saves power, and leaves it sooner.
void relax_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

}  // namespace

Attachment::Attachment(std::string_view segment)
    : name_(resolve_segment_name(segment)), trusted_(service_user()) {
  if (auto opened = open()) {
    go_over(std::move(*opened));
  } else if (failure_.code != OpenError::missing) {
    throw SegmentError(failure_.code, failure_.message(name_));
  }
}

std::optional<OpenedSegment> Attachment::open() noexcept {
  OpenedSegment opened;
  layout::Header header;
  failure_ = open_segment(name_, O_RDONLY, trusted_, opened.mapping, header);
  if (failure_.code != OpenError::none) return std::nullopt;
  ClockDomain own;
  failure_.error_number = read_clock_domain(own);
  if (failure_.error_number != 0)
    failure_.code = OpenError::system;
  else if (!own.agrees_with(ClockDomain::of(header)))
    failure_.code = OpenError::other_clock;
  if (failure_.code != OpenError::none) return std::nullopt;
  opened.view = SegmentView(opened.mapping.base(), header);
  return opened;
}

std::optional<OpenedSegment> Attachment::find_successor(std::int64_t now) noexcept {
  // A segment that was just superseded has a successor: check at once, but only once.
  const bool is_superseded =
      view_ && load(view_.status().run_state) == static_cast<std::int64_t>(RunState::superseded);
  const bool was_superseded = std::exchange(superseded_, is_superseded);
  if (now < next_look_ns_ && was_superseded == superseded_) return std::nullopt;
  next_look_ns_ = now + kLookEvery;
  struct stat file {};
  if (mapping_ && lstat(segment_path(name_).c_str(), &file) == 0 && mapping_.is(file)) {
    return std::nullopt;
  }
  return open();
}

void Attachment::go_over(OpenedSegment next) noexcept {
  superseded_ = false;
  std::swap(mapping_, next.mapping);
  view_ = next.view;
  word_.store(&view_.status().wake, std::memory_order_seq_cst);  // as stop() says
}

bool Attachment::look_for_successor(std::int64_t now) noexcept {
  auto next = find_successor(now);
  if (next) go_over(std::move(*next));
  return next.has_value();
}

/// sleep() without sleeping: looks at the wake word until it changes, stop() is called or the time
/// is up.
bool Attachment::watch(std::uint32_t seen, std::int64_t timeout_ns) const noexcept {
  constexpr unsigned kClockEvery = 64;
  const layout::WakeWord& word = view_.status().wake;
  const std::int64_t deadline = deadline_after(boot_now(), timeout_ns);
  for (unsigned i = 1;; ++i) {
    // Acquire: pairs with the writer's bump, what was published before it is visible.
    if (word.load(std::memory_order_acquire) != seen || stopped()) return true;
    if (i % kClockEvery == 0 && boot_now() >= deadline) return false;
    if (idle_ == IdleStrategy::yield) {
      sched_yield();
    } else {
      relax_processor();
    }
  }
}

bool Attachment::sleep(std::uint32_t seen, std::uint32_t bits,
                       std::int64_t timeout_ns) const noexcept {
  if (view_ && idle_ != IdleStrategy::sleep) return watch(seen, timeout_ns);
  // Without a segment there is no wake word: sleep on a constant of our own.
  static const layout::WakeWord kNothing{0};
  if (expects_missed_wakes(boot_now())) timeout_ns = std::min(timeout_ns, kShortSleep);
  return view_ ? futex_wait(view_.status().wake, seen, bits, timeout_ns)
               : futex_wait(kNothing, 0, bits, timeout_ns);
}

void Attachment::stop() noexcept {
  const int kept = errno;
  // In one order with go_over() and stopped(): either this sees the new word, or the next look at
  // stopped() ends the wait.
  stopped_.store(true, std::memory_order_seq_cst);
  const layout::WakeWord* const word = word_.load(std::memory_order_seq_cst);
  // It may be unmapped meanwhile: only the kernel uses the address, and fails with EFAULT or wakes
  // what another futex there has, which every futex allows for.
  if (word != nullptr) futex_wake(*word, ~0U);
  errno = kept;
}

}  // namespace tickcache
