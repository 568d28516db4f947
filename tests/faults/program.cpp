#include "tests/faults/program.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "tests/faults/arguments.hpp"

namespace tickcache::faults {

namespace {

int execute(const std::string& path, std::vector<std::string> arguments, int log) {
  dup2(log, STDERR_FILENO);
  setenv("AGENTEXCHANGE_API_KEY", "ak_live_hostile", 1);
  unsetenv("AGENTEXCHANGE_WS_URL");
  unsetenv("TICKCACHE_SEGMENT");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(path.c_str(), argv.data());
  return test::Child::kThrew;
}

/// The number after `name` in a file of /proc.
std::size_t number_in(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    std::size_t value = 0;
    if (word == name && file >> value) return value;
  }
  return 0;
}

}  // namespace

Program::Program(const std::string& path, const std::string& url,
                 const std::vector<std::string>& arguments)
    : log_(memfd_create("tickcached-log", MFD_CLOEXEC)) {
  std::vector<std::string> all = arguments_with(arguments);
  all.insert(all.begin(), path);
  all.push_back("--url=" + url);
  all.push_back("--segment=" + segment_.str());
  child_ = std::make_unique<test::Child>([&] { return execute(path, all, log_); });
  reader_ = std::make_unique<Reader>(segment_.str());
}

Program::~Program() { close(log_); }

Status Program::status() {
  Status status;
  reader_->status(status);
  return status;
}

std::string Program::log() const {
  std::string text;
  char buffer[4096];
  ssize_t size = 0;
  while ((size = pread(log_, buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

std::chrono::milliseconds Program::stop(int& exit_code) {
  const auto begin = std::chrono::steady_clock::now();
  child_->signal(SIGTERM);
  exit_code = child_->wait();
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

std::size_t Program::peak_memory() const {
  return 1024 * number_in("/proc/" + std::to_string(child_->pid()) + "/status", "VmHWM:");
}

std::chrono::milliseconds Program::processor_time() const {
  std::ifstream file("/proc/" + std::to_string(child_->pid()) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return std::chrono::milliseconds((user + system) * 1000 / sysconf(_SC_CLK_TCK));
}

}  // namespace tickcache::faults
