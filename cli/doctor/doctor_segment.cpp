// doctor: the segment as a file.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "cli/doctor/doctor_checks.hpp"
#include "cli/doctor/users.hpp"
#include "cli/print/text.hpp"
#include "cli/segments.hpp"

namespace tickcache::cli {
namespace {

/// Size of a segment with tickcached's default options, rounded up.
constexpr std::uint64_t kDefaultSize = 12'000'000;

/// Names of readable segments, except `but`.
std::vector<std::string> readable_segments(const std::string& but) {
  std::vector<std::string> names = segment_names();
  std::erase_if(names, [&](const std::string& name) {
    try {
      return name == but || Reader(name).error() != OpenError::none;
    } catch (const SegmentError&) {
      return true;
    }
  });
  return names;
}

Finding missing_segment(const std::string& segment) {
  Finding finding{Level::problem,
                  "segment",
                  fmt::format("there is no segment \"{}\"", printable(segment)),
                  "tickcached has not been started since boot, or it uses another segment name",
                  "start it: systemctl start tickcached",
                  ExitCode::no_segment};
  std::string others;
  for (const std::string& name : readable_segments(segment))
    others += (others.empty() ? "" : ", ") + printable(name);
  if (!others.empty())
    finding.remedy += fmt::format("; or name one that is there with --segment ({})", others);
  return finding;
}

std::string trusted_user() {
  const char* name = std::getenv("TICKCACHE_USER");
  return name != nullptr && *name != '\0' ? name : "tickcache";
}

void explain_permission(const struct stat& file, Finding& finding) {
  const std::string owner = user_name(file.st_uid);
  const std::string group = group_name(file.st_gid);
  finding.what += " may not be read by this user";
  if ((file.st_mode & S_IRGRP) == 0) {
    finding.why = fmt::format("its mode is {:04o}: nobody but its owner ({}) may read it",
                              file.st_mode & 07777U, owner);
    finding.remedy = "segment-mode = 0640 in tickcached.conf, then restart tickcached";
    return;
  }
  finding.why = fmt::format("it may be read by its owner ({}) and the group {}", owner, group);
  if (file.st_gid == 0) {
    finding.remedy =
        "run tickcached as a user of its own, in a group for its readers, as its service does";
  } else if (!has_name(file.st_gid)) {
    finding.remedy = fmt::format(
        "run tickcached with a group that has a name here; in a container, start this program with "
        "--group-add {}",
        file.st_gid);
  } else if (is_listed_in(file.st_gid)) {
    finding.remedy =
        fmt::format("you are in the group {} since after you logged in: log in again", group);
  } else {
    finding.remedy = fmt::format("join the group: sudo usermod -aG {} {}; then log in again", group,
                                 user_name(geteuid()));
  }
}

void explain_stranger(const struct stat& file, Finding& finding) {
  const std::string owner = user_name(file.st_uid);
  finding.what += fmt::format(" belongs to a stranger, the user {}", owner);
  finding.why = fmt::format(
      "everybody can put a file there; trusted are root, you, and the user {} (TICKCACHE_USER)",
      printable(trusted_user()));
  finding.remedy = fmt::format(
      "if tickcached runs as {}: export TICKCACHE_USER={}; if not, find out what it is before you "
      "remove it",
      owner, owner);
}

void check_file(const std::string& segment, const struct stat& file, Findings& findings) {
  const std::string owner = user_name(file.st_uid);
  findings.push_back(
      {Level::ok, "segment",
       fmt::format("segment \"{}\" of {}, {}, for the group {} (mode {:04o})", printable(segment),
                   owner, size_text(static_cast<std::uint64_t>(file.st_size)),
                   group_name(file.st_gid), file.st_mode & 07777U)});
  if ((file.st_mode & S_IROTH) != 0) {
    findings.push_back({Level::note, "segment",
                        "every user of this machine may read orders and portfolio",
                        fmt::format("the segment's mode is {:04o}", file.st_mode & 07777U),
                        "if that is not meant: segment-mode = 0640 in tickcached.conf"});
  }
  if (is_login_user(file.st_uid) && logind_removes_ipc()) {
    findings.push_back({Level::warning, "remove_ipc",
                        fmt::format("the segment is deleted when {} logs out", owner),
                        "systemd-logind removes the shared memory of users without a session "
                        "(RemoveIPC), but not that of system users",
                        "run tickcached as the system user tickcache, or set RemoveIPC=no in "
                        "/etc/systemd/logind.conf"});
  }
}

/// A size of /dev/shm with room for two segments of `needed` bytes besides what is used.
std::uint64_t larger_size_in_mebibytes(std::uint64_t used, std::uint64_t needed) {
  constexpr std::uint64_t kMebibyte = 1024 * 1024;
  constexpr std::uint64_t kStep = 64;
  const std::uint64_t least = (used + 2 * needed) / kMebibyte + 1;
  return (least + kStep - 1) / kStep * kStep;
}

/// " (the largest is dump, 1.9 GB)": what fills /dev/shm and is no segment; empty if nothing does.
std::string largest_other_file(const std::string& segment) {
  std::string name;
  std::uintmax_t size = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(kSegmentDirectory, none)) {
    const std::string other = entry.path().filename();
    if (other.starts_with("tickcache") || other == segment) continue;
    const std::uintmax_t its_size = entry.is_regular_file(none) ? entry.file_size(none) : 0;
    if (none || its_size <= size) continue;
    name = other;
    size = its_size;
  }
  return size == 0 ? "" : fmt::format(" (the largest is {}, {})", printable(name), size_text(size));
}

}  // namespace

