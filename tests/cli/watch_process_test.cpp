// What a person at a terminal gets: watch, and colours.
#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

constexpr const char* kEnter = "\x1b[?1049h";
constexpr const char* kLeave = "\x1b[?1049l";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Run command(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  Run what;
  what.arguments = std::move(arguments);
  what.environment = std::move(environment);
  return what;
}

std::string nothing(const std::string&, pid_t) { return {}; }

/// Types `key` when `ready`, but once: a second one would come when the terminal echoes again.
template <class Ready>
Conversation type_once(const char* key, Ready ready) {
  return [key, ready, typed = false](const std::string& shown, pid_t) mutable -> std::string {
    if (typed || !ready(shown)) return {};
    typed = true;
    return key;
  };
}

}  // namespace

TEST_CASE("watch redraws until a key ends it, and restores the terminal") {
  TestSegment segment;
  segment.connect();
  for (const char* key : {"q", "\x03"}) {
    CAPTURE(key);
    segment.tick("BTCUSDT", "64521.30");
    const auto sees_change = [&, changed = false](const std::string& shown) mutable {
      if (!changed && contains(shown, "64521.30")) {
        segment.tick("BTCUSDT", "64999.90");
        changed = true;
      }
      return contains(shown, "64999.90");
    };
    const Terminal result =
        segment.run_on_terminal(command({"watch", "BTCUSDT"}), type_once(key, sees_change));
    CHECK(result.code == 0);
    CHECK(contains(result.shown, kEnter));
    CHECK(contains(result.shown, "feed live"));
    CHECK(result.shown.ends_with(kLeave));
    CHECK(result.echo_after);
  }
}

TEST_CASE("watch restores the terminal when a signal ends it, and ends of that signal") {
  TestSegment segment;
  const Terminal result = segment.run_on_terminal(
      command({"watch"}), [](const std::string& shown, pid_t program) -> std::string {
        if (contains(shown, "feed stale")) kill(program, SIGTERM);
        return {};
      });
  CHECK(result.code == 128 + SIGTERM);
  CHECK(result.shown.ends_with(kLeave));
  CHECK(result.echo_after);
}

TEST_CASE("watch gives the terminal back while it is suspended") {
  TestSegment segment;
  auto suspend =
      type_once("\x1a", [](const std::string& shown) { return contains(shown, "feed stale"); });
  // Nobody could continue this program, which has no shell, so it goes on at once.
  auto quit = type_once("q", [](const std::string& shown) {
    return contains(shown, kLeave) && shown.rfind(kEnter) > shown.find(kLeave);
  });
  const Terminal result =
      segment.run_on_terminal(command({"watch"}), [&](const std::string& shown, pid_t program) {
        const std::string typed = suspend(shown, program);
        return typed.empty() ? quit(shown, program) : typed;
      });
  CHECK(result.code == 0);
  CHECK(result.echo_after);
}

TEST_CASE("watch shows that the daemon is gone") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  const auto sees_end = [&, stopped = false](const std::string& shown) mutable {
    if (!stopped && contains(shown, "feed live")) {
      segment.writer().stop(RunState::stopped, boot_now());
      stopped = true;
    }
    return contains(shown, "feed down: tickcached was stopped");
  };
  const Terminal result = segment.run_on_terminal(command({"watch"}), type_once("q", sees_end));
  CHECK(result.code == 0);
}

TEST_CASE("watch prints once where there is no terminal") {
  TestSegment segment;
  segment.connect();
  segment.tick("ETHUSDT", "2");
  segment.tick("BTCUSDT", "1");
  const Finished result = segment.run({"watch"});
  CHECK(result.code == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("feed live  ws://exchange.test/ws/v1  2 symbols  20"));
  CHECK(lines[2].starts_with("BTCUSDT"));
  CHECK(lines_of(segment.run({"watch", "--json", "NOPE"}).out).size() == 1);
  CHECK(segment.run({"watch", "NOPE"}).code == 0);
}

TEST_CASE("colours are for terminals, unless somebody says otherwise") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  const std::string green = "\x1b[32mlive\x1b[0m";
  const std::vector<std::string> get = {"get", "BTCUSDT"};
  CHECK(contains(segment.run_on_terminal(command(get), nothing).shown, green));
  CHECK_FALSE(
      contains(segment.run_on_terminal(command(get, {"NO_COLOR=1"}), nothing).shown, "\x1b"));
  CHECK_FALSE(
      contains(segment.run_on_terminal(command(get, {"TERM=dumb"}), nothing).shown, "\x1b"));
  CHECK_FALSE(
      contains(segment.run_on_terminal(command({"--color=never", "get", "BTCUSDT"}), nothing).shown,
               "\x1b"));
  CHECK_FALSE(contains(segment.run(get).out, "\x1b"));
  CHECK(contains(segment.run(command({"get", "BTCUSDT", "--color", "always"}, {"NO_COLOR=1"})).out,
                 green));
}
