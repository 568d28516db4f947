// What concerns every command: usage, the segment's name, streams that cannot be written to.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <string>

#include "cli/test_segment.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

Finished run_with(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  Run what;
  what.arguments = std::move(arguments);
  what.environment = std::move(environment);
  return run(what);
}

}  // namespace

TEST_CASE("a wrong command line exits with 2 and says what would be right") {
  const Finished unknown = run_with({"gte", "BTCUSDT"});
  CHECK(unknown.code == 2);
  CHECK(unknown.out.empty());
  CHECK(unknown.err ==
        "tickcache: unknown command \"gte\"; did you mean \"get\"? (see \"tickcache help\")\n");
  CHECK(run_with({"get"}).code == 2);
  CHECK(run_with({"get", "BTCUSDT", "--max-age", "soon"}).code == 2);
  CHECK(run_with({"help", "nonsense"}).code == 2);
  const Finished nothing = run_with({});
  CHECK(nothing.code == 2);
  CHECK(nothing.err.starts_with("Usage: tickcache COMMAND"));
}

TEST_CASE("help and version are no errors, with or without a segment") {
  const Finished help = run_with({"help"});
  CHECK(help.code == 0);
  CHECK(help.out.starts_with("Usage: tickcache COMMAND"));
  CHECK(run_with({"--help"}).out == help.out);
  CHECK(run_with({"get", "--help"}).out == run_with({"help", "get"}).out);
  CHECK(run_with({"--version"}).out.starts_with("tickcache "));
}

TEST_CASE("the segment is named before or after the command, or by the environment") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "1.50");
  const std::string& name = segment.name();
  const std::string wrong = "TICKCACHE_SEGMENT=" + name + "-not";
  CHECK(run_with({"--segment", name, "get", "-q", "BTCUSDT"}).out == "1.50\n");
  CHECK(run_with({"get", "-q", "BTCUSDT", "--segment", name}).out == "1.50\n");
  CHECK(run_with({"get", "-q", "BTCUSDT"}, {"TICKCACHE_SEGMENT=" + name}).out == "1.50\n");
  CHECK(run_with({"get", "-q", "--segment=" + name, "BTCUSDT"}, {wrong}).out == "1.50\n");
  CHECK(run_with({"get", "-q", "BTCUSDT"}, {wrong}).code == 5);
}

TEST_CASE("a segment that cannot be used is an error that explains itself") {
  const SegmentName name;
  std::ofstream(name.path()) << "something else";
  chmod(name.path().c_str(), 0600);
  const Finished foreign = run_with({"get", "BTCUSDT", "--segment", name.str()});
  CHECK(foreign.code == 1);
  CHECK(foreign.err.find("was not made by tickcached") != std::string::npos);

  const Finished misnamed = run_with({"get", "BTCUSDT", "--segment", "no/name"});
  CHECK(misnamed.code == 2);
  CHECK(misnamed.err.find("is no segment name") != std::string::npos);
}

TEST_CASE("output that cannot be written is an error; a closed pipe ends silently") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "1.50");
  Run full;
  full.arguments = {"get", "BTCUSDT"};
  full.output_path = "/dev/full";
  const Finished result = segment.run(full);
  CHECK(result.code == 1);
  CHECK(result.err == "tickcache: cannot write the output: No space left on device\n");

  Run closed;
  closed.arguments = {"get", "BTCUSDT"};
  closed.close_output = true;
  const Finished silent = segment.run(closed);
  CHECK(silent.code == 128 + SIGPIPE);
  CHECK(silent.err.empty());
}
