// What a person at a terminal gets: watch, and colours.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "cli/emulator.hpp"
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

/// The terminal of the running program: what any other program on it may do to it.
class Tty {
 public:
  explicit Tty(pid_t program)
      : fd_(open(("/proc/" + std::to_string(program) + "/fd/1").c_str(), O_RDWR | O_NOCTTY)) {
    REQUIRE(fd_ >= 0);
  }
  ~Tty() { close(fd_); }
  Tty(const Tty&) = delete;
  Tty& operator=(const Tty&) = delete;

  void resize(unsigned short rows, unsigned short columns) const {
    const winsize size{rows, columns, 0, 0};
    REQUIRE(ioctl(fd_, TIOCSWINSZ, &size) == 0);
  }
  [[nodiscard]] bool is_cooked() const {
    termios mode{};
    tcgetattr(fd_, &mode);
    return (mode.c_lflag & ECHO) != 0 && (mode.c_lflag & ICANON) != 0;
  }

 private:
  int fd_;
};

/// What is to be seen, and what is done then; `act` returns what is typed.
struct Step {
  std::function<bool(const Emulator&)> seen;
  std::function<std::string(Emulator&, pid_t)> act;
};

Step type_when(std::function<bool(const Emulator&)> seen, std::string keys) {
  return {std::move(seen), [keys](Emulator&, pid_t) { return keys; }};
}

std::function<bool(const Emulator&)> shows(std::string text) {
  return [text](const Emulator& screen) { return screen.shows(text); };
}

/// One step after the other. What was shown last is there for the message of a failure.
struct Script {
  std::vector<Step> steps;
  Emulator screen{24, 100};

  std::string operator()(const std::string& shown, pid_t program) {
    screen.feed_rest_of(shown);
    if (steps.empty() || !steps.front().seen(screen)) return {};
    const Step step = steps.front();
    steps.erase(steps.begin());
    return step.act(screen, program);
  }
};

/// Runs watch, which takes every step of the script and then ends well.
Terminal quits(TestSegment& segment, Script& script) {
  Terminal result = segment.run_on_terminal(command({"watch"}), std::ref(script));
  INFO(script.screen.text());
  CHECK(script.steps.empty());
  CHECK(result.code == 0);
  return result;
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

TEST_CASE("watch sorts, filters and scrolls by keys") {
  TestSegment segment;
  segment.connect();
  for (int i = 10; i < 50; ++i) segment.tick("SYM" + std::to_string(i), "100", kSecond);
  Script script;
  script.steps = {
      {shows("SYM10"),
       [&](Emulator& screen, pid_t) {
         CHECK(screen.line(3).starts_with("SYM10 "));
         CHECK(screen.line(2).starts_with("SYMBOL▲ "));
         CHECK(screen.line(23).starts_with("1-19 of 40  by name ▲  q quit"));
         segment.tick("SYM42", "150");
         segment.tick("SYM43", "50");
         return std::string("c");
       }},
      {shows("+50.00%"),
       [](Emulator& screen, pid_t) {
         CHECK(screen.line(3).starts_with("SYM42 "));
         return std::string("r");
       }},
      {shows("-50.00%"),
       [](Emulator& screen, pid_t) {
         CHECK(screen.line(3).starts_with("SYM43 "));
         return std::string("n\x1b[F");
       }},
      type_when(shows("22-40 of 40"), "/m2"),
      {shows("filter: M2_"),
       [](Emulator& screen, pid_t) {
         CHECK(screen.line(3).starts_with("SYM20 "));
         CHECK_FALSE(screen.shows("SYM10 "));
         CHECK_FALSE(screen.shows("SYM30 "));
         return std::string("\r");
       }},
      type_when(shows("only M2"), "\x1b"),
      type_when(shows("1-19 of 40"), "q"),
  };
  CHECK(quits(segment, script).echo_after);
}

TEST_CASE("the details of the marked row follow its symbol; ? shows the keys") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  segment.tick("ETHUSDT", "3421.5");
  Script script;
  const auto both_live = [](const Emulator& screen) {
    return screen.shows("64521.30") && screen.shows("3421.5");
  };
  script.steps = {
      type_when(both_live, "\x1b[B\r"),
      {shows("Esc back"),
       [&](Emulator& screen, pid_t) {
         CHECK(screen.line(2) == "symbol     ETHUSDT");
         CHECK(screen.line(3) == "price      3421.5");
         CHECK(screen.line(4) == "freshness  live");
         CHECK(screen.shows("timestamp  2026-02-23T15:30:45.123Z"));
         CHECK(screen.shows("updates    1 tick so far"));
         segment.tick("ETHUSDT", "3500.25");
         return std::string();
       }},
      {shows("price      3500.25"),
       [&](Emulator& screen, pid_t) {
         CHECK(screen.shows("updates    2 ticks so far"));
         CHECK_FALSE(screen.shows("BTCUSDT"));
         segment.tick("AAVEUSDT", "100");  // now the marked row is the third
         segment.writer().stop(RunState::stopped, boot_now());
         return std::string();
       }},
      type_when(shows("freshness  down: tickcached was stopped"), "\x1b"),
      type_when(shows("AAVEUSDT "), "\r"),
      type_when(shows("symbol     ETHUSDT"), "\x1b"),
      type_when(shows("AAVEUSDT "), "?"),
      {shows("only symbols with this text"),
       [](Emulator& screen, pid_t) {
         CHECK(screen.shows("sort by ticks per second"));
         CHECK(screen.line(23) == "Esc back  q quit");
         return std::string("q");
       }},
  };
  quits(segment, script);
}

