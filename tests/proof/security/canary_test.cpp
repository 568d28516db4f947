// The API key is a canary: it is looked for wherever it must not be.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "e2e/installation.hpp"
#include "support/http_client.hpp"
#include "support/loopback_port.hpp"
#include "support/notify_socket.hpp"

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

/// A daemon with everything that it can speak by: log, status line, metrics, segment.
class Watched {
 public:
  /// `log`: how the log is read: "text", "json", or "journal".
  Watched(const sim::Exchange& exchange, const Way& way, const std::string& log) {
    auto arguments = everything_from(exchange);
    arguments.insert(arguments.end(), way.arguments.begin(), way.arguments.end());
    arguments.insert(arguments.end(), {"--log-level", "trace", "--backoff-min", "0.02",
                                       "--metrics-listen", port_.endpoint()});
    if (log == "json") arguments.insert(arguments.end(), {"--log-format", "json"});
    Command command = here_.command(arguments);
    command.environment = way.environment;
    command.environment.push_back("TICKCACHE_SEGMENT=" + here_.segment());
    command.environment.push_back("NOTIFY_SOCKET=" + manager_.name());
    command.err = log_.fd();
    if (log == "journal") {
      struct stat file {};
      REQUIRE(fstat(log_.fd(), &file) == 0);
      command.environment.push_back("JOURNAL_STREAM=" + std::to_string(file.st_dev) + ":" +
                                    std::to_string(file.st_ino));
    }
    daemon_ = std::make_unique<Program>(command);
    reader_ = std::make_unique<Reader>(here_.segment());
  }

  [[nodiscard]] Reader& reader() noexcept { return *reader_; }
  [[nodiscard]] Program& daemon() noexcept { return *daemon_; }
  [[nodiscard]] std::string log() const { return log_.text(); }

  /// Looks through all that the process and its files show.
  void check_traces() {
    check("log", log_.text() + daemon_->err() + daemon_->out());
    check_process();
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
      const std::string name = entry.path().filename();
      if (!name.starts_with(here_.segment())) continue;
      ++files;
      check(name, content_of(entry.path()));
    }
    CHECK(files >= 2);  // the segment, its lock
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"status"},
                                               {"status", "--json"},
                                               {"list", "--json"},
                                               {"orders", "--json"},
                                               {"portfolio", "--json"},
                                               {"candles", "BTCUSDT", "1m", "--json"},
                                               {"doctor"},
                                               {"doctor", "--json"},
                                               {"export", "--json"},
                                               {"metrics"}}) {
      const Outcome told = here_.ask(command);
      check(command[0], told.out + told.err);
    }
    for (const std::string& message : manager_.messages()) check("status line", message);
    CHECK(manager_.count("STATUS=") > 0);
  }
  /// The same, while it lives, by its listener.
  void check_pages() const {
    for (const char* const page : {"/metrics", "/healthz", "/readyz", "/nothing"}) {
      const std::string answer = http_get(port_.number(), page);
      CHECK_FALSE(answer.empty());
      check(page, answer);
    }
  }

 private:
  static void check(const std::string& where, const std::string& text) {
    CAPTURE(where);
    CHECK_FALSE(has(text, "CANARYcanary"));  // nor the whole of it, then
  }

  void check_process() const {
    const std::filesystem::path process = "/proc/" + std::to_string(daemon_->pid());
    for (const char* const name : {"cmdline", "environ", "comm", "maps", "status"}) {
      check(name, content_of(process / name));
    }
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(process / "fd", error)) {
      if (std::filesystem::is_regular_file(entry.path(), error)) {
        check(std::filesystem::read_symlink(entry.path(), error), content_of(entry.path()));
      }
    }
  }

  const LoopbackPort port_{PortUse::is_free};
  NotifySocket manager_{"@tickcache-canary-" + std::to_string(getpid())};
  Installation here_;
  Capture log_;
  std::unique_ptr<Program> daemon_;
  std::unique_ptr<Reader> reader_;
};

/// Whether the words reach the log: what the key would have come with.
bool logs(const Watched& watched, const std::string& words) {
  return soon([&] { return has(watched.log(), words); });
}

}  // namespace

TEST_CASE("fault 45: the key is in no log, argument, environment, file, answer or metric") {
  const TemporaryDirectory directory;
  const std::vector<Way> all = ways(directory);
  const char* const logs_of[] = {"text", "journal", "json"};
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(all[i].what);
    CAPTURE(logs_of[i]);
    sim::Exchange exchange(sim::Options{});
    exchange.start();
    Watched watched(exchange, all[i], logs_of[i]);
    Reader& reader = watched.reader();
    INFO("tickcached: ", watched.log());
    REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
    watched.check_traces();
    watched.check_pages();

    // All that makes it speak: errors that repeat the key, lost connections, refusals, a reload.
    exchange.send_raw(R"({"type":"error","code":"X","message":"bad key )" + kCanary + R"("})");
    exchange.send_raw(R"({"type":"error","code":")" + kCanary + R"(","message":"m"})");
    exchange.send_raw(R"({"type":"subscribed","channel":")" + kCanary + R"("})");
    exchange.send_raw("not json " + kCanary);
    CHECK(logs(watched, "bad key ***"));
    exchange.reject_key(503);
    exchange.drop_all();
    CHECK(soon([&] { return counter_of(reader, Counter::failures) >= 2; }));
    watched.check_pages();
    watched.daemon().signal(SIGHUP);
    CHECK(logs(watched, "SIGHUP: "));
    exchange.reject_key(0);
    CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
    watched.check_traces();
    exchange.reject_key(403);
    exchange.drop_all(true);
    CHECK(logs(watched, "rejects the API key that it accepted before"));
    watched.check_traces();
    watched.check_pages();
    watched.daemon().signal(SIGTERM);
    CHECK(watched.daemon().wait().has_value());
    watched.check_traces();
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
