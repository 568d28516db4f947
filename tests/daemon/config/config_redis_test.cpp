// A feed that comes by Redis.
#include "tests/daemon/config/config_fixture.hpp"

namespace tickcache::daemon {
namespace {

TEST_CASE("a Redis URL needs a feed, and no API key") {
  Fixture f;
  f.environment.clear();
  f.arguments = {"--url=redis://Cache.example:7000/2"};
  CHECK(has(f.error(), "needs the name of the feed there; give it with feed"));
  f.arguments.emplace_back("--feed=main");
  const Config config = f.config();
  REQUIRE(config.redis);
  CHECK(config.redis->text() == "redis://cache.example:7000/2");
  CHECK(upstream_text(config) == "redis://cache.example:7000/2, feed main");
  CHECK(has(describe(config), "url = redis://cache.example:7000/2\n"));
  CHECK(config.api_key.empty());
  f.arguments.emplace_back("--feed=a b");
  f.arguments.erase(f.arguments.begin() + 1);
  CHECK(has(f.error(), "must be 1 to 64 letters"));
}

TEST_CASE("an exchange's URL after all needs a key") {
  Fixture f;
  f.environment.clear();
  f.arguments = {"--feed=main", "--url=ws://localhost:8000"};
  CHECK(has(f.error(), "no API key"));
}

TEST_CASE("the password for Redis comes from a file or the service, and is never shown") {
  Fixture f;
  f.environment.clear();
  f.arguments = {"--url=redis://127.0.0.1", "--feed=main",
                 "--redis-password-file=" + f.directory.write("p", "of the file\n")};
  CHECK(f.config().redis_password == "of the file");
  CHECK_FALSE(has(describe(f.config()), "of the file"));
  f.arguments.pop_back();
  f.environment["CREDENTIALS_DIRECTORY"] = f.directory.path("");
  CHECK(f.config().redis_password.empty());
  // As the unit has it without a file: a line end stands for none.
  static_cast<void>(f.directory.write("redis_password", "\n"));
  static_cast<void>(f.directory.write("api_key", "\n"));
  CHECK(f.config().redis_password.empty());
  CHECK(f.config().api_key.empty());
  static_cast<void>(f.directory.write("redis_password", "of the service\n"));
  CHECK(f.config().redis_password == "of the service");
  f.arguments = {"--url=redis://user:word@127.0.0.1", "--feed=main"};
  const std::string error = f.error();
  CHECK(has(error, "redis-password-file"));
  CHECK_FALSE(has(error, "word@"));
}

TEST_CASE("a password that every user can read is warned about") {
  Fixture f;
  f.environment.clear();
  const std::string file = f.directory.write("p", "of the file\n", 0644);
  f.arguments = {"--url=redis://127.0.0.1", "--feed=main", "--redis-password-file=" + file};
  const Loaded loaded = f.load_all();
  REQUIRE(loaded.config);
  CHECK(loaded.config->redis_password == "of the file");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(has(loaded.warnings[0], "redis-password-file"));
  CHECK(has(loaded.warnings[0], "every user"));
}

TEST_CASE("a key that the service does not have is said to be missing") {
  Fixture f;
  f.environment.clear();
  f.environment["CREDENTIALS_DIRECTORY"] = f.directory.path("");
  static_cast<void>(f.directory.write("api_key", "\n"));
  CHECK(has(f.error(), "no API key"));
}

}  // namespace
}  // namespace tickcache::daemon
