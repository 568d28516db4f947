// doctor: the daemon and its connections.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/doctor/doctor_checks.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

constexpr const char* kSeeLog = "see its log: journalctl -u tickcached -e";

Finding problem(std::string what, std::string why, std::string remedy) {
  return {Level::problem, "daemon",          std::move(what),
          std::move(why), std::move(remedy), ExitCode::not_live};
}

/// The state in /proc/PID/stat (proc(5)) of the process that had the pid at CLOCK_BOOTTIME `at_ns`;
/// 'X', dead, also if it is in another container, or if the pid has been reused since.
char process_state(std::uint32_t pid, std::int64_t at_ns) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  std::getline(file, line);
  // The name, in parentheses, may hold anything.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  char state = 0;
  fields >> state;  // the third field
  std::string skipped;
  for (int i = 4; i < 22; ++i) fields >> skipped;
  std::int64_t ticks = 0;  // from boot to its start
  if (!(fields >> ticks)) return 'X';
  return ticks * (1'000'000'000 / sysconf(_SC_CLK_TCK)) <= at_ns ? state : 'X';
}

/// The daemon has not marked itself stopped, but its heartbeat is lost.
Finding lost_daemon(const Status& status) {
  const std::string who = fmt::format("tickcached (pid {})", status.writer_pid);
  if (status.heartbeat_age_ns == 0) {
    return problem("the last heartbeat of " + who + " is in the future",
                   "the segment comes from another boot of this machine, or from a container whose "
                   "clock (CLOCK_BOOTTIME) is shifted",
                   "restart tickcached, on the same clock as its readers");
  }
  const std::string since = fmt::format("no heartbeat for {}", age_text(status.heartbeat_age_ns));
  switch (process_state(status.writer_pid, status.now_ns - status.heartbeat_age_ns)) {
    case 'X':
    case 'Z':
      return problem(who + " is gone without having stopped",
                     since + "; it was killed or has crashed, or it hangs in another container",
                     fmt::format("start it again (systemctl restart tickcached); {}", kSeeLog));
    case 'T':
    case 't':
      return problem(who + " is suspended", since + "; a signal (SIGSTOP) or a debugger holds it",
                     fmt::format("let it go on: kill -CONT {}", status.writer_pid));
    case 'D':
      return problem(who + " waits for the kernel", since + "; a disk or a file system may hang",
                     "look at the machine's kernel log: dmesg");
    default:
      return problem(who + " hangs", since + ", although the process is there",
                     fmt::format("systemctl restart tickcached; {}, and report it", kSeeLog));
  }
}

Finding stopped_daemon(const Status& status) {
  switch (status.reason) {
    case Reason::stopped:
      return problem("tickcached was stopped", "it was told to; its last values stay readable",
                     "start it: systemctl start tickcached");
    case Reason::auth_failed:
      if (is_suspended(status.connections[0])) {
        return problem("tickcached stopped because the exchange has suspended the account",
                       "no key of the account is accepted",
                       "ask the exchange; afterwards: systemctl restart tickcached");
      }
      return problem("tickcached stopped because the exchange rejected the API key",
                     "the key is wrong or has been revoked",
                     "put the right one into /etc/tickcache/api-key, then: systemctl restart "
                     "tickcached");
    case Reason::superseded:
      // Looked up by its name a moment ago: the name still leads to the old file.
      return problem("tickcached was restarted, but its old segment has the name here",
                     "each start makes a new file; a container that has mounted the file, not its "
                     "directory, keeps the old one",
                     "mount the directory /dev/shm into the container, and start it again");
    default:
      return lost_daemon(status);
  }
}

Finding connection_finding(const Status& status, std::size_t number) {
  const ConnectionStatus& connection = status.connections[number];
  const std::string what =
      fmt::format("connection {}: {}", number, connection_sentence(connection, status.now_ns));
  if (connection.state == ConnectionState::up || connection.state == ConnectionState::closed)
    return {Level::ok, "connection", what};
  const std::string error = last_error_text(connection, status.now_ns);
  const std::string losses =
      fmt::format("{} and {} since tickcached started",
                  counted(status.counter(Counter::failures), "failed attempt"),
                  counted(status.counter(Counter::drops), "lost connection"));
  const std::string remedy =
      is_suspended(connection) || cannot_check_keys(connection) ? "ask the exchange"
      : connection.state == ConnectionState::auth_failed
          ? "put the right key into /etc/tickcache/api-key, then restart tickcached"
          : fmt::format("check the way to {} (network, name, certificate); {}",
                        printable(status.upstream.view()), kSeeLog);
  return {Level::problem, "connection",      what, error.empty() ? losses : error + "; " + losses,
          remedy,         ExitCode::not_live};
}

/// How often connections are lost, if that is noteworthy.
void check_losses(const Status& status, Findings& findings) {
  const std::uint64_t drops = status.counter(Counter::drops);
  if (drops == 0) return;
  // One in ten minutes is more than any exchange's maintenance.
  constexpr std::int64_t kPeriod = 600'000'000'000;
  constexpr std::uint64_t kMany = 3;
  const std::int64_t up = std::max<std::int64_t>(0, Clocks::now().unix_ns - status.started_unix_ns);
  const bool often = drops >= kMany && static_cast<std::int64_t>(drops) > up / kPeriod;
  findings.push_back(
      {often ? Level::warning : Level::note, "connection",
       fmt::format("{} in {}", counted(drops, "lost connection"), age_text(up)),
       "after each, prices are stale until their next tick or the exchange's answer by REST",
       often ? fmt::format("find out who cuts them; {}", kSeeLog) : ""});
}

}  // namespace

void check_daemon(const Status& status, Findings& findings) {
  if (status.feed == Freshness::down) {
    findings.push_back(stopped_daemon(status));
    return;
  }
  const std::string version = printable(status.version.view());
  findings.push_back(
      {Level::ok, "daemon",
       fmt::format("tickcached {}, pid {}, up for {}, last heartbeat {} ago", version,
                   status.writer_pid, age_text(Clocks::now().unix_ns - status.started_unix_ns),
                   age_text(status.heartbeat_age_ns))});
  if (version != TICKCACHE_VERSION) {
    findings.push_back({Level::note, "daemon",
                        fmt::format("tickcached has version {}, this program is tickcache {}",
                                    version, TICKCACHE_VERSION),
                        "it has not been restarted since an upgrade, or another one runs",
                        "systemctl restart tickcached"});
  }
}

void check_connections(const Status& status, Findings& findings) {
  const std::size_t before = findings.size();
  for (std::size_t i = 0; i < std::min(status.connection_count, kMaxConnections); ++i) {
    if (status.connections[i].state != ConnectionState::unused)
      findings.push_back(connection_finding(status, i));
  }
  if (findings.size() == before) {
    findings.push_back({Level::problem,
                        "connection",
                        "tickcached has not begun to connect",
                        {},
                        kSeeLog,
                        ExitCode::not_live});
  }
  check_losses(status, findings);
}

}  // namespace tickcache::cli
