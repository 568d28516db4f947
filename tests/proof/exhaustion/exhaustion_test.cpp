// tickcached without descriptors, memory or room, and with system calls that fail: it says so and
// ends, or goes on; what was published stays; with what it needs it recovers.
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "e2e/checked_ticks.hpp"
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

sim::Options checked_market() {
  sim::Options options;
  options.symbols = 50;
  options.rate = 5000;
  options.checksum = true;
  return options;
}

std::vector<std::string> quick_from(const sim::Exchange& exchange) {
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(),
                   {"--backoff-min", "0.02", "--backoff-max", "0.1", "--rest=true"});
  return arguments;
}

std::size_t descriptors_of(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Sets the soft limit of another process, and gives the one before.
rlim_t limit(pid_t pid, __rlimit_resource what, rlim_t to) {
  rlimit old{};
  REQUIRE(prlimit(pid, what, nullptr, &old) == 0);
  const rlimit wanted{std::min(to, old.rlim_max), old.rlim_max};
  REQUIRE(prlimit(pid, what, &wanted, nullptr) == 0);
  return old.rlim_cur;
}

using Sequences = std::map<std::string, std::uint64_t>;

/// Whatever was published once is there and whole.
void check_values(Reader& reader, const sim::Exchange& exchange, Sequences& last) {
  for (const std::string& symbol : exchange.symbols()) {
    const Result<Ticker> result = reader.ticker(symbol);
    REQUIRE(result.has_value);
    if (result.value.is_snapshot()) continue;  // without a quantity, which says which it is
    const auto sequence = sequence_of(symbol, result.value);
    REQUIRE(sequence.has_value());
    CHECK(*sequence >= last[symbol]);
    last[symbol] = *sequence;
  }
}

bool is_live_by(Reader& reader, const Program& daemon) {
  return status_of(reader)->writer_pid == static_cast<std::uint32_t>(daemon.pid()) &&
         reader.ticker("BTCUSDT").live();
}

}  // namespace

