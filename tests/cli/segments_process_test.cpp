// tickcache segments: whatever lies in /dev/shm. Other tests' segments are there, too.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <string>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"
#include "support/child.hpp"
#include "support/private_shm.hpp"
#include "tickcache/layout.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

/// The object, or the line, of that segment; empty if it is not listed.
std::string line_of(const Finished& finished, const std::string& segment) {
  for (std::string line : lines_of(finished.out)) {
    if (line.starts_with(segment + " ") || line.starts_with("{\"segment\":\"" + segment + "\""))
      return line;
  }
  return {};
}

}  // namespace

TEST_CASE("segments lists every segment with its daemon and the state of its feed") {
  TestSegment live;
  live.connect();
  live.tick("BTCUSDT", "64521.30");
  TestSegment stopped;
  stopped.writer().stop(RunState::stopped, boot_now());

  const Finished table = live.run({"segments"});
  CHECK(table.code == 0);
  CHECK(lines_of(table.out)[0].starts_with("SEGMENT "));
  const std::string line = line_of(table, live.name());
  CHECK(line.find(" " + std::to_string(getpid()) + " ") != std::string::npos);
  CHECK(line.find("  ws://exchange.test/ws/v1 ") != std::string::npos);
  CHECK(line.ends_with("  live"));
  CHECK(line_of(table, stopped.name()).ends_with("  down: tickcached was stopped"));

  const Finished json = live.run({"segments", "--json"});
  const auto of_live = parsed(line_of(json, live.name()));
  CHECK(keys_of(of_live) ==
        "segment layout group error run_state pid version upstream symbols feed reason");
  CHECK(text_of(of_live, "layout") ==
        std::to_string(layout::kMajor) + "." + std::to_string(layout::kMinor));
  CHECK(text_of(of_live, "version") == "9.8.7");
  CHECK(text_of(of_live, "feed") == "live");
  const auto of_stopped = parsed(line_of(json, stopped.name()));
  CHECK(text_of(of_stopped, "run_state") == "stopped");
  CHECK(text_of(of_stopped, "reason") == "stopped");
}

TEST_CASE("segments lists what cannot be used, with the reason, and nothing else") {
  TestSegment segment;
  TestSegment future;
  {
    const int fd = open(("/dev/shm/" + future.name()).c_str(), O_WRONLY);
    const std::uint16_t major = 4711;
    REQUIRE(pwrite(fd, &major, sizeof major, offsetof(layout::Header, major)) == sizeof major);
    close(fd);
  }
  const SegmentName other;
  std::ofstream(other.path()) << "no segment";
  const SegmentName pipe;
  REQUIRE(mkfifo(pipe.path().c_str(), 0600) == 0);

  const Finished json = segment.run({"segments", "--json"});
  CHECK(json.code == 0);
  CHECK_FALSE(line_of(json, segment.name()).empty());
  CHECK(line_of(json, other.str()).empty());
  CHECK(line_of(json, pipe.str()).empty());
  CHECK(line_of(json, segment.name() + ".lock").empty());
  const auto of_future = parsed(line_of(json, future.name()));
  CHECK(text_of(of_future, "layout").starts_with("4711."));
  CHECK(text_of(of_future, "error").find("has layout version 4711") != std::string::npos);
  CHECK(of_future["feed"].IsNull());

  if (geteuid() != 0) return;
  // Another account's: not readable, but it has a writer.
  constexpr gid_t kDaemon = 1;  // in every Debian
  constexpr uid_t kNobody = 65534;
  REQUIRE(chown(("/dev/shm/" + segment.name()).c_str(), 0, kDaemon) == 0);
  Run what;
  what.arguments = {"segments"};
  what.as = Run::Identity{kNobody, kNobody};
  const std::string line = line_of(segment.run(what), segment.name());
  CHECK(line.find("  daemon  ") != std::string::npos);
  CHECK(line.find("may not be read by this user: join the group daemon") != std::string::npos);
}

TEST_CASE("segments says that there is none") {
  Child child([] {
    if (!mount_private_shm(1024)) return 77;
    Run what;
    what.arguments = {"segments"};
    const Finished finished = run(what);
    return finished.code == 5 && finished.out.empty() &&
                   finished.err.find("no segment on this machine") != std::string::npos
               ? 0
               : 1;
  });
  const int code = child.wait();
  if (code == 77) {
    MESSAGE("this system does not let a test mount a /dev/shm of its own");
  } else {
    CHECK(code == 0);
  }
}
