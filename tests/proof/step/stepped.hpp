// A process that is run instruction by instruction.
#pragma once

#include <elf.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

#include "support/child.hpp"

namespace tickcache::test {

/// Forks. The child calls `prepare()` at full speed and hands what that returns to `act()`, which
/// is stepped. The parent's thread that made it must be the one that steps it.
class Stepped {
 public:
  template <class Prepare, class Act>
  Stepped(Prepare&& prepare, Act&& act)
      : child_([&] {
          stay_on_one_cpu();
          auto state = prepare();
          ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
          std::raise(SIGSTOP);
          act(state);
          std::raise(SIGSTOP);
          return 0;
        }) {
    stay_on_one_cpu();
    ready_ = stopped_by() == SIGSTOP;
  }

  /// Whether it has come as far as `act()`.
  [[nodiscard]] bool ready() const noexcept { return ready_; }

  /// Runs one instruction, a system call being one. False when `act()` has returned. A call into
  /// the vDSO counts as one too: that reads clocks, again and again if it takes long, and stores
  /// to nothing but the stack. So does an instruction that repeats itself, memcpy()'s. A copy that
  /// is so large that it must be of a whole segment, which has no name yet, is left to run until
  /// the next system call.
  bool step() {
    constexpr int kLargeCopy = 100'000;
    for (int repeats = 0;; ++repeats) {
      if (!go_on(repeats < kLargeCopy ? PTRACE_SINGLESTEP : PTRACE_SYSCALL)) return false;
      const std::uint64_t before = std::exchange(at_, instruction_pointer());
      if (at_ != before && (at_ < vdso_.first || at_ >= vdso_.second)) return true;
    }
  }
  /// Runs to the next beginning or end of a system call. False when `act()` has returned.
  bool step_system_call() { return go_on(PTRACE_SYSCALL); }

  void kill() { child_.kill_and_wait(); }
  /// Lets it end; whether `act()` returned and the process ended as it should.
  bool finish() {
    if (!returned_) return false;
    ptrace(PTRACE_DETACH, child_.pid(), nullptr, nullptr);
    child_.signal(SIGCONT);
    return child_.wait() == 0;
  }

 private:
  bool go_on(__ptrace_request how) {
    const int signal = ptrace(how, child_.pid(), nullptr, nullptr) == 0 ? stopped_by() : 0;
    returned_ = signal == SIGSTOP;
    return signal == SIGTRAP;
  }

  /// Both take turns: a step is twice as fast if nobody must be woken on another CPU.
  static void stay_on_one_cpu() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    int first = 0;
    while (first < CPU_SETSIZE - 1 && !CPU_ISSET(first, &allowed)) ++first;
    CPU_ZERO(&allowed);
    CPU_SET(first, &allowed);
    sched_setaffinity(0, sizeof allowed, &allowed);
  }

  [[nodiscard]] std::uint64_t instruction_pointer() const {
    user_regs_struct registers{};
    iovec place{&registers, sizeof registers};
    ptrace(PTRACE_GETREGSET, child_.pid(), NT_PRSTATUS, &place);
#if defined(__x86_64__)
    return registers.rip;
#elif defined(__aarch64__)
    return registers.pc;
#else
#error "where is the instruction pointer?"
#endif
  }

  /// Where the vDSO lies: in a forked child at the same place.
  static std::pair<std::uint64_t, std::uint64_t> find_vdso() {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find("[vdso]") == std::string::npos) continue;
      const std::size_t dash = line.find('-');
      return {std::stoull(line, nullptr, 16), std::stoull(line.substr(dash + 1), nullptr, 16)};
    }
    return {0, 0};
  }

  /// The signal that it has stopped by; 0 if it has ended.
  int stopped_by() {
    int status = 0;
    if (waitpid(child_.pid(), &status, 0) != child_.pid() || !WIFSTOPPED(status)) return 0;
    return WSTOPSIG(status);
  }

  const std::pair<std::uint64_t, std::uint64_t> vdso_ = find_vdso();
  Child child_;
  std::uint64_t at_ = 0;
  bool ready_ = false;
  bool returned_ = false;
};

}  // namespace tickcache::test
