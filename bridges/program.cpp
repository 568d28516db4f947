#include "bridges/program.hpp"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace tickcache::bridges {
namespace {

/// Whether systemd started this process, so that no user can join a group for it.
bool is_service() {
  const char* process = std::getenv("SYSTEMD_EXEC_PID");
  return process != nullptr && process == std::to_string(::getpid());
}

/// Empty if this user may read none, or it holds no more than a line end, as the unit's own does.
std::string service_file(const Secret& secret, const Inputs& inputs, bool check_config,
                         std::filesystem::path config_file) {
  std::filesystem::path file;
  if (const auto directory = inputs.environment("CREDENTIALS_DIRECTORY")) {
    file = std::filesystem::path(*directory) / secret.credential;
  } else if (check_config) {
    file = config_file.replace_filename(secret.service_file);
  }
  std::error_code error;
  const bool has_content = std::filesystem::file_size(file, error) > 1 && !error;
  return has_content && ::access(file.c_str(), R_OK) == 0 ? file.string() : std::string();
}

}  // namespace

void Findings::read_secret(
    const Secret& secret, const General& general, std::string& file,
    const std::function<options::SecretFile(const std::string& path)>& read) {
  if (file.empty()) file = service_file(secret, inputs_, general.check_config, config_file);
  if (file.empty()) return;
  const options::SecretFile result = read(file);
  const std::string shown = options::quoted(file) + ": ";
  if (!result.problem.empty()) written.fail(secret.option, shown + result.problem);
  if (!result.warning.empty()) {
    warnings.push_back(std::string(secret.option) + ": " + shown + result.warning);
  }
}

void complain(const char* program, const std::string& text) {
  std::fprintf(stderr, "%s: %s\n", program, text.c_str());
}

void mention(const char* program, const std::string& text) {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0) complain(program, text);
}

std::string advice(const char* program, const SegmentError& error) {
  std::string text = error.what();
  if (error.code() == OpenError::permission && is_service()) {
    text += std::string("; for this service, name the group in its unit: systemctl edit ") +
            program + ", below [Service] SupplementaryGroups=GROUP";
  } else if (error.code() == OpenError::stranger && is_service()) {
    text += "; for this service, below [Service] Environment=TICKCACHE_USER=NAME";
  }
  return text;
}

void prepare_process() {
  options::forbid_core_files();
  options::hold_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace tickcache::bridges
