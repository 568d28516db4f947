#include "options/command_line.hpp"

#include <algorithm>

#include "options/text.hpp"

namespace tickcache::options {
namespace {

bool looks_like_option(std::string_view text) { return text.size() > 1 && text[0] == '-'; }

class Parser {
 public:
  Parser(const Options& options, const std::vector<std::string>& arguments)
      : options_(options), arguments_(arguments) {}

  CommandLine run() {
    bool only_words = false;
    for (; at_ < arguments_.size(); ++at_) {
      const std::string_view text = arguments_[at_];
      if (only_words || !looks_like_option(text)) {
        result_.arguments.push_back({nullptr, std::string(text), at_ + 1});
      } else if (text == "--") {
        only_words = true;
      } else if (text[1] == '-') {
        take_name(text);
      } else {
        take_letters(text);
      }
    }
    return std::move(result_);
  }

 private:
  void take_name(std::string_view text) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const Option* option =
        find([&](const Option* o) { return o->name == text.substr(2, equals - 2); });
    if (option == nullptr) {
      take_unknown(text);
    } else if (equals == text.size()) {
      take_next(*option);
    } else if (option->value.empty()) {
      result_.errors.push_back("--" + std::string(option->name) + " takes no value");
    } else {
      add(*option, text.substr(equals + 1));
    }
  }

  void take_letters(std::string_view text) {
    for (std::string_view rest = text.substr(1); !rest.empty();) {
      const Option* option = find([&](const Option* o) { return o->letter == rest.front(); });
      rest.remove_prefix(1);
      if (option == nullptr) return take_unknown(text);
      if (!option->value.empty() && !rest.empty()) return add(*option, rest);
      take_next(*option);
    }
  }

  /// The option's value is the next argument, or it has none.
  void take_next(const Option& option) {
    const bool at_end = at_ + 1 == arguments_.size();
    if (!option.value.empty() && !at_end && !looks_like_option(arguments_[at_ + 1])) {
      add(option, arguments_[++at_]);
    } else if (option.value.empty() || option.value.starts_with('[')) {
      add(option, "true");
    } else {
      if (at_end) result_.unfinished = &option;
      const std::string name = "--" + std::string(option.name);
      result_.errors.push_back(name + " needs a value, as in " + name + '=' +
                               std::string(option.value));
    }
  }

  void take_unknown(std::string_view text) {
    result_.errors.push_back(unknown_option(options_, text.substr(0, text.find('='))));
    // The next word was meant as its value.
    if (at_ + 1 < arguments_.size() && !looks_like_option(arguments_[at_ + 1])) ++at_;
  }

  void add(const Option& option, std::string_view value) {
    result_.arguments.push_back({&option, std::string(value), at_ + 1});
  }

  template <class Matches>
  [[nodiscard]] const Option* find(Matches matches) const {
    const auto found = std::find_if(options_.begin(), options_.end(), matches);
    return found == options_.end() ? nullptr : *found;
  }

  const Options& options_;
  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  CommandLine result_;
};

}  // namespace

CommandLine parse_command_line(const Options& options, const std::vector<std::string>& arguments) {
  return Parser(options, arguments).run();
}

std::string unknown_option(const Options& options, std::string_view written) {
  const std::size_t dashes = std::min(written.find_first_not_of('-'), written.size());
  std::string name(written.substr(dashes));
  std::replace(name.begin(), name.end(), '_', '-');
  std::vector<std::string_view> names;
  for (const Option* option : options) names.push_back(option->name);
  const std::string_view near = nearest(name, names);
  std::string text = "unknown option " + quoted(written);
  if (near.empty()) return text;
  return text + "; did you mean '" + (dashes > 0 ? "--" : "") + std::string(near) + "'?";
}

}  // namespace tickcache::options
