#include "bridges/redis/option_table.hpp"

#include <doctest/doctest.h>

#include "support/bridge_options.hpp"
#include "support/program.hpp"

namespace tickcache::redis {
namespace {

using test::has;

struct Given : test::BridgeOptions<Config> {
  Given() : BridgeOptions(program()) {}
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
  CHECK_FALSE(has(program().describe(given.config()), "of file"));
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
  const std::string error = given.error();
  CHECK(has(error, "redis-password-file"));
  CHECK_FALSE(has(error, "sec\nret"));
  given.arguments = {"--redis-password-file=" + given.directory.path("none")};
  CHECK(has(given.error(), "cannot be opened"));
}

TEST_CASE("options: a password that every user can read is warned about") {
  Given given;
  given.arguments = {"--redis-password-file=" + given.directory.write("p", "secret\n", 0644)};
  const bridges::Loaded<Config> loaded = given.loaded();
  REQUIRE(loaded.config);
  CHECK(loaded.config->password == "secret");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(has(loaded.warnings[0], "redis-password-file"));
  CHECK(has(loaded.warnings[0], "every user"));
}

}  // namespace
}  // namespace tickcache::redis