TEST_CASE("fault 43: out of descriptors while it runs: says so, retries, and recovers") {
  sim::Exchange exchange(checked_market());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(quick_from(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  const std::size_t before = descriptors_of(daemon->pid());
  Sequences last;

  const rlim_t enough = limit(daemon->pid(), RLIMIT_NOFILE, 3);  // those that are open stay
  exchange.drop_all();
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").freshness == Freshness::stale; }));
  const std::uint64_t failures = counter_of(reader, Counter::failures);
  CHECK(soon([&] { return counter_of(reader, Counter::failures) >= failures + 3; }));
  CHECK(reader.ticker("BTCUSDT").reason == Reason::reconnecting);
  check_values(reader, exchange, last);
  CHECK(soon([&] { return has(daemon->err(), "Too many open files"); }));
  // The name is lost too, and cannot be published again yet.
  std::filesystem::remove("/dev/shm/" + here.segment());
  CHECK(soon([&] { return has(daemon->err(), "trying again"); }));
  CHECK_FALSE(daemon->ended());

  limit(daemon->pid(), RLIMIT_NOFILE, enough);
  CHECK(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  CHECK(soon([&] { return here.reader().ticker("BTCUSDT").live(); }));
  check_values(reader, exchange, last);
  CHECK(soon([&] { return descriptors_of(daemon->pid()) == before; }));
  daemon->signal(SIGTERM);
  CHECK(daemon->wait() == 0);
}

TEST_CASE("fault 43: too few descriptors to start with: the error says so") {
  sim::Exchange exchange(checked_market());
  exchange.start();
  Installation here;
  Sequences last;
  Reader reader = here.reader();
  {
    const auto daemon = here.start(quick_from(exchange));
    REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
    daemon->kill();
  }
  int refused = 0;
  for (unsigned most = 4;; ++most) {
    CAPTURE(most);
    REQUIRE(most < 64);
    auto arguments = quick_from(exchange);
    arguments.insert(arguments.end(), {"--config", "/dev/null"});
    arguments.insert(arguments.begin(), {"--nofile=" + std::to_string(most), TICKCACHED_PROGRAM});
    Program daemon({PRLIMIT_PROGRAM,
                    arguments,
                    {"TICKCACHE_SEGMENT=" + here.segment(),
                     "AGENTEXCHANGE_API_KEY=" + std::string(kTestKey)}});
    // One that starts but has none left for a connection waits for better times.
    CHECK(soon([&] {
      return daemon.ended() || is_live_by(reader, daemon) || has(daemon.err(), "Too many open");
    }));
    check_values(reader, exchange, last);
    if (is_live_by(reader, daemon)) break;
    daemon.signal(SIGTERM);
    const int code = daemon.wait().value_or(-1);
    INFO("tickcached: ", daemon.err());
    CHECK((code == 0 || code == kDaemonFailure || code == 127));  // 127: not even its libraries
    CHECK(
        (has(daemon.err(), "Too many open files") || code == 127 || has(daemon.err(), "Error 24")));
    ++refused;
  }
  CHECK(refused > 2);
}

TEST_CASE("fault 43: no room for the log: the feed goes on") {
  sim::Exchange exchange(checked_market());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  // Standard error leads where nothing can be written, or is not open at all.
  for (const std::string redirect : {" 2>/dev/full", " 2>&-"}) {
    CAPTURE(redirect);
    auto arguments = quick_from(exchange);
    arguments.insert(arguments.end(), {"--config", "/dev/null", "--log-level", "debug"});
    arguments.insert(arguments.begin(),
                     {"-c", "exec \"$0\" \"$@\"" + redirect, TICKCACHED_PROGRAM});
    Program daemon({"/bin/sh",
                    arguments,
                    {"TICKCACHE_SEGMENT=" + here.segment(),
                     "AGENTEXCHANGE_API_KEY=" + std::string(kTestKey)}});
    REQUIRE(soon([&] { return is_live_by(reader, daemon); }));
    exchange.drop_all();
    CHECK(soon([&] { return counter_of(reader, Counter::connects) >= 2; }));
    CHECK(soon([&] { return is_live_by(reader, daemon); }));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    // Nor did the log go into the next file that was opened.
    std::ifstream lock("/dev/shm/" + here.segment() + ".lock");
    CHECK(std::string(std::istreambuf_iterator<char>(lock), {}) ==
          std::to_string(daemon.pid()) + "\n");
  }
}

TEST_CASE(
    "fault 43: out of address space while it runs: it goes on, or ends and the next recovers") {
  sim::Exchange exchange(checked_market());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  Sequences last;
  const auto daemon = here.start(quick_from(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  limit(daemon->pid(), RLIMIT_AS, 1 << 20);  // far less than it has: nothing more can be mapped
  const std::string large = R"({"type": "unknown", "text": ")" + std::string(900'000, 'x') + "\"}";
  for (int i = 0; i < 20; ++i) exchange.send_raw(large);
  exchange.drop_all();
  std::this_thread::sleep_for(100ms);
  check_values(reader, exchange, last);
  daemon->signal(SIGTERM);
  const int code = daemon->wait().value_or(-1);
  CHECK((code == 0 || code == kDaemonFailure));
  const auto next = here.start(quick_from(exchange));
  CHECK(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  check_values(reader, exchange, last);
}

namespace {

struct Injection {
  std::string call;
  std::string error;
  unsigned first = 1;
  unsigned last = ~0U;
};

/// What fails, one call after the other.
const Injection kInjections[] = {
    {"openat", "EMFILE"},
    {"openat", "ENOMEM"},
    {"mmap", "ENOMEM", 2},  // the first is the loader's, which crashes
    {"read", "EINTR"},
    {"read", "EIO"},
    {"fallocate", "ENOSPC"},
    {"fallocate", "EINTR"},
    {"ftruncate", "EINTR"},
    {"pwrite64", "ENOSPC"},
    {"fcntl", "ENOLCK", 1, 1},  // the lock
    {"rename", "ENOSPC"},
    {"unlink", "EACCES"},
    {"mlock", "ENOMEM"},
    {"socket", "EMFILE"},
    {"connect", "EINTR"},
    {"connect", "ENOBUFS"},
    {"epoll_create1", "EMFILE"},
    {"eventfd2", "EMFILE"},
    {"timerfd_create", "EMFILE"},
    {"timerfd_settime", "EINTR"},
    {"epoll_ctl", "ENOSPC"},
    {"epoll_wait", "EINTR"},
    {"recvmsg", "EINTR"},
    {"recvmsg", "ENOMEM"},
    {"sendmsg", "EINTR"},
    {"sendmsg", "ENOBUFS"},
    {"clone3", "EAGAIN"},
    {"setsockopt", "ENOMEM"},
    {"getrandom", "EINTR"},
    {"fstat", "ENOMEM"},
    {"newfstatat", "ENOMEM"},
    {"rt_sigaction", "EINVAL"},
    {"rt_sigtimedwait", "EINTR"},
};

/// Each call in turn if TICKCACHE_EVERY_CALL is set in the environment, else ever fewer.
unsigned next_call(unsigned call) {
  static const bool every = std::getenv("TICKCACHE_EVERY_CALL") != nullptr;
  return every ? call + 1 : call + 1 + call / 4;
}

}  // namespace

TEST_CASE(
    "fault 43: whichever system call fails, tickcached ends or goes on, and nothing is lost") {
  sim::Exchange exchange(checked_market());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  Sequences last;
  {
    const auto daemon = here.start(quick_from(exchange));
    REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
    daemon->kill();
  }
  const TemporaryDirectory directory;
  std::map<int, int> codes;
  for (const Injection& injected : kInjections) {
    for (unsigned number = injected.first; number <= injected.last; number = next_call(number)) {
      INFO(injected.call, " fails with ", injected.error, ", call ", number);
      const std::string trace = directory.path("trace");
      auto arguments = quick_from(exchange);
      arguments.insert(arguments.end(), {"--config", "/dev/null"});
      arguments.insert(arguments.begin(),
                       {"-D", "-f", "-qq", "-o", trace, "-e", "trace=" + injected.call, "-e",
                        "inject=" + injected.call + ":error=" + injected.error +
                            ":when=" + std::to_string(number),
                        TICKCACHED_PROGRAM});
      Program daemon({STRACE_PROGRAM,
                      arguments,
                      {"TICKCACHE_SEGMENT=" + here.segment(),
                       "AGENTEXCHANGE_API_KEY=" + std::string(kTestKey)}});
      INFO("tickcached: ", daemon.err());
      REQUIRE(soon([&] { return daemon.ended() || is_live_by(reader, daemon); }));
      check_values(reader, exchange, last);
      daemon.signal(SIGTERM);
      const int code = daemon.wait().value_or(-1);
      CAPTURE(code);
      // 127: the system could not load it; 78: what it could not read was its configuration.
      CHECK((code == 0 || code == kDaemonFailure || code == 127 || code == kDaemonConfiguration));
      CHECK((code == 0 || !daemon.err().empty()));
      CHECK_FALSE(std::filesystem::exists("/dev/shm/" + here.segment() + ".next"));
      ++codes[code];
      std::ifstream lines(trace);
      const std::string text{std::istreambuf_iterator<char>(lines), {}};
      if (!has(text, "(INJECTED)")) break;  // it has not so many
    }
  }
  MESSAGE(codes[0] << " times it went on, " << codes[kDaemonFailure] << " times it ended, "
                   << codes[kDaemonConfiguration] << " times without a configuration, "
                   << codes[127] << " times it could not be loaded");
  CHECK(codes[0] > 10);
  CHECK(codes[kDaemonFailure] > 5);
  const auto daemon = here.start(quick_from(exchange));
  CHECK(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
}

}  // namespace tickcache::test
