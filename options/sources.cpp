#include "options/sources.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sstream>

#include "options/bounded_read.hpp"
#include "options/command_line.hpp"
#include "options/text.hpp"

namespace tickcache::options {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kPipeWait{5000};
constexpr std::chrono::milliseconds kNoWait{0};

void add(InputLayer& source, Assignment now) {
  const auto& all = source.assignments;
  const auto same = std::find_if(all.begin(), all.end(), [&](const Assignment& earlier) {
    return earlier.option == now.option;
  });
  if (same == all.end()) {
    source.assignments.push_back(std::move(now));
  } else {
    source.errors.push_back(now.origin + ": " + now.option + ": is given twice" +
                            (same->origin == now.origin ? "" : ", first in " + same->origin) +
                            "; keep one");
  }
}

void add_line(InputLayer& source, const Options& options, std::string_view line,
              const std::string& origin) {
  line = trimmed(line.substr(0, line.find('#')));
  if (line.empty()) return;
  const std::size_t equals = line.find('=');
  const std::string name(trimmed(line.substr(0, equals)));
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const Option* one) { return one->name == name; });
  const Option* option = found == options.end() ? nullptr : *found;
  std::string problem;
  if (line.starts_with('[')) {
    problem = "sections are not used; remove the line";
  } else if (equals == line.npos || name.empty()) {
    problem = "must be 'name = value', or a comment that begins with '#'";
  } else if (option == nullptr) {
    problem = unknown_option(options, name);
  } else if (!option->in_file) {
    problem = name + ": is for the command line only; remove the line";
  } else {
    return add(source, {name, std::string(trimmed(line.substr(equals + 1))), origin});
  }
  source.errors.push_back(origin + ": " + problem);
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

InputLayer read_command_line(const Options& options, const std::vector<std::string>& arguments,
                             std::string_view example) {
  constexpr const char* kOrigin = "command line";
  InputLayer source;
  auto [parsed, errors, unfinished] = parse_command_line(options, arguments);
  for (const std::string& error : errors)
    source.errors.push_back(std::string(kOrigin) + ": " + error);
  for (const Argument& argument : parsed) {
    if (argument.option != nullptr) {
      add(source, {std::string(argument.option->name), argument.text, kOrigin});
    } else {
      // Its text is not repeated: people do put the key there.
      source.errors.push_back(
          std::string(kOrigin) + ": argument " + std::to_string(argument.place) +
          " is not an option; they begin with '--', as in " + std::string(example));
    }
  }
  return source;
}

InputLayer read_environment(
    const Options& options,
    const std::function<std::optional<std::string>(const std::string&)>& variable) {
  InputLayer source;
  for (const Option* option : options) {
    if (option->environment.empty()) continue;
    const std::string name(option->environment);
    std::optional<std::string> value = variable(name);
    if (value && !value->empty())
      add(source, {std::string(option->name), std::move(*value), "environment variable " + name});
  }
  return source;
}

InputLayer read_file(const Options& options, const std::string& path, WhenMissing when_missing,
                     Pipe pipe) {
  InputLayer source;
  const bool named = when_missing == WhenMissing::is_error;
  const ReadableFile file(path);
  if (!file.is_open() && !named && (errno == ENOENT || errno == ENOTDIR)) return source;
  std::string text;
  const std::string problem = read_text(file, pipe, text);
  if (!problem.empty()) {
    source.errors.push_back((named ? "command line: config: " : "") + quoted(path) + ": " +
                            problem);
    return source;
  }
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    add_line(source, options, line, path + ':' + std::to_string(number));
  }
  return source;
}

void Written::take(const InputLayer& layer) {
  for (const Assignment& one : layer.assignments) assignments_.try_emplace(one.option, one);
  errors.insert(errors.end(), layer.errors.begin(), layer.errors.end());
}

const Assignment* Written::find(std::string_view option) const {
  const auto found = assignments_.find(option);
  return found == assignments_.end() ? nullptr : &found->second;
}

void Written::fail(std::string_view option, const std::string& problem) {
  const Assignment* const written = find(option);
  errors.push_back((written == nullptr ? "default" : written->origin) + ": " + std::string(option) +
                   ": " + problem);
}

}  // namespace tickcache::options
