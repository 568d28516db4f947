// The command line that every test's tickcached has.
#pragma once

#include <string>
#include <vector>

namespace tickcache::faults {

/// A backoff of 20 to 100 ms, ticker_all as the only channel, no REST, and no lag, as the messages'
/// times are fixed; each of `changes`,
/// "--name=value", adds an option or replaces one.
inline std::vector<std::string> arguments_with(const std::vector<std::string>& changes) {
  std::vector<std::string> result = {"--orders=false",    "--portfolio=false", "--backoff-min=0.02",
                                     "--backoff-max=0.1", "--rest=false",      "--max-lag=0"};
  for (const std::string& change : changes) {
    const std::string name = change.substr(0, change.find('=') + 1);
    std::erase_if(result, [&](const std::string& old) { return old.starts_with(name); });
    result.push_back(change);
  }
  return result;
}

}  // namespace tickcache::faults
