#include "redis/redis_server.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "support/soon.hpp"

namespace tickcache::test {
namespace {

std::string ask_port(std::uint16_t port, const std::vector<std::string>& command) {
  std::vector<std::string> arguments = {"-h", "127.0.0.1", "-p", std::to_string(port)};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return run_to_end({"/usr/bin/redis-cli", arguments, {}}).out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

RedisServer::RedisServer(std::string hosts) : hosts_(std::move(hosts)) {}

void RedisServer::start(std::vector<std::string> options) {
  // It puts the words after --bind together.
  std::vector<std::string> arguments = {"--port",
                                        std::to_string(port()),
                                        "--save",
                                        "",
                                        "--appendonly",
                                        "no",
                                        "--dir",
                                        directory_.path(""),
                                        "--protected-mode",
                                        "no",
                                        "--repl-diskless-sync-delay",
                                        "0",
                                        "--bind",
                                        "127.0.0.1"};
  std::istringstream hosts(hosts_);
  for (std::string host; hosts >> host;) arguments.push_back(host);
  arguments.insert(arguments.end(), options.begin(), options.end());
  program_ = std::make_unique<Program>(Command{"/usr/bin/redis-server", arguments, {}});
  // Also if it wants a password first.
  const bool answers = soon([&] {
    const std::string answer = ask({"PING"});
    return has(answer, "PONG") || has(answer, "NOAUTH");
  });
  REQUIRE_MESSAGE(answers, program_->out());
}

std::string RedisServer::url() const { return "redis://127.0.0.1:" + std::to_string(port()); }

std::string RedisServer::ask(std::vector<std::string> command) const {
  return ask_port(port(), command);
}

RedisSentinel::RedisSentinel(const RedisServer& master) {
  const std::string file = directory_.write(
      "sentinel.conf", "port " + std::to_string(port()) + "\nbind 127.0.0.1\ndir " +
                           directory_.path("") + "\nsentinel monitor mymaster 127.0.0.1 " +
                           std::to_string(master.port()) +
                           " 2\nsentinel down-after-milliseconds mymaster 1000\n"
                           "sentinel failover-timeout mymaster 3000\n");
  program_ =
      std::make_unique<Program>(Command{"/usr/bin/redis-sentinel", {file, "--sentinel"}, {}});
  REQUIRE(soon([&] { return has(ask_port(port(), {"PING"}), "PONG"); }));
}

std::uint16_t RedisSentinel::master() const {
  const auto lines =
      lines_of(ask_port(port(), {"SENTINEL", "get-master-addr-by-name", "mymaster"}));
  return lines.size() == 2 ? static_cast<std::uint16_t>(std::stoi(lines[1])) : 0;
}

bool RedisSentinel::is_ready(std::size_t sentinels) const {
  const std::string info = ask_port(port(), {"INFO", "sentinel"});
  return has(info, "slaves=1,sentinels=" + std::to_string(sentinels));
}

}  // namespace tickcache::test
