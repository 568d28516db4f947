#include "cli/watch/screen.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <system_error>

#include "cli/print/output.hpp"

namespace tickcache::cli {
namespace {

constexpr int kKeys = 0;  // standard input

/// An escape sequence comes in one piece, or its rest within this; the Escape key comes alone.
constexpr int kSequenceMs = 50;
/// How long to wait for a terminal that accepts no output before giving up.
constexpr int kLeaveMs = 500;

// Alternate screen, no cursor, no wrapping of lines; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view kLeave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

sigset_t set_of(std::initializer_list<int> signals) noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : signals) sigaddset(&set, number);
  return set;
}

bool takes_output(int fd, int timeout_ms) noexcept {
  pollfd terminal{fd, POLLOUT, 0};
  return poll(&terminal, 1, timeout_ms) > 0;
}

}  // namespace

Screen::Screen(int fd) : fd_(fd) {
  const sigset_t handled = set_of({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH});
  sigprocmask(SIG_BLOCK, &handled, &mask_before_);
  signals_ = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
  has_keys_ = tcgetattr(kKeys, &before_) == 0;
  if (signals_ < 0) {
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    throw std::system_error(errno, std::generic_category());
  }
  if (in_foreground()) enter();
}

Screen::~Screen() {
  if (visible_) leave();
  close(signals_);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

bool Screen::in_foreground() const noexcept {
  const pid_t group = tcgetpgrp(fd_);
  return group < 0 || group == getpgrp();  // < 0: not our controlling terminal
}

void Screen::enter() {
  visible_ = true;
  shown_.clear();
  if (has_keys_) {
    termios raw = before_;
    // Ctrl-C and Ctrl-Z come as keys: the terminal is put back before they take effect. Ctrl-S
    // must not block what we write.
    raw.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO | ISIG));
    raw.c_iflag &= static_cast<tcflag_t>(~IXON);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(kKeys, TCSANOW, &raw);
  }
  Output out(fd_);
  out.write(kEnter);
  out.flush();
}

void Screen::leave() noexcept {
  visible_ = false;
  // Nothing can be done if the terminal is gone, or stuck.
  if (takes_output(fd_, kLeaveMs)) {
    [[maybe_unused]] const ssize_t written = ::write(fd_, kLeave.data(), kLeave.size());
  }
  if (has_keys_) tcsetattr(kKeys, TCSANOW, &before_);
}

void Screen::suspend() {
  if (visible_) leave();
  // SIGTSTP with its default action, which does not stop a process that no shell could continue.
  const sigset_t stop = set_of({SIGTSTP});
  sigprocmask(SIG_UNBLOCK, &stop, nullptr);
  raise(SIGTSTP);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  // wait() takes over the terminal again; the signal that continued us needs no handling.
  const sigset_t continued = set_of({SIGCONT});
  constexpr timespec kNow{};
  sigtimedwait(&continued, nullptr, &kNow);
}

Screen::Size Screen::size() const noexcept {
  winsize window{};
  if (ioctl(fd_, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0)
    return {24, 80};
  return {window.ws_row, window.ws_col};
}

void Screen::draw(const std::vector<std::string>& lines) {
  if (!visible_ || !takes_output(fd_, 0)) return;
  Output out(fd_);
  if (shown_.empty()) out.write("\x1b[2J");
  const std::size_t height = std::max(lines.size(), shown_.size());
  const std::string nothing;
  for (std::size_t i = 0; i < height; ++i) {
    const std::string& line = i < lines.size() ? lines[i] : nothing;
    if (i < shown_.size() && shown_[i] == line) continue;
    // Cleared first: after a line as wide as the screen, that would take its last character.
    out.write(fmt::format("\x1b[{};1H\x1b[K{}", i + 1, line));
  }
  out.flush();
  shown_ = lines;
}

Screen::Event Screen::wait(std::chrono::milliseconds timeout) {
  if (!visible_ && in_foreground()) {
    enter();
    return Event::redraw;
  }
  const Event typed = on_key(take_key(typed_, false));
  if (key_.code != KeyCode::none) return typed;
  const int limit = static_cast<int>(timeout.count());
  // In the background there are no keys for us.
  pollfd sources[] = {{signals_, POLLIN, 0}, {has_keys_ && visible_ ? kKeys : -1, POLLIN, 0}};
  if (poll(sources, 2, typed_.empty() ? limit : std::min(limit, kSequenceMs)) <= 0)
    return on_key(take_key(typed_, true));
  if (sources[0].revents != 0) return on_signal();
  return read_keys();
}

Screen::Event Screen::read_keys() {
  char bytes[64];
  const ssize_t size = read(kKeys, bytes, sizeof bytes);
  if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) return Event::quit;
  if (size > 0) typed_.append(bytes, static_cast<std::size_t>(size));
  return on_key(take_key(typed_, false));
}

Screen::Event Screen::on_key(Key key) {
  key_ = key;
  if (key.code == KeyCode::none) return Event::none;
  if (key.code != KeyCode::control) return Event::key;
  switch (key.character) {
    case 'C':
      return Event::quit;
    case 'L':
      shown_.clear();
      return Event::redraw;
    case 'Z':
      // To the whole foreground job, as the terminal would; our own comes back as a signal event.
      kill(0, SIGTSTP);
      return Event::none;
    default:
      return Event::key;
  }
}

Screen::Event Screen::on_signal() {
  signalfd_siginfo info{};
  if (read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return Event::none;
  switch (info.ssi_signo) {
    case SIGINT:
      return Event::quit;
    case SIGWINCH:
      shown_.clear();
      return Event::redraw;
    case SIGTSTP:
      suspend();
      return Event::none;
    case SIGCONT:
      // Another program may have used the terminal while we were stopped, or still does.
      if (in_foreground())
        enter();
      else
        visible_ = false;
      return Event::redraw;
    default:
      signal_ = static_cast<int>(info.ssi_signo);
      return Event::ended;
  }
}

}  // namespace tickcache::cli
