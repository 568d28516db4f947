// What users of the machine can do to each other: real user numbers, the built programs.
#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "libcache/segment/futex.hpp"
#include "support/odd_file.hpp"
#include "support/private_shm.hpp"
#include "tests/libcache/file.hpp"
#include "tests/proof/security/users.hpp"

namespace tickcache::test {
namespace {

/// The daemon's user; one of its group; one who has nothing to do with it.
const User kService{61001, {61001}};
const User kMember{61002, {61002, 61001}};
const User kStranger{61003, {61003}};

bool is_root() {
  if (geteuid() == 0) return true;
  MESSAGE("not root: nobody else's number can be taken");
  return false;
}

/// An exchange, and tickcached as a service user.
class Service {
 public:
  Service() { exchange_.start(); }

  [[nodiscard]] std::unique_ptr<Program> start(std::vector<std::string> more = {}) {
    auto arguments = everything_from(exchange_);
    arguments.insert(arguments.end(), {"--config", "/dev/null", "--backoff-min", "0.05"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto daemon = std::make_unique<Program>(
        programs.as(kService, "tickcached", arguments,
                    {"AGENTEXCHANGE_API_KEY=" + std::string(kTestKey), segment_variable()}));
    return daemon;
  }

  /// What `tickcache` answers to `user`; `trusts`: whom TICKCACHE_USER names.
  [[nodiscard]] Outcome ask(const User& user, const std::vector<std::string>& arguments,
                            const std::string& trusts = {}) const {
    std::vector<std::string> environment{segment_variable()};
    if (!trusts.empty()) environment.push_back("TICKCACHE_USER=" + trusts);
    return run_to_end(programs.as(user, "tickcache", arguments, environment));
  }
  [[nodiscard]] bool is_live() const { return ask(kService, {"get", "BTCUSDT"}).code == 0; }

  [[nodiscard]] std::string path(const std::string& end = {}) const { return segment.path() + end; }
  [[nodiscard]] std::string segment_variable() const {
    return "TICKCACHE_SEGMENT=" + segment.str();
  }

  const SegmentName segment;
  const SharedPrograms programs;

 private:
  sim::Exchange exchange_{sim::Options{}};
};

/// Becomes `user`, for good: in a child.
bool become(const User& user) {
  std::vector<gid_t> groups(user.groups.begin(), user.groups.end());
  return setgroups(groups.size(), groups.data()) == 0 && setgid(user.groups[0]) == 0 &&
         setuid(user.number) == 0;
}

}  // namespace

TEST_CASE("fault 41: a user who may not read is told who may") {
  if (!is_root()) return;
  Service service;
  const auto daemon = service.start();
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return service.is_live(); }));

  const Outcome refused = service.ask(kStranger, {"get", "BTCUSDT"}, "61001");
  CHECK(refused.code == 1);
  CHECK(has(refused.err, "the group with the number 61001"));
  CHECK(has(refused.err, "--group-add 61001"));
  CHECK(refused.out.empty());
  const Outcome allowed = service.ask(kMember, {"get", "BTCUSDT"}, "61001");
  INFO(allowed.err);
  CHECK(allowed.code == 0);
}

TEST_CASE("fault 37: a segment of a stranger is refused, whatever it says") {
  if (!is_root()) return;
  Service service;
  const auto daemon = service.start({"--segment-mode", "0644"});
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return service.is_live(); }));
  // Everyone may read it, but nobody else has a reason to believe it.
  for (const User& user : {kStranger, kMember, User{0, {0}}}) {
    const Outcome refused = service.ask(user, {"get", "BTCUSDT"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "61001"));
    CHECK(has(refused.err, "TICKCACHE_USER"));
    CHECK(refused.out.empty());
  }
  CHECK(service.ask(kStranger, {"get", "BTCUSDT"}, "61001").code == 0);

  // Nor does a daemon take over what a stranger has put under its name.
  daemon->kill();
  REQUIRE(chown(service.path().c_str(), kStranger.number, kStranger.groups[0]) == 0);
  const auto next = service.start();
  CHECK(next->wait() == kDaemonFailure);
  CHECK(has(next->err(), "belongs to the user with the number 61003"));
}

