// From what a message says to the segment.
#pragma once

#include <cstdint>

#include "daemon/event.hpp"
#include "daemon/upstream/subscriptions.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// Stores what `event` says, as received on `connection` at `now` (CLOCK_BOOTTIME nanoseconds),
/// and counts it. Ticks that `filter` does not want are counted only. No system call, and no
/// allocation but for what the writer needs for a new symbol.
void publish(const Event& event, const Filter& filter, std::uint8_t connection, std::int64_t now,
             CacheWriter& writer) noexcept;

}  // namespace tickcache::daemon
