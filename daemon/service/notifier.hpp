// What the service manager is told: sd_notify(3).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// Calls sd_notify() in a thread of its own, since it blocks while the service manager does not
/// read. Meanwhile what is about the daemon's state waits, in order; the rest is dropped if a few
/// wait. `now` is CLOCK_BOOTTIME. Costs nothing but a comparison if there is no service manager.
class Notifier {
 public:
  static constexpr Time kStatusEvery = std::chrono::seconds(1);

  /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment, where the first has to
  /// stay. Throws std::system_error if there is no thread to be had.
  Notifier();
  /// Waits a moment for what is not sent yet.
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  [[nodiscard]] bool listens() const noexcept { return sender_ != nullptr; }

  void ready();
  /// The configuration is being read again; ready() is to follow.
  void reloading();
  /// `status`, one line, is what `systemctl status` shows from now on.
  void stopping(std::string_view status);

  /// Whether it is time to make a status text.
  [[nodiscard]] bool wants_status(Time now) const noexcept;
  /// One line; sent if it differs from the last.
  void status(std::string_view text, Time now);

  /// The loop turns: sends WATCHDOG=1 when half of the watchdog's interval is over. To be called
  /// several times in that.
  void beat(Time now);

  /// Whether everything was sent within `limit`.
  bool drain(std::chrono::milliseconds limit);

 private:
  struct Sender;

  void tell(std::string message);
  [[nodiscard]] bool takes_news() const noexcept;

  std::unique_ptr<Sender> sender_;  ///< none if nobody listens
  Time watchdog_{};                 ///< 0 if nobody watches
  Time watchdog_fed_{};
  Time status_made_{};
  std::string status_;  ///< told last
};

}  // namespace tickcache::daemon
