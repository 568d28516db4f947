// What users of the machine can do to each other: real user numbers, the built programs.
#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "libcache/futex.hpp"
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

TEST_CASE("fault 41: who may not read is told which group to join") {
  if (!is_root()) return;
  Service service;
  const auto daemon = service.start();
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return service.is_live(); }));

  const Outcome refused = service.ask(kStranger, {"get", "BTCUSDT"}, "61001");
  CHECK(refused.code == 1);
  CHECK(has(refused.err, "join the group"));
  CHECK(has(refused.err, "61001"));
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

/// What one who may read tries; each returns whether it could disturb.
bool can_disturb(const std::string& path) {
  const auto opens = [](const std::string& file, int flags) {
    const int fd = open(file.c_str(), flags | O_CLOEXEC);
    if (fd >= 0) close(fd);
    return fd >= 0;
  };
  bool could = opens(path, O_RDWR) || opens(path, O_WRONLY | O_TRUNC) ||
               opens(path + ".lock", O_RDONLY) || opens(path + ".lock", O_WRONLY);
  could |= unlink(path.c_str()) == 0 || rename(path.c_str(), (path + ".gone").c_str()) == 0;
  could |= chmod(path.c_str(), 0666) == 0 || truncate(path.c_str(), 0) == 0;
  could |= unlink((path + ".lock").c_str()) == 0;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  could |= mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED;
  void* const view = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
  could |= mprotect(view, 4096, PROT_READ | PROT_WRITE) == 0;
  could |= ftruncate(fd, 0) == 0 || fchmod(fd, 0666) == 0;
  const std::string again = "/proc/self/fd/" + std::to_string(fd);
  could |= opens(again, O_RDWR);
  return could;
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
  // In the way of the next daemon, which must say so.
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
  Shared<std::atomic<bool>> enough;
  Child nuisance([&] { return become(kMember) ? make_a_nuisance(path, *enough) : 2; });
  CHECK(soon([&] { return exists(path + ".next"); }));
  for (int look = 0; look < 20; ++look) CHECK(service.is_live());
  CHECK(status_of(path).st_ino == before.st_ino);
  CHECK(status_of(path).st_size == before.st_size);
  CHECK(status_of(path).st_mode == before.st_mode);
  CHECK_FALSE(daemon->ended());
  CHECK_FALSE(has(daemon->err(), "error"));

  // It can keep the next one from starting, which says what is in the way, and the prices stay.
  daemon->signal(SIGTERM);
  CHECK(daemon->wait() == 0);
  const auto next = service.start();
  CHECK(next->wait() == kDaemonFailure);
  CHECK(has(next->err(), path + ".next"));
  CHECK(service.ask(kService, {"get", "BTCUSDT"}).code == 4);
  *enough = true;
  CHECK(nuisance.wait() == 0);
  unlink((path + ".next").c_str());
  const auto last = service.start();
  INFO("tickcached: ", last->err());
  CHECK(soon([&] { return service.is_live(); }));
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
    // What lies under the temporary name is removed, or is in the way: a directory.
    REQUIRE(plant(kind, path + ".next"));
    const auto daemon = here.start({"--url", "ws://127.0.0.1:1"});
    Reader reader = here.reader();
    CHECK(soon([&] { return daemon->ended() || status_of(reader)->writer_pid != 0; }));
    daemon->signal(SIGTERM);
    const bool is_directory = static_cast<OddFile>(kind) == OddFile::directory;
    CHECK(daemon->wait() == (is_directory ? kDaemonFailure : 0));
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
