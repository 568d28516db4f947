#include "bridges/redis/option_table.hpp"

#include "options/setting.hpp"
#include "redis/password.hpp"

namespace tickcache::redis {
namespace {

using options::setting;
using Text = std::string_view;

std::string show_address(const Address& value) { return value.text(); }

constexpr Text kPublishing = "Publishing";

// clang-format off
constexpr options::Setting<Config> kOwn[] = {
    setting<&Config::url, parse_address, show_address>(
        {.name = "url", .value = "URL", .initial = "redis://127.0.0.1:6379", .group = kPublishing,
         .help = "Where to publish: redis://HOST:PORT/DATABASE, or redis-sentinel://HOST,HOST,HOST/MASTER. "
                 "Nothing is encrypted: prices, orders and the password can be read on the way."}),
    setting<&Config::feed, parse_feed_name>(
        {.name = "feed", .value = "NAME", .initial = "main", .group = kPublishing,
         .help = "Name of the feed. Several machines may publish one feed: one of them does, the "
                 "others stand by. They must have the same exchange and account."}),
    setting<&Config::user>(
        {.name = "redis-user", .value = "NAME", .group = kPublishing,
         .help = "User to log in to Redis as; without it, Redis' default user."}),
    setting<&Config::password_file>(
        {.name = "redis-password-file", .value = "FILE", .group = kPublishing,
         .help = "File with the password for Redis and nothing else. Without it, the systemd "
                 "credential redis_password, which the service takes from "
                 "/etc/tickcache/redis.password."}),
};
// clang-format on

constexpr auto kOptions =
    bridges::with_general(kOwn, "Read this file instead of /etc/tickcache/redis.conf.");

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
      kOptions,
      check};
  return kProgram;
}

}  // namespace tickcache::redis
