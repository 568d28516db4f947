// The key that the service is given, which --check-config looks at in the service's place.
#include "tests/daemon/config/config_fixture.hpp"

namespace tickcache::daemon {
namespace {

TEST_CASE("--check-config sees the key that the service is given, and no other run does") {
  Fixture f;
  f.environment.clear();
  f.write_file("tape = 2048\n");
  const std::string alice = f.directory.write("alice.conf", "tape = 4096\n");
  const std::string key = f.directory.write("api-key", "ak_service\n");
  CHECK(has(f.error(), "no API key"));

  f.arguments = {"--check-config"};
  Config config = f.config();
  CHECK(config.api_key == ApiKey("ak_service"));
  CHECK(has(describe(config),
            "api-key-file = (from systemd credential api_key, for which the service takes " + key +
                ", set)\n"));
  f.environment["AGENTEXCHANGE_API_KEY"] = kKey;  // this is what it would run with here
  CHECK(f.config().api_key_source == ApiKeySource::environment);
  f.environment.clear();
  CHECK(f.directory.write("api-key", "two words\n") == key);
  CHECK(has(f.error(), "the service's API key: '" + key + "': holds blanks"));

  // Of a further account.
  f.arguments = {"--check-config", "--config=" + alice};
  CHECK(has(f.error(), "no API key"));
  CHECK(has(f.directory.write("alice.key", "ak_alice"), "alice.key"));
  config = f.config();
  CHECK(config.api_key == ApiKey("ak_alice"));
  CHECK(config.tape == 4096);
  // Elsewhere there is no service.
  const TemporaryDirectory other;
  f.arguments = {"--check-config", "--config=" + other.write("bob.conf", "")};
  CHECK(has(other.write("bob.key", "ak_bob"), "bob.key"));
  CHECK(has(f.error(), "no API key"));
}

}  // namespace
}  // namespace tickcache::daemon
