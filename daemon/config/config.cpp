#include "daemon/config/config.hpp"

#include "daemon/config/option_table.hpp"

namespace tickcache::daemon {

Config default_config() {
  Config config;
  for (const Option& option : option_table()) {
    // Defaults are valid: a test parses them all.
    static_cast<void>(option.parse(option.initial, config));
  }
  return config;
}

std::string describe(const Config& config) {
  std::string text;
  for (const Option& option : option_table()) {
    text += option.name;
    text += " =";
    const std::string value = option.show(config);
    if (!value.empty()) text += ' ' + value;
    text += '\n';
  }
  return text;
}

std::vector<std::string> changed_restart_only(const Config& old, const Config& now) {
  std::vector<std::string> names;
  for (const Option& option : option_table()) {
    if (option.reload == Reload::needs_restart && option.show(old) != option.show(now)) {
      names.emplace_back(option.name);
    }
  }
  if (!(old.api_key == now.api_key)) names.emplace_back("api key");
  return names;
}

void take_live_options(const Config& from, Config& to) {
  for (const Option& option : option_table()) {
    // What one Config shows, another can parse: the text of a valid value is valid.
    if (option.reload == Reload::applies) static_cast<void>(option.parse(option.show(from), to));
  }
}

}  // namespace tickcache::daemon
