#include "daemon/config/given.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cerrno>
#include <chrono>
#include <sstream>

#include "daemon/config/bounded_read.hpp"
#include "daemon/config/config_values.hpp"
#include "daemon/config/option_table.hpp"

namespace tickcache::daemon {
namespace {

namespace po = boost::program_options;

// Every value is taken as text here: Program_options stops at the first value that does not
// convert, and all mistakes are to be reported.
const po::options_description& description() {
  static const po::options_description result = [] {
    po::options_description all;
    for (const Option& option : option_table()) {
      auto* value = po::value<std::string>();
      if (option.is_bool()) value->implicit_value("true");
      all.add_options()(std::string(option.name).c_str(), value);
    }
    return all;
  }();
  return result;
}

void add(GivenOptions& given, Given option) {
  const auto same = std::find_if(given.options.begin(), given.options.end(),
                                 [&](const Given& other) { return other.option == option.option; });
  if (same == given.options.end()) {
    given.options.push_back(std::move(option));
  } else {
    given.errors.push_back(option.where + ": " + option.option + ": is given twice" +
                           (same->where == option.where ? "" : ", first in " + same->where) +
                           "; keep one");
  }
}

// The value is not repeated: after a name that is unknown it may be anything, such as a key.
std::string unknown_option(const std::string& where, const std::string& name) {
  return where + ": unknown option " + in_quotes(name) + suggestion_for(name);
}

constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kPipeWait{5000};
constexpr std::chrono::milliseconds kNoWait{0};
constexpr const char* kCommandLine = "command line";

std::string option_name(const std::string& argument) {
  const std::string text = argument.substr(0, argument.find('='));
  return text.substr(std::min(text.find_first_not_of('-'), text.size()));
}

void add_argument(GivenOptions& given, const po::option& parsed) {
  if (parsed.unregistered) {
    given.errors.push_back(unknown_option(kCommandLine, parsed.string_key));
  } else {
    add(given,
        {parsed.string_key, parsed.value.empty() ? "true" : parsed.value.front(), kCommandLine});
  }
}

// Its text is not repeated: people do put the key there.
std::string not_an_option(std::size_t number) {
  return "command line: argument " + std::to_string(number) +
         " is not an option; they begin with '--', as in --symbols=BTCUSDT";
}

// Program_options throws at the first mistake; given the arguments from one option to the next,
// it finds the mistakes of each. `chunk` begins at the argument of that number, from 1.
void add_chunk(GivenOptions& given, const std::vector<std::string>& chunk, std::size_t number) {
  using Style = po::command_line_style::style_t;
  try {
    // No abbreviations: they would change their meaning with every new option.
    const auto options =
        po::command_line_parser(chunk)
            .options(description())
            .style(Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next)
            .allow_unregistered()
            .run()
            .options;
    bool after_unknown = false;
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (!options[i].string_key.empty()) {
        add_argument(given, options[i]);
        after_unknown = options[i].unregistered;
      } else if (!after_unknown) {
        // What follows an unknown option was meant as its value.
        given.errors.push_back(not_an_option(number + chunk.size() - options.size() + i));
      }
    }
  } catch (const po::invalid_command_line_syntax& error) {
    const std::string name = option_name(chunk.front());
    const Option* option = find_option(name);
    if (option == nullptr) {
      given.errors.push_back(unknown_option(kCommandLine, name));
    } else if (error.kind() == po::invalid_syntax::empty_adjacent_parameter) {
      add(given, {name, "", kCommandLine});  // "--candles=": to some options nothing is a value
      for (std::size_t i = 1; i < chunk.size(); ++i) {
        given.errors.push_back(not_an_option(number + i));
      }
    } else {
      given.errors.push_back("command line: " + name + ": needs a value, as in --" + name + '=' +
                             std::string(option->argument));
    }
  }
}

std::string trimmed(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  return begin == line.npos ? std::string()
                            : line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

// Line by line, so that an error can name its line and does not hide those after it.
void add_line(GivenOptions& given, const std::string& line, const std::string& where) {
  if (trimmed(line).starts_with('[')) {
    given.errors.push_back(where + ": sections are not used; remove the line");
    return;
  }
  std::istringstream stream(line);
  try {
    for (const po::option& parsed : po::parse_config_file(stream, description(), true).options) {
      const Option* option = find_option(parsed.string_key);
      if (option == nullptr) {
        given.errors.push_back(unknown_option(where, parsed.string_key));
      } else if (!option->in_file) {
        given.errors.push_back(where + ": " + parsed.string_key +
                               ": is for the command line only; remove the line");
      } else {
        add(given, {parsed.string_key, parsed.value.front(), where});
      }
    }
  } catch (const po::invalid_config_file_syntax&) {
    given.errors.push_back(where + ": must be 'name = value', or a comment that begins with '#'");
  }
}

/// Returns what is wrong with the file.
std::string read_text(const ReadableFile& file, Pipe pipe, std::string& text) {
  if (!file.is_open()) return "cannot be read: " + system_error_text();
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return "cannot be read: " + system_error_text();
  const bool is_pipe = S_ISFIFO(info.st_mode);
  if (is_pipe && pipe == Pipe::refuse) {
    return "is a pipe, which can be read only when tickcached starts";
  }
  if (!is_pipe && !S_ISREG(info.st_mode) && !S_ISCHR(info.st_mode)) {  // /dev/null is one
    return "cannot be read; it must be a file that this user may read";
  }
  std::size_t size = 0;
  text.resize(kMaxFile + 1);
  std::string problem = file.read(text, is_pipe ? kPipeWait : kNoWait, size);
  if (problem.empty() && size > kMaxFile) problem = "is too long for a configuration";
  if (problem.empty() && is_pipe && size == 0) problem = "is a pipe that nobody has written to";
  text.resize(size);
  return problem;
}

}  // namespace

GivenOptions given_on_command_line(const std::vector<std::string>& arguments) {
  GivenOptions given;
  for (auto begin = arguments.begin(); begin != arguments.end();) {
    const auto end = std::find_if(begin + 1, arguments.end(),
                                  [](const std::string& text) { return text.starts_with('-'); });
    if (begin->starts_with('-') && !begin->starts_with("--")) {
      given.errors.push_back("command line: unknown option " + in_quotes(*begin) +
                             "; options have long names, as in --help");
    } else {
      add_chunk(given, {begin, end}, static_cast<std::size_t>(begin - arguments.begin()) + 1);
    }
    begin = end;
  }
  return given;
}

GivenOptions given_in_environment(
    const std::function<std::optional<std::string>(const std::string&)>& variable) {
  GivenOptions given;
  for (const Option& option : option_table()) {
    if (option.environment.empty()) continue;
    const std::string name(option.environment);
    std::optional<std::string> value = variable(name);
    if (value && !value->empty()) {
      given.options.push_back(
          {std::string(option.name), std::move(*value), "environment variable " + name});
    }
  }
  return given;
}

GivenOptions given_in_file(const std::string& path, WhenMissing when_missing, Pipe pipe) {
  GivenOptions given;
  const bool named = when_missing == WhenMissing::is_error;
  const ReadableFile file(path);
  if (!file.is_open() && !named && (errno == ENOENT || errno == ENOTDIR)) return given;
  std::string text;
  const std::string problem = read_text(file, pipe, text);
  if (!problem.empty()) {
    given.errors.push_back((named ? "command line: config: " : "") + in_quotes(path) + ": " +
                           problem);
    return given;
  }
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    add_line(given, line, path + ':' + std::to_string(number));
  }
  return given;
}

}  // namespace tickcache::daemon
