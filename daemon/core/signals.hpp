// The signals that tickcached handles: SIGTERM, SIGINT and SIGHUP.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace tickcache::daemon {

inline sigset_t handled_signals() {
  sigset_t handled;
  sigemptyset(&handled);
  sigaddset(&handled, SIGTERM);
  sigaddset(&handled, SIGINT);
  sigaddset(&handled, SIGHUP);
  return handled;
}

/// Keeps the signals pending until next_signal() takes them. Call it before starting any thread, so
/// that threads inherit the mask. A SIGHUP then cannot kill a daemon that is still starting, and a
/// SIGTERM cannot end one before its segment is marked stopped.
inline void block_signals() {
  const sigset_t handled = handled_signals();
  pthread_sigmask(SIG_BLOCK, &handled, nullptr);
}

/// The next pending signal; -1 if there is none.
inline int next_signal() {
  const sigset_t handled = handled_signals();
  const timespec no_wait{};
  return sigtimedwait(&handled, nullptr, &no_wait);
}

}  // namespace tickcache::daemon