namespace {

bool opens(const std::string& file, int flags) {
  const int fd = open(file.c_str(), flags | O_CLOEXEC);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

/// What one who may read tries with the files: whether any of it works.
bool can_disturb(const std::string& path) {
  bool could = opens(path, O_RDWR) || opens(path, O_WRONLY | O_TRUNC) ||
               opens(path + ".lock", O_RDONLY) || opens(path + ".lock", O_WRONLY);
  could |= unlink(path.c_str()) == 0 || rename(path.c_str(), (path + ".gone").c_str()) == 0;
  could |= chmod(path.c_str(), 0666) == 0 || truncate(path.c_str(), 0) == 0;
  could |= unlink((path + ".lock").c_str()) == 0;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  could |= mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED;
  void* const view = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
  could |= mprotect(view, 4096, PROT_READ | PROT_WRITE) == 0;
  could |= madvise(view, 4096, MADV_REMOVE) == 0;
  could |= ftruncate(fd, 0) == 0 || fchmod(fd, 0666) == 0 || fallocate(fd, 0, 0, 4096) == 0;
  could |= fcntl(fd, F_SETLEASE, F_RDLCK) == 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0;
  const std::string again = "/proc/self/fd/" + std::to_string(fd);
  could |= opens(again, O_RDWR);
  return could;
}

/// The same with the process. Its memory and its environment would show the key.
bool can_reach(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  bool could = false;
  for (const int signal : {SIGTERM, SIGHUP, SIGSTOP, SIGKILL}) could |= kill(pid, signal) == 0;
  for (const char* const file : {"/mem", "/environ", "/maps", "/auxv"}) {
    could |= opens(process + file, O_RDONLY);
  }
  could |= opens(process + "/fd/0", O_RDONLY) || opens(process + "/mem", O_RDWR);
  could |= ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0;
  char byte = 0;
  const iovec here{&byte, 1};
  const iovec there{&byte, 1};
  could |= process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 || errno != EPERM;
  const rlimit none{0, 0};
  could |= prlimit(pid, RLIMIT_NOFILE, &none, nullptr) == 0;
  return could || setpriority(PRIO_PROCESS, static_cast<id_t>(pid), 19) == 0;
}

/// Locks whatever can be locked, and wakes whoever waits, until the parent has seen enough.
int make_a_nuisance(const std::string& path, const std::atomic<bool>& enough) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) return 2;
  struct flock whole {};
  whole.l_type = F_RDLCK;
  if (fcntl(fd, F_OFD_SETLK, &whole) != 0) return 3;
  struct stat file {};
  fstat(fd, &file);
  void* const base = mmap(nullptr, static_cast<std::size_t>(file.st_size), PROT_READ,
                          MAP_SHARED | MAP_POPULATE, fd, 0);
  if (base == MAP_FAILED) return 4;
  const auto& header = *static_cast<const layout::Header*>(base);
  const auto& status = *reinterpret_cast<const layout::StatusPart*>(
      static_cast<const std::byte*>(base) + header.parts[layout::kStatus].offset);
  // In the way of the next daemon's segment.
  const int squat = open((path + ".next").c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (squat < 0) return 5;
  while (!enough) futex_wake(status.wake, ~0U);
  return 0;
}

}  // namespace

TEST_CASE("fault 49: a group member locks, maps and wakes what it can: the daemon is undisturbed") {
  if (!is_root()) return;
  Service service;
  const auto daemon = service.start();
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return service.is_live(); }));
  const struct stat before = status_of(service.path());
  const std::string path = service.path();

  Child intruder([&] { return become(kMember) ? (can_disturb(path) ? 1 : 0) : 2; });
  CHECK(intruder.wait() == 0);
  for (const User& user : {kMember, kStranger}) {
    Child intruder_of_processes(
        [&] { return become(user) ? (can_reach(daemon->pid()) ? 1 : 0) : 2; });
    CHECK(intruder_of_processes.wait() == 0);
  }
  Shared<std::atomic<bool>> enough;
  Child nuisance([&] { return become(kMember) ? make_a_nuisance(path, *enough) : 2; });
  CHECK(soon([&] { return exists(path + ".next"); }));
  for (int look = 0; look < 20; ++look) CHECK(service.is_live());
  CHECK(status_of(path).st_ino == before.st_ino);
  CHECK(status_of(path).st_size == before.st_size);
  CHECK(status_of(path).st_mode == before.st_mode);
  CHECK_FALSE(daemon->ended());
  CHECK_FALSE(has(daemon->err(), "error"));

  // Nor does it keep the next one from starting.
  daemon->signal(SIGTERM);
  CHECK(daemon->wait() == 0);
  const auto next = service.start();
  INFO("tickcached: ", next->err());
  CHECK(soon([&] { return service.is_live(); }));
  CHECK(status_of(path).st_uid == kService.number);
  CHECK(exists(path + ".next"));
  *enough = true;
  CHECK(nuisance.wait() == 0);
  unlink((path + ".next").c_str());
}