TEST_CASE("help and details scroll where they do not fit") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  Script script;
  script.steps = {
      {shows("64521.30"),
       [](Emulator& screen, pid_t program) {
         screen.resize(10, 40);
         Tty(program).resize(10, 40);
         return std::string();
       }},
      type_when(shows("by name ▲  q quit  ? help  Enter details"), "?"),
      type_when(shows("1-6 of 15"), "\x1b[F"),
      {shows("10-15 of 15"),
       [](Emulator& screen, pid_t) {
         CHECK(screen.shows("draw the screen again"));
         return std::string("?\r");
       }},
      type_when(shows("price      64521.30"), " "),
      type_when(shows("updates    1 tick so far"), "q"),
  };
  quits(segment, script);
}

TEST_CASE("watch fills the screen that it has, of whatever size") {
  TestSegment segment;
  segment.connect();
  segment.tick("1000SATSUSDT", "0.00000015");
  segment.tick("BTCUSDT", "64521.30");
  struct Size {
    unsigned short rows;
    unsigned short columns;
  };
  const std::vector<Size> sizes = {{10, 60}, {6, 30}, {3, 80}, {2, 24}, {1, 10}, {30, 200}};
  const auto drawn = [](const Size& size) {
    return [size](const Emulator& screen) {
      if (size.rows < 3) return screen.shows("feed live") || screen.shows("feed liv");
      return screen.shows("feed live") && screen.shows("live") &&
             screen.line(size.rows - 1U).find("q") != std::string::npos;
    };
  };
  Script script;
  const auto resize_to = [](const Size& size) {
    return [size](Emulator& screen, pid_t program) {
      screen.resize(size.rows, size.columns);
      Tty(program).resize(size.rows, size.columns);
      return std::string();
    };
  };
  script.steps.push_back({shows("64521.30"), resize_to(sizes[0])});
  for (std::size_t i = 1; i < sizes.size(); ++i)
    script.steps.push_back({drawn(sizes[i - 1]), resize_to(sizes[i])});
  script.steps.push_back(type_when(drawn(sizes.back()), "q"));
  quits(segment, script);
}

TEST_CASE("watch restores the terminal on a signal that ends it") {
  for (const int number : {SIGTERM, SIGHUP}) {
    CAPTURE(number);
    TestSegment segment;
    bool raw = false;
    bool sent = false;
    const Terminal result = segment.run_on_terminal(
        command({"watch"}), [&](const std::string& shown, pid_t program) -> std::string {
          if (sent || !contains(shown, "feed stale")) return {};
          raw = !Tty(program).is_cooked();
          sent = kill(program, number) == 0;
          return {};
        });
    CHECK(raw);
    CHECK(result.code == 128 + number);
    CHECK(result.shown.ends_with(kLeave));
    CHECK(result.echo_after);
  }
}

TEST_CASE("watch takes the terminal again after somebody else stopped it") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  Script script;
  script.steps = {
      {shows("64521.30"),
       [](Emulator& screen, pid_t program) {
         kill(program, SIGSTOP);
         // What a shell would do to the screen meanwhile.
         screen.resize(24, 100);
         kill(program, SIGCONT);
         return std::string();
       }},
      type_when(shows("64521.30"), "q"),
  };
  const Terminal result = quits(segment, script);
  CHECK(result.shown.ends_with(kLeave));
  CHECK(result.echo_after);
}

TEST_CASE("Ctrl-S does not hold watch: it goes on, and a signal ends it") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  Script script;
  script.steps = {{shows("64521.30"),
                   [&](Emulator&, pid_t) {
                     segment.tick("BTCUSDT", "7.5");
                     return std::string("\x13");
                   }},
                  {shows("7.5 "), [](Emulator&, pid_t program) {
                     kill(program, SIGTERM);
                     return std::string();
                   }}};
  const Terminal result = segment.run_on_terminal(command({"watch"}), std::ref(script));
  CHECK(result.code == 128 + SIGTERM);
  CHECK(result.echo_after);
}

TEST_CASE("what does not change is not written again") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  segment.tick("ETHUSDT", "3421.5");
  Script script;
  script.steps = {{shows("64521.30"),
                   [&](Emulator&, pid_t) {
                     segment.tick("ETHUSDT", "3421.6");
                     return std::string();
                   }},
                  type_when(shows("3421.6"), "q")};
  const Terminal result = segment.run_on_terminal(command({"watch"}), std::ref(script));
  const auto times = [&](const std::string& text) {
    std::size_t count = 0;
    for (auto at = result.shown.find(text); at != std::string::npos;
         at = result.shown.find(text, at + 1))
      ++count;
    return count;
  };
  CHECK(times("SYMBOL") == 1);
  CHECK(times("q quit") == 1);
}

TEST_CASE("a terminal that is dumb gets the table once") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  const Terminal result = segment.run_on_terminal(command({"watch"}, {"TERM=dumb"}), nothing);
  CHECK(result.code == 0);
  CHECK(contains(result.shown, "64521.30"));
  CHECK(contains(result.shown, "printed once"));
  CHECK_FALSE(contains(result.shown, "\x1b"));
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
