#include "bridges/redis/options.hpp"

#include "bridges/redis/option_table.hpp"
#include "redis/password.hpp"

namespace tickcache::redis {
namespace {

constexpr const char* kIntroduction = R"(Usage: tickcache-redis [--OPTION=VALUE]...

Publishes this machine's prices, candles, orders and portfolio in Redis, for tickcached on other
machines (url = redis://…, feed = NAME) and for any Redis client.

Options are read from the command line, environment, then file; the first wins. The file has lines
OPTION = VALUE.
)";

constexpr const char* kExamples = R"(
Examples:
  tickcache-redis --url=redis://10.0.0.5:6379 --feed=main --redis-password-file=/etc/tickcache/redis.password
  tickcache-redis --url=redis-sentinel://10.0.0.5,10.0.0.6,10.0.0.7/mymaster
  tickcached --url=redis://10.0.0.5:6379 --feed=main      (on another machine)
)";

void check(Config& config, bridges::Findings& findings) {
  findings.read_secret(
      {"redis-password-file", "redis_password", "redis.password"}, config, config.password_file,
      [&](const std::string& path) { return read_password(path, config.password); });
}

}  // namespace

const bridges::Program<Config>& program() {
  static const bridges::Program<Config> kProgram = {
      {.name = kName,
       .default_file = "/etc/tickcache/redis.conf",
       .example = "--url=redis://127.0.0.1:6379",
       .introduction = kIntroduction,
       .failure = "failure, such as a segment that this user may not read",
       .examples = kExamples},
      option_table(),
      check};
  return kProgram;
}

}  // namespace tickcache::redis
