// What the service manager is told over NOTIFY_SOCKET: sd_notify(3)'s protocol.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "daemon/upstream/timing.hpp"

namespace tickcache::daemon {

/// Never blocks: what the service manager does not take is kept for the next beat() if it is about
/// the daemon's state, and dropped otherwise. `now` is CLOCK_BOOTTIME. Costs nothing but a
/// comparison if there is no service manager.
class Notifier {
 public:
  static constexpr Time kStatusEvery = std::chrono::seconds(1);

  /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment.
  Notifier();
  /// `socket` is a path, or '@' and an abstract name; `watchdog` is 0 if nobody watches.
  Notifier(std::string socket, Time watchdog);

  [[nodiscard]] bool listens() const noexcept { return !socket_.empty(); }

  void ready();
  /// The configuration is being read again; ready() is to follow.
  void reloading();
  /// `status` is what `systemctl status` shows from now on.
  void stopping(std::string_view status);

  /// Whether it is time to make a status text.
  [[nodiscard]] bool wants_status(Time now) const noexcept {
    return listens() && now - status_made_ >= kStatusEvery;
  }
  /// One line; sent if it is another than the last.
  void status(std::string_view text, Time now);

  /// The loop turns: sends what is kept, and WATCHDOG=1 when half of its interval is over. To be
  /// called several times in that.
  void beat(Time now);

 private:
  void tell(std::string message);
  void send_kept();
  [[nodiscard]] bool send(std::string_view message) const;

  std::string socket_;
  Time watchdog_;
  Time watchdog_fed_{};
  Time status_made_{};
  std::string status_;  ///< sent last
  std::deque<std::string> kept_;
};

}  // namespace tickcache::daemon
