// Repeats: the first at once, the others as a number.
#include "daemon/service/repeat_limit.hpp"

#include <doctest/doctest.h>

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

struct Log {
  RepeatLimit limit;
  Time now = 1000s;
  Lines lines;

  void event(const std::string& text, int level = 3) {
    if (limit.is_first(level, text, now)) lines.push_back(text);
  }
  void pass(Time span, bool all = false) {
    now += span;
    for (const auto& [level, text] : limit.expire(now, all)) lines.push_back(text);
  }
};

TEST_CASE("repeats: the first at once, then a number at the window's end") {
  Log log;
  for (int i = 1; i <= 42; ++i) log.event("lost after " + std::to_string(i) + ".5 s");
  CHECK(log.lines == Lines{"lost after 1.5 s"});
  log.pass(59s);
  CHECK(log.lines.size() == 1);
  log.pass(1s);
  CHECK(log.lines.back() == "lost after 42.5 s … 41 more in the last 60 s, this one 60 s ago");
  // Still going on: not at once again.
  log.pass(13s);
  log.event("lost after 9 s");
  log.pass(47s);
  CHECK(log.lines == Lines{"lost after 1.5 s",
                           "lost after 42.5 s … 41 more in the last 60 s, this one 60 s ago",
                           "lost after 9 s … 1 more in the last 60 s, this one 47 s ago"});
  // Over: the next one is a first.
  log.pass(60s);
  log.event("lost after 7 s");
  CHECK(log.lines.back() == "lost after 7 s");
  CHECK(log.lines.size() == 4);
}

TEST_CASE("repeats: other words, or another level, are another event") {
  Log log;
  log.event("connection 0: open");
  log.event("connection 0: lost");
  log.event("connection 0: open", 4);
  CHECK(log.lines.size() == 3);
  log.event("connection 1: open");
  log.event("connection 10: lost");
  CHECK(log.lines.size() == 3);
  log.pass(60s);
  CHECK(log.lines.size() == 5);
  log.pass(60s);
  CHECK(log.lines.size() == 5);
}

TEST_CASE("repeats: numbers of any form are alike, and words that hold some are not") {
  Log log;
  for (const char* number : {"7", "12.5", "10.20.30.40", "0.001"}) {
    log.event("after " + std::string(number) + ". Again");
  }
  CHECK(log.lines.size() == 1);
  log.event("after 7.Again");
  log.event("after x7. Again");
  CHECK(log.lines.size() == 3);
}

TEST_CASE("repeats: nothing is left untold at the end") {
  Log log;
  log.event("a");
  log.event("a");
  log.event("b");
  log.pass(2s, true);
  CHECK(log.lines == Lines{"a", "b", "a … 1 more in the last 2 s, this one 2 s ago"});
  log.pass(100s, true);
  CHECK(log.lines.size() == 3);
}

TEST_CASE("repeats: what is kept is bounded") {
  Log log;
  std::string text;
  for (std::size_t i = 0; i < 2 * RepeatLimit::kMaxEvents; ++i) log.event(text += 'x');
  CHECK(log.lines.size() == 2 * RepeatLimit::kMaxEvents);
  log.event("x");
  CHECK(log.lines.size() == 2 * RepeatLimit::kMaxEvents);
  log.event(text);
  CHECK(log.lines.size() == 2 * RepeatLimit::kMaxEvents + 1);
}

}  // namespace
}  // namespace tickcache::daemon
