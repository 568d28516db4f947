// tickcached, as daemon/config/ describes it.
#include <algorithm>
#include <stdexcept>

#include "daemon/config/option_table.hpp"
#include "generate/program.hpp"

namespace tickcache::generate {
namespace {

/// What the daemon's parsers take; each is tried on them.
std::string words_of(const daemon::Option& option) {
  if (option.argument == "LEVEL") return "trace debug info warning error";
  if (option.argument == "FORMAT") return "text json";
  return option.name == "segment-mode" ? "0600 0640 0644" : "";
}

/// Without its full stop.
std::string first_sentence(std::string_view text) {
  return std::string(text.substr(0, std::min(text.find(". "), text.size() - 1)));
}

Option option_of(const daemon::Option& spec) {
  Option option{std::string(spec.name), 0, first_sentence(spec.help), Kind::other,
                words_of(spec),         {}};
  for (const std::string& word : split(option.words)) {
    daemon::Config config;
    if (!spec.parse(word, config).empty())
      throw std::runtime_error("tickcached does not take --" + option.name + "=" + word);
  }
  if (spec.is_bool())
    option.kind = spec.group == daemon::OptionGroup::general ? Kind::none : Kind::maybe;
  if (!option.words.empty()) option.kind = Kind::words;
  if (spec.argument == "FILE") option.kind = Kind::file;
  if (spec.name == "segment") option.kind = Kind::segment;
  return option;
}

}  // namespace

Program daemon() {
  Program program{"tickcached", {}, {}};
  for (const daemon::Option& option : daemon::option_table())
    program.options.push_back(option_of(option));
  return program;
}

}  // namespace tickcache::generate
