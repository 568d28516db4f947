#include "bridges/redis/options.hpp"

#include <doctest/doctest.h>

#include <map>

#include "support/program.hpp"
#include "support/temporary_directory.hpp"

namespace tickcache::redis {
namespace {

using test::has;
using test::TemporaryDirectory;

struct Given {
  TemporaryDirectory directory;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
  std::string file = directory.path("redis.conf");

  Loaded loaded() {
    return load(
        arguments,
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = environment.find(name);
          return found == environment.end() ? std::nullopt : std::optional(found->second);
        },
        file);
  }
  Config config() {
    Loaded result = loaded();
    for (const std::string& error : result.errors) FAIL_CHECK(error);
    REQUIRE(result.config);
    return *result.config;
  }
};

TEST_CASE("options: without any, the feed main in this machine's Redis") {
  Given given;
  const Config config = given.config();
  CHECK(config.url.text() == "redis://127.0.0.1:6379");
  CHECK(config.feed == "main");
  CHECK(config.segment == "tickcache");
  CHECK(config.password.empty());
}

TEST_CASE("options: the password comes from a file or a credential, and is never shown") {
  Given given;
  given.arguments = {"--redis-password-file=" + given.directory.write("p", "of file\n")};
  CHECK(given.config().password == "of file");
  CHECK_FALSE(has(describe(given.config()), "of file"));
  given.arguments.clear();
  static_cast<void>(given.directory.write("redis_password", "of credential\n"));
  given.environment["CREDENTIALS_DIRECTORY"] = given.directory.path("");
  CHECK(given.config().password == "of credential");
  // What the unit passes if there is none.
  static_cast<void>(given.directory.write("redis_password", "\n"));
  CHECK(given.config().password.empty());
}

TEST_CASE("options: a password that is none is an error, without it") {
  Given given;
  given.arguments = {"--redis-password-file=" + given.directory.write("p", "sec\nret")};
  Loaded result = given.loaded();
  CHECK_FALSE(result.config);
  REQUIRE(result.errors.size() == 1);
  CHECK(has(result.errors[0], "redis-password-file"));
  CHECK_FALSE(has(result.errors[0], "sec\nret"));
  given.arguments = {"--redis-password-file=" + given.directory.path("none")};
  result = given.loaded();
  REQUIRE(result.errors.size() == 1);
  CHECK(has(result.errors[0], "cannot be opened"));
}

}  // namespace
}  // namespace tickcache::redis
