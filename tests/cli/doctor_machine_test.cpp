// doctor: the segment as a file, and the machine. Each condition is made, and found; some of them
// only root can make.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/findings.hpp"
#include "support/child.hpp"
#include "support/odd_file.hpp"
#include "support/private_shm.hpp"
#include "tickcache/layout.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

constexpr uid_t kNobody = 65534;
constexpr uid_t kOther = 65533;
constexpr uid_t kLoginUser = 1001;
constexpr uid_t kSystemUser = 998;

bool is_root() {
  if (geteuid() == 0) return true;
  MESSAGE("not root: nothing can be given to another user");
  return false;
}

Diagnosis diagnose_name(const std::string& name, Run what = {}) {
  what.arguments = {"--segment", name};
  return diagnosis_of(run(doctor_run(std::move(what))));
}

std::string path_of(const TestSegment& segment) { return "/dev/shm/" + segment.name(); }

void give(const TestSegment& segment, uid_t user, gid_t group, mode_t mode) {
  REQUIRE(chown(path_of(segment).c_str(), user, group) == 0);
  REQUIRE(chmod(path_of(segment).c_str(), mode) == 0);
}

/// What of `result` is missing, as a child's exit code: its own checks reach nobody.
int found(const Diagnosis& result, std::string_view level, std::string_view check,
          std::string_view part) {
  if (result.has(level, check, part)) return 0;
  std::fprintf(stderr, "not found: %s\n%s", std::string(part).c_str(), result.text.c_str());
  return 1;
}

}  // namespace

TEST_CASE("doctor says that there is no segment, and which there are") {
  const SegmentName nowhere;
  const TestSegment other;
  const Diagnosis result = diagnose_name(nowhere.str());
  CHECK(result.code == 5);
  CHECK(result.has("problem", "segment", "there is no segment \"" + nowhere.str() + "\""));
  CHECK(result.has("problem", "segment", "has not been started since boot"));
  CHECK(result.has("problem", "segment", other.name()));
  CHECK(result.has("ok", "shm"));
}

TEST_CASE("a name that is none is a usage error") {
  Run what;
  what.arguments = {"doctor", "--segment", "no/name"};
  CHECK(run(what).code == 2);
}

TEST_CASE("fault 41: doctor names the group to join, or says to log in again") {
  if (!is_root()) return;
  TestSegment segment;
  constexpr gid_t kDaemon = 1;  // in every Debian
  give(segment, 0, kDaemon, 0640);
  Run what;
  what.as = Run::Identity{kNobody, kNobody};
  const Diagnosis outside = diagnose(segment, what);
  CHECK(outside.code == 1);
  CHECK(outside.has("problem", "segment", "may not be read by this user"));
  CHECK(outside.has("problem", "segment", "usermod -aG daemon nobody"));
  give(segment, 0, 0, 0640);
  CHECK(diagnose(segment, what).has("problem", "segment", "as a user of its own"));
  give(segment, 0, kDaemon, 0600);
  CHECK(diagnose(segment, what).has("problem", "segment", "segment-mode = 0640"));
  give(segment, 0, 54321, 0640);
  CHECK(diagnose(segment, what).has("problem", "segment", "--group-add 54321"));
  CHECK_FALSE(diagnose(segment, what).has("problem", "segment", "usermod"));
  // A user whom the database has in the group, but whose session is older than that.
  give(segment, 0, kNobody, 0640);
  what.as = Run::Identity{kNobody, kOther};
  CHECK(diagnose(segment, what).has("problem", "segment", "log in again"));
}

TEST_CASE("doctor warns of a stranger's segment") {
  if (!is_root()) return;
  TestSegment segment;
  give(segment, kOther, 0, 0644);
  const Diagnosis result = diagnose(segment);
  CHECK(result.code == 1);
  CHECK(result.has("problem", "segment", "belongs to a stranger, the user number 65533"));
  CHECK(result.has("problem", "segment", "TICKCACHE_USER"));
}

TEST_CASE("doctor explains a segment that cannot be used") {
  {
    TestSegment segment;
    REQUIRE(chmod(path_of(segment).c_str(), 0660) == 0);
    CHECK(diagnose(segment).has("problem", "segment", "can be written by its group"));
  }
  {
    TestSegment segment;
    const int fd = open(path_of(segment).c_str(), O_WRONLY);
    const std::uint32_t version = 4711;
    REQUIRE(pwrite(fd, &version, sizeof version, offsetof(layout::Header, major)) ==
            sizeof version);
    close(fd);
    CHECK(diagnose(segment).has("problem", "segment", "has layout version 4711"));
  }
  {
    TestSegment segment;
    REQUIRE(truncate(path_of(segment).c_str(), 4096) == 0);
    CHECK(diagnose(segment).has("problem", "segment", "is damaged"));
  }
  for (const OddFile kind : kOddFiles) {
    const SegmentName name;
    REQUIRE(make_odd_file(kind, name.path(), "/etc/passwd"));
    CAPTURE(name_of(kind));
    const Diagnosis result = diagnose_name(name.str());
    CHECK(result.code == 1);
    CHECK(result.has("problem", "segment", "was not made by tickcached"));
    remove_odd_file(name.path());
  }
}

TEST_CASE("doctor notes that everybody may read") {
  TestSegment segment([](WriterOptions& options) { options.mode = 0644; });
  CHECK(diagnose(segment).has("note", "segment", "segment-mode = 0640"));
  TestSegment other;
  CHECK_FALSE(diagnose(other).has("note", "segment"));
}

