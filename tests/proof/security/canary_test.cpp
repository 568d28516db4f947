// The API key is a canary: it is looked for wherever it must not be.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

const std::string kCanary = "ak_live_CANARYcanary0123456789";

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// How a daemon comes by its key.
struct Way {
  std::string what;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
};

std::vector<Way> ways(const TemporaryDirectory& directory) {
  return {{"a file", {"--api-key-file", directory.write("key", kCanary + "\n", 0400)}, {}},
          {"a credential",
           {},
           {"CREDENTIALS_DIRECTORY=" +
            std::filesystem::path(directory.write("api_key", kCanary)).parent_path().string()}},
          {"the environment", {}, {"AGENTEXCHANGE_API_KEY=" + kCanary}}};
}

/// Looks through all that a process and its files show.
void check_traces(Installation& here, const Program& daemon) {
  const std::filesystem::path process = "/proc/" + std::to_string(daemon.pid());
  for (const char* const name : {"cmdline", "environ", "comm", "maps", "status"}) {
    CAPTURE(name);
    CHECK_FALSE(has(content_of(process / name), kCanary));
  }
  for (const std::string end : {"", ".lock"}) {
    const std::string bytes = content_of("/dev/shm/" + here.segment() + end);
    CHECK_FALSE(bytes.empty());
    CHECK_FALSE(has(bytes, kCanary));
    CHECK_FALSE(has(bytes, kCanary.substr(8, 12)));  // nor a part of it
  }
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"status"},
                                             {"status", "--json"},
                                             {"list", "--json"},
                                             {"orders"},
                                             {"doctor"},
                                             {"metrics"}}) {
    const Outcome told = here.ask(command);
    CAPTURE(command[0]);
    CHECK_FALSE(has(told.out + told.err, kCanary));
  }
  CHECK_FALSE(has(daemon.err() + daemon.out(), kCanary));
}

}  // namespace

TEST_CASE("fault 45: the key is in no log, argument, environment, file, answer or metric") {
  const TemporaryDirectory directory;
  for (const Way& way : ways(directory)) {
    CAPTURE(way.what);
    sim::Exchange exchange(sim::Options{});
    exchange.start();
    Installation here;
    Reader reader = here.reader();
    auto arguments = everything_from(exchange);
    arguments.insert(arguments.end(), way.arguments.begin(), way.arguments.end());
    arguments.insert(arguments.end(), {"--log-level", "trace", "--backoff-min", "0.02"});
    const auto daemon = here.start(arguments, way.environment);
    INFO("tickcached: ", daemon->err());
    REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
    check_traces(here, *daemon);

    // All that makes it speak: errors that repeat the key, lost connections, refusals, a reload.
    exchange.send_raw(R"({"type":"error","code":"X","message":"bad key )" + kCanary + R"("})");
    exchange.send_raw(R"({"type":"error","code":")" + kCanary + R"(","message":"m"})");
    exchange.send_raw(R"({"type":"subscribed","channel":")" + kCanary + R"("})");
    exchange.send_raw("not json " + kCanary);
    exchange.reject_key(503);
    exchange.drop_all();
    CHECK(soon([&] { return counter_of(reader, Counter::failures) >= 2; }));
    daemon->signal(SIGHUP);
    exchange.reject_key(0);
    CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
    check_traces(here, *daemon);
    exchange.reject_key(403);
    exchange.drop_all(true);
    CHECK(soon([&] { return counter_of(reader, Counter::failures) >= 4; }));
    check_traces(here, *daemon);
    daemon->signal(SIGTERM);
    CHECK(daemon->wait().has_value());
    check_traces(here, *daemon);
  }
}

TEST_CASE("fault 45: the key is in no error text of the configuration") {
  Installation here;
  const TemporaryDirectory directory;
  const std::string file = directory.write("key", kCanary + "\nmore\n", 0600);
  const std::string config = directory.write("tickcached.conf", "api-key = " + kCanary + "\n");
  const std::vector<std::string> environment{"AGENTEXCHANGE_API_KEY=" + kCanary};
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--api-key", kCanary},
                                             {"--api-key=" + kCanary},
                                             {kCanary},
                                             {"--url", "ws://" + kCanary + "@127.0.0.1:1"},
                                             {"--url", "ws://127.0.0.1:1/ws/v1?api_key=" + kCanary},
                                             {"--api-key-file", file},
                                             {"--api-key-file", kCanary},
                                             {"--config", config},
                                             {"--symbols", kCanary},
                                             {"--check-config"}}) {
    CAPTURE(arguments[0]);
    const auto daemon = here.start(arguments, environment);
    CHECK(daemon->wait().has_value());
    INFO(daemon->err());
    CHECK_FALSE(has(daemon->err() + daemon->out(), kCanary));
  }
}

namespace {

/// Runs `body()` in `directory` with core files allowed, sends SIGABRT once `is_ready(pid)`, and
/// says whether the kernel made a core file of it.
template <class Body, class Ready>
bool dumps_core(const std::string& directory, Body&& body, Ready&& is_ready) {
  Child child([&] {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &unlimited) != 0 || chdir(directory.c_str()) != 0) return 1;
    std::signal(SIGABRT, SIG_DFL);
    return body();
  });
  CHECK(soon([&] { return is_ready(child.pid()); }));
  child.signal(SIGABRT);
  CHECK(child.wait() == -SIGABRT);
  return child.core_dumped();
}

}  // namespace

TEST_CASE("fault 45: tickcached makes no core file, where others do") {
  const TemporaryDirectory theirs;
  const TemporaryDirectory ours;
  Shared<std::atomic<bool>> waits;
  const auto wait = [&] {
    *waits = true;
    return pause();
  };
  if (!dumps_core(theirs.path(""), wait, [&](pid_t) { return waits->load(); })) {
    MESSAGE("nothing makes core files here");
  }
  Installation here;
  Reader reader = here.reader();
  const auto serve = [&] {
    setenv("TICKCACHE_SEGMENT", here.segment().c_str(), 1);
    setenv("AGENTEXCHANGE_API_KEY", kCanary.c_str(), 1);
    close_range(STDIN_FILENO, ~0U, 0);
    const char* const program = TICKCACHED_PROGRAM;
    return execl(program, program, "--config", "/dev/null", "--url", "ws://127.0.0.1:1", nullptr);
  };
  const bool daemon_does = dumps_core(ours.path(""), serve, [&](pid_t pid) {
    return status_of(reader)->writer_pid == static_cast<std::uint32_t>(pid);
  });
  CHECK_FALSE(daemon_does);
  for (const auto& entry : std::filesystem::directory_iterator(ours.path(""))) {
    CHECK_FALSE(has(content_of(entry.path()), kCanary));
  }
}

}  // namespace tickcache::test
