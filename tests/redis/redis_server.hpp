// Debian's redis-server and redis-sentinel, for a test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/loopback_port.hpp"
#include "support/program.hpp"
#include "support/temporary_directory.hpp"

namespace tickcache::test {

/// A server on a free port, which keeps nothing on disk. Runs from start() on; killed on
/// destruction.
class RedisServer {
 public:
  /// `hosts`: where it listens, besides 127.0.0.1; separated by blanks.
  explicit RedisServer(std::string hosts = {});

  /// Returns when it answers. `options` are those of redis-server, as "--maxmemory", "5mb".
  void start(std::vector<std::string> options = {});
  void kill() { program_->kill(); }
  void suspend() { program_->suspend(); }
  void resume() { program_->signal(SIGCONT); }

  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  [[nodiscard]] std::string url() const;
  /// What `redis-cli` prints for a command.
  [[nodiscard]] std::string ask(std::vector<std::string> command) const;

 private:
  TemporaryDirectory directory_;
  LoopbackPort port_{PortUse::is_free};
  std::string hosts_;
  std::unique_ptr<Program> program_;
};

/// A Sentinel that watches a server as "mymaster".
class RedisSentinel {
 public:
  explicit RedisSentinel(const RedisServer& master);
  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  /// The port of the server that it names as the master.
  [[nodiscard]] std::uint16_t master() const;
  /// Whether it knows another Sentinel, and a replica.
  [[nodiscard]] bool is_ready(std::size_t sentinels) const;

 private:
  TemporaryDirectory directory_;
  LoopbackPort port_{PortUse::is_free};
  std::unique_ptr<Program> program_;
};

}  // namespace tickcache::test
