// The writer as owner of a name: mode, lock, who has it already, and what a crash has left.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "libcache/writer/writer.hpp"
#include "support/child.hpp"
#include "support/odd_file.hpp"
#include "support/private_shm.hpp"
#include "support/sanitizers.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/libcache/times.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using Code = WriterError::Code;

constexpr uid_t kNobody = 65534;

/// The error that making a writer gives, and its text in `what`; `none` if it gives none.
constexpr auto kNone = static_cast<Code>(99);
Code error_of(const WriterOptions& options, std::string& what) {
  try {
    const CacheWriter writer(options, kNow);
    return kNone;
  } catch (const WriterError& error) {
    what = error.what();
    return error.code();
  }
}

bool is_root() { return geteuid() == 0; }

}  // namespace

TEST_CASE("a segment has the mode that was asked for, whatever the umask") {
  const SegmentName name;
  for (const mode_t mode : {0640U, 0600U, 0644U}) {
    for (const mode_t mask : {0077U, 0U}) {
      const mode_t before = umask(mask);
      WriterOptions with = options(name);
      with.mode = mode;
      const CacheWriter writer(with, kNow);
      umask(before);
      CHECK((status_of(name.path()).st_mode & 07777) == mode);
      CHECK(status_of(name.path()).st_gid == getegid());
      CHECK((status_of(name.lock_path()).st_mode & 07777) == 0600);
      CHECK_FALSE(exists(name.next_path()));
    }
  }
}

TEST_CASE("the default segment stays under 12 MB and all of it is reserved") {
  const SegmentName name;
  WriterOptions with = options(name);
  with.capacities = {};
  const CacheWriter writer(with, kNow);
  const struct stat file = status_of(name.path());
  CHECK(file.st_size < 12'000'000);
  CHECK(file.st_blocks * 512 >= file.st_size);
}

TEST_CASE("capacities that no segment can have are refused before anything is made") {
  const SegmentName name;
  std::string what;
  for (const Capacities odd : {Capacities{0, 1024}, Capacities{4096, 1000}, Capacities{4096, 0},
                               Capacities{0xffffffff, 1024}, Capacities{4096, 0x80000000}}) {
    CAPTURE(odd.symbols);
    CAPTURE(odd.tape);
    WriterOptions with = options(name);
    with.capacities = odd;
    CHECK(error_of(with, what) == Code::bad_options);
    CHECK(what.find(std::to_string(odd.tape)) != std::string::npos);
    CHECK_FALSE(exists(name.path()));
    CHECK_FALSE(exists(name.next_path()));
  }
}

TEST_CASE("fault 36: the lock holds against another writer of the same process and names its pid") {
  const SegmentName name;
  std::string what;
  {
    const CacheWriter first(options(name), kNow);
    CHECK(error_of(options(name), what) == Code::in_use);
    CHECK(what.find("process " + std::to_string(getpid())) != std::string::npos);
    // Not a POSIX lock, which goes when any descriptor of the file is closed.
    close(open(name.lock_path().c_str(), O_RDWR | O_CLOEXEC));
    CHECK(error_of(options(name), what) == Code::in_use);
  }
  CHECK(exists(name.lock_path()));
  CHECK(error_of(options(name), what) == kNone);
}

TEST_CASE(
    "fault 36: a lock file that is removed gives the name away but never one segment to two "
    "writers") {
  const SegmentName name;
  CacheWriter first(options(name), kNow);
  first.begin_epoch(0, kNow, kUnix);
  first.ticker(0, symbol("BTCUSDT"), make_ticker(1), kNow);
  first.keep_name(kNow);
  REQUIRE(unlink(name.lock_path().c_str()) == 0);
  const CacheWriter second(options(name), kNow);
  first.ticker(0, symbol("BTCUSDT"), make_ticker(2), kNow);
  Reader reader{name.str()};
  CHECK(reader.ticker("BTCUSDT", at(kNow)).value.updates == 1);
  try {
    first.keep_name(kNow);
    FAIL("the name is another's");
  } catch (const WriterError& error) {
    CHECK(error.code() == Code::taken);
  }
}

TEST_CASE("what a crash left half made is replaced") {
  const SegmentName name;
  write_file(name.next_path(), std::string(3'000'000, 'x'));
  const CacheWriter writer(options(name), kNow);
  CHECK_FALSE(exists(name.next_path()));
  CHECK_NOTHROW(Reader{name.str()});
}

