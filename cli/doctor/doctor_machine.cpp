// doctor: the machine.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "cli/doctor/doctor_checks.hpp"
#include "cli/print/text.hpp"
#include "encode/read.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

/// By how much the machine's clock is ahead of the exchange's times when ticks arrive; the median
/// of the live ones.
std::optional<std::int64_t> lead_of_clock(Reader& reader) {
  const Clocks clocks = Clocks::now();
  std::vector<std::int64_t> leads;
  for (const TickerRow& row : read_all(reader, {})) {
    const Ticker& ticker = row.ticker.value;
    if (row.ticker.live() && ticker.exchange_time_ns != 0)
      leads.push_back(clocks.to_unix(ticker.received_ns) - ticker.exchange_time_ns);
  }
  if (leads.empty()) return std::nullopt;
  const auto middle = leads.begin() + static_cast<std::ptrdiff_t>(leads.size() / 2);
  std::nth_element(leads.begin(), middle, leads.end());
  return *middle;
}

bool is_synchronised() noexcept {
  timex clock{};
  return adjtimex(&clock) != TIME_ERROR;
}

/// What follows `name` in a file of lines that begin with names.
std::optional<std::string> value_of(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream fields(line.substr(name.size()));
    std::string value;
    fields >> value;
    return value;
  }
  return std::nullopt;
}

/// Whether a crash of the process writes a core file or pipes it to a program. Nothing if that
/// cannot be determined.
std::optional<bool> leaves_core(pid_t pid) {
  const std::string process = fmt::format("/proc/{}", pid);
  const auto limit = value_of(process + "/limits", "Max core file size");
  const auto user = value_of(process + "/status", "Uid:");
  if (!limit || !user) return std::nullopt;
  // A process that forbids dumps of itself (PR_SET_DUMPABLE) belongs to root in /proc.
  struct stat directory {};
  const bool forbidden =
      stat(process.c_str(), &directory) == 0 && directory.st_uid == 0 && *user != "0";
  if (forbidden || *limit == "1") return false;
  // core(5): a limit of none keeps the kernel from writing a file, not from piping to a program.
  return *limit != "0" || value_of("/proc/sys/kernel/core_pattern", "|").has_value();
}

}  // namespace

void check_clock(Reader& reader, Findings& findings) {
  // More than any network or burst delays a tick.
  constexpr std::int64_t kTolerated = 5'000'000'000;
  const auto lead = lead_of_clock(reader);
  if (lead && std::abs(*lead) > kTolerated) {
    findings.push_back({Level::warning, "clock",
                        fmt::format("this machine's clock is {} {} the exchange's",
                                    age_text(std::abs(*lead)), *lead > 0 ? "ahead of" : "behind"),
                        "by the times in the ticks, or they come that late; ages and freshness do "
                        "not depend on it, dates do",
                        "set the clock: timedatectl set-ntp true, or install chrony"});
  } else if (!is_synchronised()) {
    findings.push_back({Level::note, "clock", "this machine's clock is not synchronised",
                        "ages and freshness do not depend on it, dates do",
                        "timedatectl set-ntp true, or install chrony"});
  } else {
    findings.push_back({Level::ok, "clock", "this machine's clock is synchronised"});
  }
}

void check_core_limit(const Status& status, Findings& findings) {
  const auto core = leaves_core(static_cast<pid_t>(status.writer_pid));
  if (!core) return;
  if (!*core) {
    findings.push_back({Level::ok, "core", "tickcached leaves no core file"});
    return;
  }
  findings.push_back(
      {Level::warning, "core", "tickcached would leave a core file if it crashed",
       "the API key would be in it",
       fmt::format("sudo prlimit --core=1 --pid {}; and let its unit set LimitCORE=1",
                   status.writer_pid)});
}

}  // namespace tickcache::cli
