// The terminal's alternate screen, keys and signals.
#pragma once

#include <termios.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

namespace tickcache::cli {

/// Shows full-screen text until destroyed, then the terminal is as it was. One at a time: while it
/// lives, the process's terminal signals arrive as events of wait().
class Screen {
 public:
  struct Size {
    std::size_t rows;
    std::size_t columns;
  };
  enum class Event {
    none,
    redraw,  ///< another size, or shown again after being stopped
    quit,    ///< q, Ctrl-C or SIGINT
    ended,   ///< SIGTERM, SIGHUP or SIGQUIT: see signal()
  };

  /// `fd` is a terminal. Keys are read from standard input, if that is a terminal too.
  explicit Screen(int fd);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] Size size() const noexcept;
  /// Replaces what is shown; each line at most size().columns wide, at most size().rows of them.
  /// Throws std::system_error.
  void draw(const std::vector<std::string>& lines);
  /// The next event, or `none` after `timeout`.
  Event wait(std::chrono::milliseconds timeout);
  /// The signal that ended it.
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  void enter();
  void leave() noexcept;
  void suspend();
  Event on_key();
  Event on_signal();

  int fd_;
  bool has_keys_ = false;
  int signals_ = -1;
  int signal_ = 0;
  termios before_{};
  sigset_t mask_before_{};
};

}  // namespace tickcache::cli