TEST_CASE("fault 48: whatever is planted under the names, both programs refuse it at once") {
  Installation here;
  const std::string path = "/dev/shm/" + here.segment();
  const auto plant = [&](int kind, const std::string& where) {
    if (kind < 5) return make_odd_file(static_cast<OddFile>(kind), where, "/dev/null");
    return mknod(where.c_str(), S_IFCHR | 0644, makedev(1, 5)) == 0;  // /dev/zero, for ever zeros
  };
  const int kinds = geteuid() == 0 ? 6 : 5;
  for (int kind = 0; kind < kinds; ++kind) {
    CAPTURE(kind);
    for (const std::string end : {"", ".lock"}) {
      CAPTURE(end);
      remove_odd_file(path + end);
      REQUIRE(plant(kind, path + end));
      const auto daemon = here.start({"--url", "ws://127.0.0.1:1"});
      CHECK(daemon->wait() == kDaemonFailure);
      CHECK(has(daemon->err(), path));
      if (end.empty()) {
        const Outcome refused = here.ask({"get", "BTCUSDT"});
        CHECK(refused.code == 1);
        CHECK(has(refused.err, path));
      }
      remove_odd_file(path + end);
    }
    // What lies where the segment is made is removed, or, a directory, passed by.
    REQUIRE(plant(kind, path + ".next"));
    const auto daemon = here.start({"--url", "ws://127.0.0.1:1"});
    Reader reader = here.reader();
    CHECK(soon([&] { return daemon->ended() || status_of(reader)->writer_pid != 0; }));
    daemon->signal(SIGTERM);
    CHECK(daemon->wait() == 0);
    CHECK(status_of(path).st_ino != 0);
    for (const std::string end : {"", ".lock", ".next"}) remove_odd_file(path + end);
  }
}

TEST_CASE("fault 38: a full /dev/shm: tickcached says so at its start, and never crashes") {
  Installation here;
  Child child([&] {
    if (!mount_private_shm(1024)) return 42;
    Program daemon({TICKCACHED_PROGRAM,
                    {"--url", "ws://127.0.0.1:1", "--config", "/dev/null", "--tape", "16384"},
                    {"TICKCACHE_SEGMENT=" + here.segment(),
                     "AGENTEXCHANGE_API_KEY=" + std::string(kTestKey)}});
    const int code = daemon.wait().value_or(-1);
    return code == kDaemonFailure && has(daemon.err(), "make room in /dev/shm") ? 0 : 1;
  });
  const int result = child.wait();
  if (result == 42) MESSAGE("no /dev/shm of one's own may be mounted here");
  CHECK((result == 0 || result == 42));
}

TEST_CASE("fault 39: the segment is removed under tickcached: it is published again, live") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  Installation here;
  const auto daemon = here.start(everything_from(exchange));
  INFO("tickcached: ", daemon->err());
  Reader reader = here.reader();
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  const std::uint64_t instance = status_of(reader)->instance;
  const std::uint32_t epoch = reader.ticker("BTCUSDT").value.epoch;
  REQUIRE(unlink(("/dev/shm/" + here.segment()).c_str()) == 0);
  CHECK(soon([&] { return status_of(reader)->instance != instance; }));
  CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  CHECK(reader.ticker("BTCUSDT").value.epoch == epoch);
  CHECK(here.ask({"get", "BTCUSDT"}).code == 0);
  CHECK(exchange.counts().connections_total == 1);
}

}  // namespace tickcache::test
