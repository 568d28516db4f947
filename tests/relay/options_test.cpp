#include "bridges/relay/option_table.hpp"

#include <doctest/doctest.h>

#include <map>

#include "support/bridge_options.hpp"
#include "support/program.hpp"

namespace tickcache::relay {
namespace {

using test::has;

struct Given : test::BridgeOptions<Config> {
  Given() : BridgeOptions(program()) {}
};

TEST_CASE("options: without any, this machine's own clients on port 8010") {
  Given given;
  const Config config = given.config();
  CHECK(config.listen.text() == "127.0.0.1:8010");
  CHECK(config.segment == "tickcache");
  CHECK(config.max_clients == 1000);
  CHECK(config.token.empty());
}

TEST_CASE("options: the command line comes before the environment, then the file") {
  Given given;
  given.file = given.directory.write("relay.conf",
                                     "segment = of-file\nmax-clients = 7\nhosts = a.example,b\n");
  given.environment["TICKCACHE_SEGMENT"] = "of-environment";
  given.arguments = {"--max-clients=9"};
  const Config config = given.config();
  CHECK(config.segment == "of-environment");
  CHECK(config.max_clients == 9);
  CHECK(config.hosts == std::vector<std::string>{"a.example", "b"});
}

TEST_CASE("options: others reach it only with allow-remote and a token") {
  Given given;
  given.arguments = {"--listen=0.0.0.0:8010"};
  CHECK(has(given.error(), "can be reached from other machines"));
  given.arguments.emplace_back("--allow-remote");
  CHECK(has(given.error(), "needs token-file"));
  given.arguments.push_back("--token-file=" +
                            given.directory.write("token", "  0123456789abcdef\n"));
  CHECK(given.config().token == "0123456789abcdef");
  for (const char* loopback :
       {"--listen=[::1]:1", "--listen=127.5.5.5:1", "--listen=localhost:1"}) {
    given.arguments = {loopback};
    CAPTURE(loopback);
    CHECK(given.config().token.empty());
  }
}

TEST_CASE("options: a token that is none is refused, and not shown") {
  Given given;
  for (const std::string& text : {std::string("hush-too-short"), std::string(),
                                  std::string(513, 'x'), std::string("hush with blanks in it"),
                                  std::string("hush-of-two-lines-1\nhush-of-two-lines-2\n")}) {
    given.arguments = {"--token-file=" + given.directory.write("token", text)};
    const std::string error = given.error();
    CHECK(has(error, "token-file"));
    CHECK(has(error, "16 to 512 characters"));
    CHECK_FALSE(has(error, "hush"));
  }
  given.arguments = {"--token-file=" + given.directory.path("none")};
  CHECK(has(given.error(), "No such file"));
  given.arguments = {"--token-file=" + given.directory.path("")};
  CHECK(has(given.error(), "token-file"));
}

TEST_CASE("options: each error says where it is and what would be right") {
  Given given;
  for (const auto& wrong : std::map<std::string, std::string>{
           {"--listen=8010", "listen"},
           {"--listen=127.0.0.1:65536", "1 to 65535"},
           {"--listen=prices.example:8010", "use localhost or an address"},
           {"--max-clients=0", "from 1 to 65536"},
           {"--max-clients=x", "max-clients"},
           {"--lisen=127.0.0.1:1", "listen"},
           {"--config=" + given.directory.path("none.conf"), "none.conf"},
       }) {
    given.arguments = {wrong.first};
    CAPTURE(wrong.first);
    CHECK(has(given.error(), wrong.second));
  }
  given.arguments = {};
  given.file = given.directory.write("relay.conf", "max-clients = 1\nmax-client = 2\n");
  const std::string error = given.error();
  CHECK(has(error, "relay.conf:2"));
  CHECK(has(error, "max-clients"));
}

TEST_CASE("options: the configuration that is printed is one that can be read") {
  Given given;
  given.arguments = {"--hosts=a.example,b.example", "--origins=https://desk.example",
                     "--segment=other", "--listen=[::1]:9"};
  const Config config = given.config();
  Given again;
  again.file = again.directory.write("relay.conf", program().describe(config));
  const Config read = again.config();
  CHECK(read.listen == config.listen);
  CHECK(read.hosts == config.hosts);
  CHECK(read.origins == config.origins);
  CHECK(read.segment == config.segment);
}

TEST_CASE("options: help names every option of the file") {
  const std::string help = options::help_text(program().texts, program().declared());
  Given given;
  const std::string written = program().describe(given.config());
  for (std::size_t begin = 0; begin < written.size();) {
    const std::size_t end = written.find('\n', begin);
    const std::string name = written.substr(begin, written.find(' ', begin) - begin);
    CHECK(has(help, "--" + name));
    begin = end + 1;
  }
  CHECK(options::version_text(program().texts).starts_with("tickcache-relay "));
}

}  // namespace
}  // namespace tickcache::relay