TEST_CASE("fault 48: a name or lock that is no file is refused at once and left alone") {
  const SegmentName name;
  const SegmentName target;
  write_file(target.path(), "precious");
  for (const OddFile kind : kOddFiles) {
    CAPTURE(std::string(name_of(kind)));
    for (const std::string& path : {name.path(), name.lock_path(), name.next_path()}) {
      CAPTURE(path);
      if (path == name.lock_path()) unlink(path.c_str());  // left by the writers before
      REQUIRE(make_odd_file(kind, path, target.path()));
      const ino_t inode = status_of(path).st_ino;
      std::string what;
      const Code code = error_of(options(name), what);
      if (path == name.next_path()) {
        // It is cleared away, or, a directory, passed by.
        CHECK(code == kNone);
        CHECK(exists(path) == (kind == OddFile::directory));
        remove_odd_file(path);
        REQUIRE(unlink(name.path().c_str()) == 0);
      } else {
        CHECK(code == Code::taken);
        CHECK(what.find(path == name.path() ? name.str() : path) != std::string::npos);
        CHECK(status_of(path).st_ino == inode);
        remove_odd_file(path);
      }
      CHECK(read_file(target.path()) == "precious");
    }
  }
}

namespace {

/// Files in the making under other names than NAME.next.
std::vector<std::string> spare_files(const SegmentName& name) {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    if (entry.path().native().starts_with(name.path() + "~")) result.push_back(entry.path());
  }
  return result;
}

}  // namespace

TEST_CASE("fault 49: who squats where the next segment is made is passed by") {
  const SegmentName name;
  REQUIRE(mkdir(name.next_path().c_str(), 0700) == 0);  // as little removed as a stranger's file
  for (std::uint64_t run = 1; run <= 3; ++run) {
    CacheWriter writer(options(name), kNow);
    writer.begin_epoch(0, kNow, kUnix);
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(run), kNow);
    CHECK(Reader{name.str()}.ticker("BTCUSDT", at(kNow)).value.updates == run);  // carried over
    CHECK(spare_files(name).empty());
    REQUIRE(unlink(name.path().c_str()) == 0);
    writer.keep_name(kNow);
    CHECK(Reader{name.str()}.ticker("BTCUSDT", at(kNow)).live());
  }
  CHECK(exists(name.next_path()));
}

TEST_CASE("what a crash left half made beside a squatter is removed, and nothing else") {
  const SegmentName name;
  const std::string others[] = {name.path() + "x~1.next", name.path() + ".x.next"};
  for (const std::string& other : others) write_file(other, "another segment's");
  REQUIRE(mkdir(name.next_path().c_str(), 0700) == 0);
  Child child([&] {
    const CacheWriter writer(options(name), kNow);
    layout::Header header = writer.view().header();
    header.instance += 1;
    const SegmentName second;  // of the same process: the lock is another
    SegmentOwner owner(second.str(), 0640);
    if (mkdir(second.next_path().c_str(), 0700) != 0) return 1;
    owner.create(header);
    const auto made = spare_files(second);
    if (made.size() != 1) return 2;
    // As if it had been this one's, and killed.
    const std::string left = name.path() + made[0].substr(second.path().size());
    if (rename(made[0].c_str(), left.c_str()) != 0) return 3;
    return 0;
  });
  REQUIRE(child.wait() == 0);
  CHECK(spare_files(name).size() == 1);
  const CacheWriter writer(options(name), kNow);
  CHECK(spare_files(name).empty());
  for (const std::string& other : others) {
    CHECK(exists(other));
    unlink(other.c_str());
  }
}

TEST_CASE("fault 37: a file that is no segment is refused and left alone") {
  const SegmentName name;
  std::string what;
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(100'000, 'y')}) {
    write_file(name.path(), bytes);
    CHECK(error_of(options(name), what) == Code::taken);
    CHECK(what.find("was not made by tickcached") != std::string::npos);
    CHECK(read_file(name.path()) == bytes);
  }
}

TEST_CASE("fault 37: what belongs to another user is refused with that user's number") {
  if (!is_root()) {
    MESSAGE("not root: nothing can be given to another user");
    return;
  }
  const SegmentName name;
  std::string what;
  { const CacheWriter writer(options(name), kNow); }
  REQUIRE(chown(name.path().c_str(), kNobody, 0) == 0);
  CHECK(error_of(options(name), what) == Code::taken);
  CHECK(what.find("user with the number 65534") != std::string::npos);
  REQUIRE(chown(name.path().c_str(), 0, 0) == 0);

  REQUIRE(chown(name.lock_path().c_str(), kNobody, 0) == 0);
  CHECK(error_of(options(name), what) == Code::taken);
  CHECK(what.find(name.lock_path()) != std::string::npos);
  REQUIRE(chown(name.lock_path().c_str(), 0, 0) == 0);
  CHECK(error_of(options(name), what) == kNone);

  // The other way round: a user against root's files.
  const auto as_nobody = [&](const std::string& wanted) {
    Child child([&] {
      if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) return 2;
      const Code code = error_of(options(name), what);
      if (wanted.empty()) return code == kNone ? 0 : 5;
      if (code != Code::taken) return 3;
      return what.find(wanted) != std::string::npos ? 0 : 4;
    });
    return child.wait();
  };
  CHECK(as_nobody(name.lock_path()) == 0);
  REQUIRE(unlink(name.lock_path().c_str()) == 0);
  CHECK(as_nobody("user with the number 0") == 0);
  // It has made the lock file its own meanwhile.
  REQUIRE(unlink(name.path().c_str()) == 0);
  write_file(name.next_path(), "root's");
  CHECK(as_nobody({}) == 0);
  CHECK(read_file(name.next_path()) == "root's");
  CHECK(status_of(name.path()).st_uid == kNobody);
}

