// The terminal's alternate screen, keys and signals.
#pragma once

#include <termios.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

#include "cli/watch/key.hpp"

namespace tickcache::cli {

/// Shows full-screen text; its destructor restores the terminal. Only one may exist: it receives
/// the process's terminal signals and returns them as events of wait(). In a background job it
/// shows nothing and waits until the job is in the foreground.
class Screen {
 public:
  struct Size {
    std::size_t rows;
    std::size_t columns;
  };
  enum class Event {
    none,
    redraw,  ///< the size changed, or the program continues after a stop
    key,     ///< see key()
    quit,    ///< Ctrl-C or SIGINT, or standard input was closed
    ended,   ///< SIGTERM, SIGHUP or SIGQUIT: see signal()
  };

  /// `fd` is a terminal. Keys are read from standard input, if that is a terminal too.
  explicit Screen(int fd);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] Size size() const noexcept;
  /// Replaces the content: at most size().rows lines, each at most size().columns wide. Writes only
  /// the lines that changed, and nothing while the terminal accepts no output. Throws
  /// std::system_error.
  void draw(const std::vector<std::string>& lines);
  /// The next event, or `none` after `timeout`.
  Event wait(std::chrono::milliseconds timeout);
  [[nodiscard]] Key key() const noexcept { return key_; }
  /// The signal that ended it.
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  [[nodiscard]] bool in_foreground() const noexcept;
  void enter();
  void leave() noexcept;
  void suspend();
  Event read_keys();
  Event on_key(Key key);
  Event on_signal();

  int fd_;
  bool visible_ = false;
  std::vector<std::string> shown_;  ///< lines on the terminal
  bool has_keys_ = false;
  std::string typed_;  ///< bytes of an incomplete key
  Key key_;
  int signals_ = -1;
  int signal_ = 0;
  termios before_{};
  sigset_t mask_before_{};
};

}  // namespace tickcache::cli