TEST_CASE("doctor warns when the next segment would not fit into /dev/shm") {
  Child child([] {
    if (!mount_private_shm(9 * 1024)) return 77;
    const SegmentName nowhere;
    Diagnosis result = diagnose_name(nowhere.str());
    if (found(result, "problem", "shm", "a start of tickcached takes") != 0) return 1;
    TestSegment segment;
    result = diagnose(segment);
    if (found(result, "warning", "shm", "--shm-size") != 0) return 2;
    return mount("tmpfs", "/dev/shm", "tmpfs", MS_REMOUNT, "size=64m") == 0 &&
                   found(diagnose(segment), "ok", "shm", "free in /dev/shm") == 0
               ? 0
               : 3;
  });
  const int code = child.wait();
  if (code == 77) {
    MESSAGE("this system does not let a test mount a /dev/shm of its own");
  } else {
    CHECK(code == 0);
  }
}

TEST_CASE("doctor never advises to make /dev/shm smaller, and names what fills it") {
  Child child([] {
    if (!mount_private_shm(320 * 1024)) return 77;
    const SegmentName nowhere;
    std::ofstream("/dev/shm/dump").put('x');
    const int fd = open("/dev/shm/dump", O_WRONLY);
    if (posix_fallocate(fd, 0, off_t{315} * 1024 * 1024) != 0) return 1;
    close(fd);
    const Diagnosis full = diagnose_name(nowhere.str());
    // 315 MiB and two segments of 12 MB.
    if (found(full, "problem", "shm", "remount,size=384m /dev/shm") != 0) return 2;
    if (found(full, "problem", "shm", "the largest is dump, 330.3 MB") != 0) return 3;
    if (mount("tmpfs", "/dev/shm", "tmpfs", MS_REMOUNT, "size=0") != 0) return 4;
    return found(diagnose_name(nowhere.str()), "ok", "shm", "no limit");
  });
  const int code = child.wait();
  if (code == 77) {
    MESSAGE("this system does not let a test mount a /dev/shm of its own");
  } else {
    CHECK(code == 0);
  }
}

TEST_CASE("doctor warns of logind, which deletes what users leave") {
  if (!is_root()) return;
  Child child([] {
    if (!mount_private_shm(64 * 1024)) return 77;
    // Nothing of this machine's own settings, whatever they are.
    for (const char* folder : {"/run", "/etc/systemd", "/usr/lib/systemd"}) {
      if (std::filesystem::exists(folder) && mount("tmpfs", folder, "tmpfs", 0, nullptr) != 0)
        return 77;
    }
    TestSegment segment;
    const auto warns_of = [&](uid_t owner) {
      give(segment, owner, owner, 0640);
      Run what;
      what.as = Run::Identity{owner, owner};
      return diagnose(segment, what).has("warning", "remove_ipc", "RemoveIPC=no");
    };
    const auto configure = [](const std::string& folder, const char* setting) {
      std::filesystem::create_directories(folder);
      std::ofstream(folder + "/tickcache.conf") << "[Login]\nRemoveIPC=" << setting << "\n";
    };
    if (warns_of(kLoginUser)) return 1;  // systemd has not booted this
    std::filesystem::create_directories("/run/systemd/system");
    if (!warns_of(kLoginUser)) return 2;
    if (warns_of(kSystemUser)) return 3;
    configure("/usr/lib/systemd/logind.conf.d", "no");
    if (warns_of(kLoginUser)) return 4;
    configure("/run/systemd/logind.conf.d", "yes");
    return warns_of(kLoginUser) ? 0 : 5;
  });
  const int code = child.wait();
  if (code == 77) {
    MESSAGE("this system does not let a test mount folders of its own");
  } else {
    CHECK(code == 0);
  }
}

TEST_CASE("doctor sees whether a crash would write the key to disk") {
  TestSegment segment;
  segment.connect();
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_CORE, &before) == 0);
  const auto diagnosis_at = [&](rlim_t limit) {
    rlimit set = before;
    set.rlim_cur = limit;
    REQUIRE(setrlimit(RLIMIT_CORE, &set) == 0);
    return diagnose(segment);
  };
  // What tickcached sets, and its unit.
  if (before.rlim_max > 0) CHECK(diagnosis_at(1).has("ok", "core"));
  std::ifstream pattern("/proc/sys/kernel/core_pattern");
  const bool is_piped = pattern.peek() == '|';
  CHECK(diagnosis_at(0).has(is_piped ? "warning" : "ok", "core"));
  if (before.rlim_max > 1) CHECK(diagnosis_at(before.rlim_max).has("warning", "core"));
  REQUIRE(setrlimit(RLIMIT_CORE, &before) == 0);
}

TEST_CASE("doctor compares the clock with the exchange's") {
  TestSegment segment;
  segment.connect();
  segment.exchange_time_ns = unix_now() - 3600 * kSecond;
  segment.tick("BTCUSDT", "1");
  CHECK(diagnose(segment).has("warning", "clock", "min ahead of the exchange's"));
  segment.exchange_time_ns = unix_now() + 20 * kSecond;
  segment.tick("BTCUSDT", "1");
  CHECK(diagnose(segment).has("warning", "clock", "s behind the exchange's"));
  segment.exchange_time_ns = unix_now();
  segment.tick("BTCUSDT", "1");
  timex clock{};
  const bool synchronised = adjtimex(&clock) != TIME_ERROR;
  CHECK(diagnose(segment).has(synchronised ? "ok" : "note", "clock", "synchronised"));
}
