#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tickcache::sim {

// The target of an HTTP request, taken apart and percent-decoded.
class Target {
 public:
  explicit Target(std::string_view target);

  const std::string& path() const noexcept { return path_; }
  // The first value of that name.
  std::optional<std::string> find(std::string_view name) const;
  std::string value(std::string_view name) const { return find(name).value_or(""); }
  // The same, taken apart at its commas; empty parts are left out.
  std::vector<std::string> list(std::string_view name) const;

 private:
  std::string path_;
  std::vector<std::pair<std::string, std::string>> query_;
};

}  // namespace tickcache::sim
