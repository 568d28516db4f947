// The signals that tickcached handles.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace tickcache::daemon {

/// Blocks (`how` is SIG_BLOCK) or lets through (SIG_UNBLOCK) what Daemon handles. Blocked from the
/// start until the handlers are there, a SIGHUP does not kill a daemon that is just starting, and a
/// SIGTERM is not missed by the segment.
inline void hold_signals(int how) {
  sigset_t handled;
  sigemptyset(&handled);
  sigaddset(&handled, SIGTERM);
  sigaddset(&handled, SIGINT);
  sigaddset(&handled, SIGHUP);
  pthread_sigmask(how, &handled, nullptr);
}

}  // namespace tickcache::daemon
