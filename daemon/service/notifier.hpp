// Notifies the service manager: sd_notify(3).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// Calls sd_notify() on a separate thread, because it blocks while the service manager does not
/// read. Meanwhile messages about the daemon's state are queued in order; others are dropped if a
/// few are queued. `now` is CLOCK_BOOTTIME. Without a service manager, it costs one comparison.
class Notifier {
 public:
  static constexpr Time kStatusEvery = std::chrono::seconds(1);

  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from the environment; the first must
  /// remain set. Throws std::system_error if the thread cannot be created.
  Notifier();
  /// Waits briefly for queued messages.
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  [[nodiscard]] bool listens() const noexcept { return sender_ != nullptr; }

  void ready();
  /// The configuration is being reloaded. Call ready() afterwards.
  void reloading();
  /// `status` is one line, which `systemctl status` shows from now on.
  void stopping(std::string_view status);

  /// Whether a new status text is due.
  [[nodiscard]] bool wants_status(Time now) const noexcept;
  /// Sends one line if it differs from the last.
  void status(std::string_view text, Time now);

  /// The loop is running: sends WATCHDOG=1 once half of the watchdog interval has passed. Call it
  /// several times within that period.
  void beat(Time now);

  /// Whether everything was sent within `limit`.
  bool drain(std::chrono::milliseconds limit);

 private:
  struct Sender;

  void tell(std::string message);
  [[nodiscard]] bool takes_news() const noexcept;

  std::unique_ptr<Sender> sender_;  ///< null without a service manager
  Time watchdog_{};                 ///< 0 without a watchdog
  Time watchdog_fed_{};
  Time status_made_{};
  std::string status_;  ///< the last one sent
};

}  // namespace tickcache::daemon
