#include "cli/screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/output.hpp"

namespace tickcache::cli {
namespace {

constexpr int kKeys = 0;  // standard input
constexpr char kCtrlC = 3;
constexpr char kCtrlZ = 26;

// Alternate screen, no cursor, no wrapping of lines; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

sigset_t handled_signals() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH})
    sigaddset(&set, number);
  return set;
}

}  // namespace

Screen::Screen(int fd) : fd_(fd) {
  const sigset_t handled = handled_signals();
  sigprocmask(SIG_BLOCK, &handled, &mask_before_);
  signals_ = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
  has_keys_ = tcgetattr(kKeys, &before_) == 0;
  if (signals_ < 0) {
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    throw std::system_error(errno, std::generic_category());
  }
  enter();
}

Screen::~Screen() {
  leave();
  close(signals_);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void Screen::enter() {
  if (has_keys_) {
    termios raw = before_;
    // Ctrl-C and Ctrl-Z come as keys: the terminal is put back before they take effect.
    raw.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO | ISIG));
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(kKeys, TCSANOW, &raw);
  }
  Output out(fd_);
  out.write(kEnter);
  out.flush();
}

void Screen::leave() noexcept {
  // Nothing can be done if the terminal is gone.
  [[maybe_unused]] const ssize_t written = ::write(fd_, kLeave.data(), kLeave.size());
  if (has_keys_) tcsetattr(kKeys, TCSANOW, &before_);
}

void Screen::suspend() {
  leave();
  // SIGTSTP as any program gets it: it does not stop one that no shell could continue.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  sigprocmask(SIG_UNBLOCK, &stop, nullptr);
  raise(SIGTSTP);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  enter();
}

Screen::Size Screen::size() const noexcept {
  winsize window{};
  if (ioctl(fd_, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0)
    return {24, 80};
  return {window.ws_row, window.ws_col};
}

void Screen::draw(const std::vector<std::string>& lines) {
  Output out(fd_);
  out.write("\x1b[H");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out.write("\r\n");
    // Overwritten first, then what was longer is cleared: nothing flickers.
    out.write(lines[i] + "\x1b[K");
  }
  out.write("\x1b[J");
  out.flush();
}

Screen::Event Screen::wait(std::chrono::milliseconds timeout) {
  pollfd sources[] = {{signals_, POLLIN, 0}, {has_keys_ ? kKeys : -1, POLLIN, 0}};
  if (poll(sources, 2, static_cast<int>(timeout.count())) <= 0) return Event::none;
  if (sources[0].revents != 0) return on_signal();
  return on_key();
}

Screen::Event Screen::on_key() {
  char key = 0;
  const ssize_t size = read(kKeys, &key, 1);
  if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) return Event::quit;
  if (key == 'q' || key == 'Q' || key == kCtrlC) return Event::quit;
  // To the whole foreground job, as the terminal would; our own comes back as a signal event.
  if (key == kCtrlZ) kill(0, SIGTSTP);
  return Event::none;
}

Screen::Event Screen::on_signal() {
  signalfd_siginfo info{};
  if (read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return Event::none;
  switch (info.ssi_signo) {
    case SIGINT:
      return Event::quit;
    case SIGWINCH:
      return Event::redraw;
    case SIGTSTP:
      suspend();
      return Event::redraw;
    default:
      signal_ = static_cast<int>(info.ssi_signo);
      return Event::ended;
  }
}

}  // namespace tickcache::cli
