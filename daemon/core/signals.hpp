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

/// Keeps them pending until next_signal() takes them. To be called before there is a second thread,
/// which inherits this. A SIGHUP then does not kill a daemon that is still starting, and no SIGTERM
/// ends one before the segment says so.
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
