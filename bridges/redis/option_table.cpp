#include "bridges/redis/option_table.hpp"

namespace tickcache::redis {
namespace {

using options::setting;
using Text = std::string_view;

std::string show_address(const Address& value) { return value.text(); }

constexpr Text kPublishing = "Publishing";
constexpr Text kGeneral = "General";

// clang-format off
constexpr Option kOptions[] = {
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

    setting<&Config::segment>(
        {.name = "segment", .value = "NAME", .initial = "tickcache",
         .environment = "TICKCACHE_SEGMENT", .group = kGeneral,
         .help = "Name of the shared memory segment that tickcached writes."}),
    setting<&Config::config_file>(
        {.name = "config", .value = "FILE", .group = kGeneral, .in_file = false,
         .help = "Read this file instead of /etc/tickcache/redis.conf."}),
    setting<&Config::check_config>(
        {.name = "check-config", .initial = "false", .group = kGeneral, .in_file = false,
         .help = "Print the configuration that would be in force, and exit."}),
    setting<&Config::version>(
        {.name = "version", .letter = 'V', .initial = "false", .group = kGeneral, .in_file = false,
         .help = "Print the version, and exit."}),
    setting<&Config::help>(
        {.name = "help", .letter = 'h', .initial = "false", .group = kGeneral, .in_file = false,
         .help = "Print this help, and exit."}),
};
// clang-format on

}  // namespace

std::span<const Option> option_table() { return kOptions; }

}  // namespace tickcache::redis
