// What tickcached logs, and that the feed never waits for whoever reads it.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <sstream>

#include "e2e/installation.hpp"
#include "support/loopback_port.hpp"
#include "support/notify_socket.hpp"

namespace tickcache::test {
namespace {

/// A pipe that is full from the beginning.
struct FullPipe {
  int reader = -1;
  int writer = -1;

  FullPipe() {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    reader = ends[0];
    writer = ends[1];
    fcntl(writer, F_SETFL, O_NONBLOCK);
    const std::string filling(4096, '.');
    while (write(writer, filling.data(), filling.size()) > 0) {
    }
    fcntl(writer, F_SETFL, 0);
  }
  ~FullPipe() {
    close(reader);
    close(writer);
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;

  /// Everything that comes, until `part` does.
  std::string read_until(const std::string& part) const {
    fcntl(reader, F_SETFL, O_NONBLOCK);
    std::string text;
    CHECK(soon([&] {
      char buffer[65536];
      const ssize_t size = read(reader, buffer, sizeof buffer);
      if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
      return has(text, part);
    }));
    return text;
  }
};

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++count;
  return count;
}

TEST_CASE("fault 44: nobody reads standard error: the feed goes on, and SIGTERM ends it") {
  sim::Options options;
  options.rate = 5'000;
  sim::Exchange exchange(options);
  exchange.start();
  const FullPipe pipe;
  Installation here;
  Reader reader = here.reader();
  Command command = here.command(everything_from(exchange));
  command.err = pipe.writer;
  Program daemon(command);
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  const std::uint64_t ticks = counter_of(reader, Counter::ticks);
  CHECK(soon([&] { return counter_of(reader, Counter::ticks) > ticks + 5'000; }));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait(std::chrono::seconds(10)) == 0);
  CHECK(status_of(reader)->run_state == RunState::stopped);
}

TEST_CASE("log: whoever reads again learns how much was lost") {
  const LoopbackPort silent(PortUse::is_silent);
  const FullPipe pipe;
  Installation here;
  const TemporaryDirectory directory;
  const std::string nonsense(60, 'x');
  std::string wrong = "url = " + silent.url() + "\n";
  const std::string file = directory.write("tickcached.conf", wrong);
  Command command = here.command({"--config", file});
  command.err = pipe.writer;
  NotifySocket manager(directory.path("notify"));
  command.environment.push_back("NOTIFY_SOCKET=" + manager.name());
  Program daemon(command);
  REQUIRE(soon([&] { return manager.count("READY=1") == 1; }));
  for (int i = 0; i < 5000; ++i) wrong += nonsense + " = " + std::to_string(i) + "\n";
  static_cast<void>(directory.write("tickcached.conf", wrong));
  daemon.signal(SIGHUP);
  // Nothing is read before all of it was logged: what has to wait is more than is kept.
  REQUIRE(soon([&] { return manager.count("READY=1") == 2; }));
  const std::string text = pipe.read_until("tickcached.conf:5001: unknown option");
  CHECK(has(text, "lines of the log lost because standard error did not take them: "));
  CHECK_FALSE(has(text, "tickcached.conf:1001: "));
  daemon.signal(SIGTERM);
  CHECK(has(pipe.read_until("SIGTERM: stopping"), "SIGTERM: stopping\n"));
  CHECK(daemon.wait() == 0);
}

TEST_CASE("log: a limit on the size of files costs lines, which are counted, and never the feed") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--log-level", "debug"});
  const auto daemon = here.start(arguments);
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  const auto limit_files = [&](rlim_t size) {
    const rlimit limit{size, RLIM_INFINITY};
    REQUIRE(prlimit(daemon->pid(), RLIMIT_FSIZE, &limit, nullptr) == 0);
  };
  const auto provoke_line = [&](const std::string& text) {
    const std::uint64_t before = counter_of(reader, Counter::errors);
    REQUIRE(exchange.send_raw(R"({"type":"error","code":"OTHER","message":")" + text + R"("})") ==
            1);
    REQUIRE(soon([&] { return counter_of(reader, Counter::errors) > before; }));
  };
  limit_files(1);
  provoke_line("lost");
  const std::uint64_t ticks = counter_of(reader, Counter::ticks);
  CHECK(soon([&] { return counter_of(reader, Counter::ticks) > ticks + 100; }));
  CHECK_FALSE(daemon->ended());
  limit_files(RLIM_INFINITY);
  provoke_line("kept");
  CHECK(soon([&] { return has(daemon->err(), "kept"); }));
  CHECK(has(daemon->err(), "lines of the log lost because standard error did not take them: 1\n"));
  CHECK_FALSE(has(daemon->err(), "OTHER: lost"));
  CHECK(reader.ticker("BTCUSDT").live());
}

TEST_CASE("a limit on the size of files that the segment exceeds is an error at the start") {
  const LoopbackPort silent(PortUse::is_silent);
  Installation here;
  Command command = here.command({"--url", silent.url()});
  command.arguments.insert(command.arguments.begin(),
                           {"-c", "ulimit -f 8; exec \"$0\" \"$@\"", command.path});
  command.path = "/bin/sh";
  Program daemon(command);
  CHECK(daemon.wait() == kDaemonFailure);
  CHECK(has(daemon.err(), "ulimit -f"));
}

TEST_CASE("log: JSON, and the other way round by SIGHUP") {
  const LoopbackPort silent(PortUse::is_silent);
  const TemporaryDirectory directory;
  const auto configure = [&](const std::string& format) {
    return directory.write("tickcached.conf",
                           "url = " + silent.url() + "\nlog-format = " + format + "\n");
  };
  Installation here;
  const auto daemon = here.start({"--config", configure("json")});
  REQUIRE(soon([&] { return has(daemon->err(), "is published"); }));
  std::istringstream lines(daemon->err());
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.starts_with("{\"time\":\"20"));
    CHECK(has(line, "\",\"level\":\"info\",\"message\":\""));
    CHECK(line.ends_with("\"}"));
  }
  static_cast<void>(configure("text"));
  daemon->signal(SIGHUP);
  CHECK(soon([&] { return has(daemon->err(), " info    SIGHUP: the configuration was read"); }));
}

TEST_CASE("log: under the journal every line has its priority, the first ones too") {
  const LoopbackPort silent(PortUse::is_silent);
  Installation here;
  const Capture journal;
  struct stat info {};
  REQUIRE(fstat(journal.fd(), &info) == 0);
  Command command = here.command({"--url", silent.url(), "--tape", "1"});
  command.err = journal.fd();
  command.environment.push_back("JOURNAL_STREAM=" + std::to_string(info.st_dev) + ":" +
                                std::to_string(info.st_ino));
  CHECK(Program(command).wait() == kDaemonConfiguration);
  CHECK(journal.text().starts_with("<3>tickcached: command line: tape: "));

  Command good = here.command({"--url", silent.url()});
  good.err = journal.fd();
  good.environment.push_back(command.environment.back());
  Program daemon(good);
  CHECK(soon([&] { return has(journal.text(), "\n<6>segment \"" + here.segment() + "\" is "); }));

  // Inherited from a parent whose output went elsewhere.
  const Capture elsewhere;
  command.err = elsewhere.fd();
  CHECK(Program(command).wait() == kDaemonConfiguration);
  CHECK(elsewhere.text().starts_with("tickcached: command line: tape: "));
}

TEST_CASE("log: the exchange says the same again and again: once, then a number") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start({"--url", exchange.url(), "--backoff-min", "0.01", "--backoff-max",
                                  "0.01", "--stable-after", "0"});
  constexpr std::uint64_t kDrops = 5;
  for (std::uint64_t drop = 1; drop <= kDrops; ++drop) {
    REQUIRE(soon([&] { return is_up(reader) && counter_of(reader, Counter::connects) == drop; }));
    REQUIRE(exchange.drop_all(true) == 1);
  }
  REQUIRE(soon([&] { return counter_of(reader, Counter::drops) == kDrops; }));
  daemon->signal(SIGTERM);
  CHECK(daemon->wait() == 0);
  const std::string text = daemon->err();
  INFO(text);
  CHECK(times(text, "closed by the exchange") == 2);
  CHECK(has(text, " … 4 more in the last "));
}

TEST_CASE("log: a symbol that does not fit is named once, with what to do") {
  sim::Exchange exchange(sim::Options{});
  exchange.start();
  const TemporaryDirectory directory;
  const std::string url = "url = " + exchange.url() + "\nmax-symbols = 4\n";
  const std::string file = directory.write("tickcached.conf", url + "symbols = all\n");
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start({"--config", file});
  REQUIRE(soon([&] { return counter_of(reader, Counter::rejected_capacity) > 100; }));
  CHECK(times(daemon->err(), " does not fit into the segment: max-symbols is 4; raise it") == 1);

  // The four that are there are others.
  static_cast<void>(directory.write("tickcached.conf", url + "symbols = NEWONEUSDT,NEWTWOUSDT\n"));
  daemon->signal(SIGHUP);
  REQUIRE(soon([&] { return has(daemon->err(), "the configuration was read again"); }));
  CHECK(has(daemon->err(), "2 of 2 symbols will not fit into the segment: max-symbols is 4"));
}

TEST_CASE("fault 44: SIGHUP with a pipe in the file's place: an error, and the feed goes on") {
  sim::Options options;
  options.rate = 5'000;
  sim::Exchange exchange(options);
  exchange.start();
  const TemporaryDirectory directory;
  const std::string file = directory.write("tickcached.conf", "url = " + exchange.url() + "\n");
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start({"--config", file});
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  REQUIRE(unlink(file.c_str()) == 0);
  REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  daemon->signal(SIGHUP);
  REQUIRE(soon([&] { return has(daemon->err(), "the old one stays in force"); }));
  CHECK(has(daemon->err(), "is a pipe, which can be read only when tickcached starts"));
  const std::uint64_t ticks = counter_of(reader, Counter::ticks);
  CHECK(soon([&] { return counter_of(reader, Counter::ticks) > ticks + 1000; }));
  CHECK(counter_of(reader, Counter::drops) == 0);
}

}  // namespace
}  // namespace tickcache::test
