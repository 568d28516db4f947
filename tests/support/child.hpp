// Another process, and memory to talk with it.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

namespace tickcache::test {

/// A forked process that runs `body()` and exits with the int it returns. Killed and waited for on
/// destruction, and killed by the system if this process dies.
class Child {
 public:
  static constexpr int kThrew = 99;

  template <class Body>
  explicit Child(Body&& body) {
    std::fflush(nullptr);
    const pid_t parent = getpid();
    // doctest handles these, and allocates: in the child, right after the fork, it would wait for
    // ever for a lock that another thread of the parent held.
    sigset_t handled, before;
    sigemptyset(&handled);
    for (const int number : {SIGINT, SIGTERM}) sigaddset(&handled, number);
    pthread_sigmask(SIG_BLOCK, &handled, &before);
    pid_ = fork();
    if (pid_ == 0) {
      for (const int number : {SIGINT, SIGTERM}) ::signal(number, SIG_DFL);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int code = kThrew;
    if (getppid() == parent) {
      try {
        code = std::forward<Body>(body)();
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
      }
    }
    std::fflush(nullptr);
    _exit(code);
  }
  ~Child() { kill_and_wait(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }

  /// Sends SIGSTOP and returns when the process has stopped.
  void stop() const {
    signal(SIGSTOP);
    int status = 0;
    waitpid(pid_, &status, WUNTRACED);
  }

  /// The exit code, or minus the signal that ended it.
  int wait() {
    if (waited_) return result_;
    int status = 0;
    waitpid(pid_, &status, 0);
    waited_ = true;
    core_dumped_ = WIFSIGNALED(status) && WCOREDUMP(status);
    result_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return result_;
  }

  /// After wait(): whether the system made a core file of it.
  [[nodiscard]] bool core_dumped() const noexcept { return core_dumped_; }

  int kill_and_wait() {
    if (!waited_) signal(SIGKILL);
    return wait();
  }

 private:
  pid_t pid_ = -1;
  bool waited_ = false;
  bool core_dumped_ = false;
  int result_ = 0;
};

/// A T that this process and those it forks share. Its destructor does not run.
template <class T>
class Shared {
 public:
  Shared() {
    void* memory =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    value_ = new (memory) T();
  }
  ~Shared() { munmap(static_cast<void*>(value_), sizeof(T)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  T* operator->() const noexcept { return value_; }
  T& operator*() const noexcept { return *value_; }

 private:
  T* value_;
};

}  // namespace tickcache::test