void check_unopened_segment(const std::string& segment, OpenError error, const std::string& message,
                            Findings& findings) {
  if (error == OpenError::missing) {
    findings.push_back(missing_segment(segment));
    return;
  }
  Finding finding{Level::problem, "segment", "the segment \"" + printable(segment) + "\"", {}, {},
                  ExitCode::error};
  struct stat file {};
  const bool known = lstat(path_of_segment(segment).c_str(), &file) == 0;
  if (known && error == OpenError::permission) {
    explain_permission(file, finding);
  } else if (known && error == OpenError::stranger) {
    explain_stranger(file, finding);
  } else {
    finding.what += " cannot be used";
    finding.why = printable(message);  // with the remedy
  }
  findings.push_back(std::move(finding));
}

void check_shared_memory(const std::string& segment, Findings& findings) {
  struct stat file {};
  const bool exists = lstat(path_of_segment(segment).c_str(), &file) == 0 && S_ISREG(file.st_mode);
  if (exists) check_file(segment, file, findings);
  struct statvfs space {};
  if (statvfs(kSegmentDirectory, &space) != 0) {
    findings.push_back({Level::problem, "shm", "there is no /dev/shm",
                        "it is where shared memory lies", "mount a tmpfs there", ExitCode::error});
    return;
  }
  const std::uint64_t needed = exists ? static_cast<std::uint64_t>(file.st_size) : kDefaultSize;
  const std::uint64_t size = space.f_blocks * space.f_frsize;
  const std::uint64_t free = space.f_bavail * space.f_frsize;
  if (size == 0) {
    findings.push_back({Level::ok, "shm", "/dev/shm has no limit of its own"});
    return;
  }
  const std::string what = fmt::format("{} free in /dev/shm", size_text(free));
  if (free >= needed) {
    findings.push_back({Level::ok, "shm", what});
    return;
  }
  const std::uint64_t larger = larger_size_in_mebibytes(size - free, needed);
  findings.push_back(
      {exists ? Level::warning : Level::problem, "shm",
       fmt::format("only {}, of {}; a start of tickcached takes {}", what, size_text(size),
                   size_text(needed)),
       "it makes a new segment before the old one goes",
       fmt::format("make it larger: mount -o remount,size={}m /dev/shm (in a container: "
                   "--shm-size={}m); remove what is not needed there{}; or lower tickcached's "
                   "options max-symbols and tape",
                   larger, larger, largest_other_file(segment)),
       exists ? ExitCode::ok : ExitCode::error});
}

}  // namespace tickcache::cli
