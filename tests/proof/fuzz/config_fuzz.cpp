// Any configuration: command line, environment, file and key. Whatever they hold, there is a
// Config or there are errors, no line of output holds the key, and what is shown is read back as
// the same. Seeds: tests/data/corpus/config.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "daemon/config/option_table.hpp"
#include "daemon/config/options.hpp"
#include "tests/proof/fuzz/fuzz_input.hpp"

namespace {

using namespace tickcache::daemon;
using tickcache::test::FuzzInput;

constexpr const char* kKey = "ak_live_SECRETSECRETSECRET";

void require(bool holds) {
  if (!holds) std::abort();
}

/// A file without a name, under one that can be opened.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : fd_(memfd_create("fuzz", MFD_CLOEXEC)) {
    require(fd_ >= 0 &&
            write(fd_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

/// Not even a part of the key, unless the input names that part itself.
void require_secret(const std::string& line, bool part_is_given) {
  require(line.find(kKey) == std::string::npos && line.find('\n') == std::string::npos);
  require(part_is_given || line.find("SECRETSECRET") == std::string::npos);
}

void check(const Loaded& loaded, bool part_is_given) {
  require(loaded.config.has_value() == loaded.errors.empty());
  for (const std::string& line : loaded.errors) require_secret(line, part_is_given);
  for (const std::string& line : loaded.warnings) require_secret(line, part_is_given);
}

/// What is shown of a configuration is all of it but the key, and is read back as the same.
void check_shown(const Config& config) {
  require(describe(config).find(kKey) == std::string::npos);
  Config again = default_config();
  for (const Option& option : option_table()) {
    if (option.name == "api-key-file") continue;
    require(option.parse(option.show(config), again).empty());
    require(option.show(again) == option.show(config));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const bool part_is_given =
      std::string_view(reinterpret_cast<const char*>(data), size).find("SECRET") !=
      std::string_view::npos;
  Inputs inputs;
  for (unsigned count = input.take<std::uint8_t>() % 4; count > 0; --count) {
    inputs.arguments.push_back(input.text());
  }
  std::map<std::string, std::string> environment;
  environment["AGENTEXCHANGE_API_KEY"] = kKey;
  for (const char* const name : {"AGENTEXCHANGE_WS_URL", "TICKCACHE_SEGMENT"}) {
    if (input.take<std::uint8_t>() % 4 == 0) environment[name] = input.text();
  }
  inputs.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  };
  const MemoryFile file(input.rest());
  inputs.default_file = file.path();
  const Loaded loaded = load(inputs);
  check(loaded, part_is_given);
  if (!loaded.config || loaded.config->help || loaded.config->version) return 0;
  check(reload(inputs, *loaded.config), part_is_given);
  check_shown(*loaded.config);
  return 0;
}
