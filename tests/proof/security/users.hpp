// Programs of the project, started as users that need not exist.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "e2e/installation.hpp"

namespace tickcache::test {

/// A user and the groups it is in.
struct User {
  unsigned number;
  std::vector<unsigned> groups;
};

/// Copies of the built programs that every user may run, wherever the originals lie.
class SharedPrograms {
 public:
  SharedPrograms() {
    chmod(directory_.path("").c_str(), 0755);
    for (const std::string from : {TICKCACHED_PROGRAM, TICKCACHE_PROGRAM, TICKCACHE_LIBRARY}) {
      std::filesystem::copy(from, path(std::filesystem::path(from).filename().string()));
    }
  }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_.path(name); }
  [[nodiscard]] std::string write(const std::string& name, const std::string& content,
                                  const User& owner, mode_t mode) const {
    const std::string file = directory_.write(name, content, mode);
    REQUIRE(chown(file.c_str(), owner.number, owner.groups.at(0)) == 0);
    return file;
  }

  /// What starts `program` ("tickcached" or "tickcache") as `user`.
  [[nodiscard]] Command as(const User& user, const std::string& program,
                           const std::vector<std::string>& arguments,
                           std::vector<std::string> environment) const {
    std::string groups;
    for (const unsigned group : user.groups) {
      groups += (groups.empty() ? "" : ",") + std::to_string(group);
    }
    std::vector<std::string> all{"--reuid=" + std::to_string(user.number),
                                 "--regid=" + std::to_string(user.groups.at(0)),
                                 "--groups=" + groups, "--no-new-privs", path(program)};
    all.insert(all.end(), arguments.begin(), arguments.end());
    environment.push_back("LD_LIBRARY_PATH=" + path(""));
    return {SETPRIV_PROGRAM, all, std::move(environment)};
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace tickcache::test
