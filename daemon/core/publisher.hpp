// From what sources receive to the segment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/capacity_watch.hpp"
#include "daemon/core/event.hpp"
#include "daemon/core/wake_up.hpp"
#include "daemon/platform/subscriptions.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// Stores the records that sources hand it, and the state of their connections. Belongs to the
/// loop's thread. Times are CLOCK_BOOTTIME.
class Publisher {
 public:
  /// Ticks that `wanted` does not cover are counted only. `writer` outlives it.
  Publisher(CacheWriter& writer, const Wanted& wanted);

  /// Changes what is wanted; symbols that no longer are become unsubscribed in the segment.
  void want(const Wanted& wanted);

  /// A message of `size` bytes came.
  void message(std::uint8_t connection, std::size_t size, Time now);
  /// Stores and counts what a message says. No system call, and no allocation but for what the
  /// writer needs for a new symbol, unless something does not fit.
  void publish(const Event& event, std::uint8_t connection, Time now);
  void count(Counter counter) { writer_.count(counter); }

  /// Also counts drops and failures.
  void set_connection(std::uint8_t connection, ConnectionState state, Time now);
  /// Why the connection's attempt or session has ended; `failures` since it was last open.
  void set_error(std::uint8_t connection, std::string_view why, std::uint32_t failures, Time now);
  /// The connection has opened: what is published from here on is of a new epoch.
  void begin_epoch(std::uint8_t connection, Time now);
  void set_channel(std::uint8_t connection, const Channel& channel, ChannelState state,
                   std::string_view reason, Time now);
  void drop_channel(const Channel& channel, Time now);

  /// The exchange has accepted the key, in this run or an earlier one.
  [[nodiscard]] bool key_accepted() const { return writer_.key_accepted(); }
  void set_key_accepted() { writer_.set_key_accepted(); }

  /// To be called after each message; drained() is to follow when there are no more.
  void stored(Time now) noexcept { wake_up_.stored(now); }
  /// Wakes the readers for whatever is stored.
  void drained() noexcept { wake_up_.drained(); }

 private:
  void store(const Event& event, std::uint8_t connection, Time now) noexcept;

  CacheWriter& writer_;
  Filter filter_;
  WakeUp wake_up_;
  CapacityWatch capacity_;
  std::array<ConnectionState, kMaxConnections> states_{};
};

}  // namespace tickcache::daemon