TEST_CASE("fault 38: a full /dev/shm is an error at the start and leaves everything as it was") {
  const SegmentName name;
  // Its own checks are exit codes: they say which step failed.
  Child child([&] {
    if (!mount_private_shm(8192)) return 77;
    {
      CacheWriter small(options(name), kNow);
      small.begin_epoch(0, kNow, kUnix);
      small.ticker(0, symbol("BTCUSDT"), make_ticker(1), kNow);
    }
    const ino_t inode = status_of(name.path()).st_ino;
    WriterOptions large = options(name);
    large.capacities = {4096, 65536};
    std::string what;
    if (error_of(large, what) != Code::no_space) return 1;
    if (what.find("/dev/shm") == std::string::npos ||
        what.find("max-symbols") == std::string::npos) {
      return 2;
    }
    if (status_of(name.path()).st_ino != inode || exists(name.next_path())) return 3;
    Reader reader{name.str()};
    if (!reader.ticker("BTCUSDT", at(kNow)).live()) return 4;

    // Nothing can fail later: every page is there already.
    CacheWriter again(options(name), kNow);
    write_file("/dev/shm/rest", "");
    const int rest = open("/dev/shm/rest", O_WRONLY | O_CLOEXEC);
    const std::string block(4096, 'x');
    while (write(rest, block.data(), block.size()) > 0) continue;
    close(rest);
    again.begin_epoch(0, kNow, kUnix);
    for (std::uint64_t i = 1; i <= 2000; ++i) {
      again.ticker(0, symbol("S" + std::to_string(i % 64)), make_ticker(i), kNow);
      again.order(0, make_order(i), kNow);
      again.portfolio(0, make_portfolio(i), kNow);
      again.candle(0, symbol("S" + std::to_string(i % 64)), interval("1m"), make_candle(i, true),
                   kNow);
    }
    // With no room for a copy, the name cannot be published again; the daemon goes on and retries.
    if (unlink(name.path().c_str()) != 0) return 5;
    try {
      again.keep_name(kNow);
      return 6;
    } catch (const WriterError& error) {
      if (error.code() != Code::no_space) return 7;
    }
    again.ticker(0, symbol("S1"), make_ticker(1), kNow);
    if (unlink("/dev/shm/rest") != 0) return 8;
    again.keep_name(kNow);
    Reader late{name.str()};
    return late.ticker("S1", at(kNow)).live() ? 0 : 9;
  });
  const int code = child.wait();
  if (code == 77) {
    MESSAGE("no mount namespaces here");
    return;
  }
  CHECK(code == 0);
}

TEST_CASE("fault 43: without descriptors nothing is made and nothing is lost" *
          doctest::skip(kAddressSanitizer || kThreadSanitizer)) {
  const SegmentName name;
  Child child([&] {
    {
      CacheWriter writer(options(name), kNow);
      writer.begin_epoch(0, kNow, kUnix);
      writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), kNow);
    }
    Reader reader{name.str()};
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
    const rlimit none{0, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &none) != 0) return 2;
    std::string what;
    if (error_of(options(name), what) != Code::system) return 3;
    try {
      Reader second{name.str()};
      return 4;
    } catch (const SegmentError& error) {
      if (error.code() != OpenError::system) return 5;
    }
    if (!reader.ticker("BTCUSDT", at(kNow)).live()) return 6;
    // Not even a look for a successor does harm.
    if (reader.ticker("BTCUSDT", at(kNow + 9 * kSecond)).freshness != Freshness::down) return 7;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 8;
    const CacheWriter writer(options(name), kNow);
    Reader second{name.str()};
    return second.ticker("BTCUSDT", at(kNow)).has_value ? 0 : 9;
  });
  CHECK(child.wait() == 0);
}

TEST_CASE("bad names are refused by writer and reader alike") {
  for (const std::string& bad :
       {std::string("a/b"), std::string("../x"), std::string(".hidden"), std::string("-x"),
        std::string("x.next"), std::string("x.lock"), std::string("white space"),
        std::string(201, 'x'), std::string("nul\0byte", 8)}) {
    CAPTURE(bad);
    CHECK_FALSE(is_segment_name(bad));
    WriterOptions with = options(bad);
    std::string what;
    CHECK(error_of(with, what) == Code::bad_name);
    CHECK_THROWS_AS(Reader{bad}, SegmentError);
  }
  CHECK(is_segment_name("tickcache"));
  CHECK(is_segment_name("_a.B-9"));
  CHECK(is_segment_name(std::string(200, 'x')));
}
