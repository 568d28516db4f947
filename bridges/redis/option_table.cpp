#include "bridges/redis/option_table.hpp"

namespace tickcache::redis {
namespace {

using options::setting;
using Text = std::string_view;

std::string show_address(const Address& value) { return value.text(); }

constexpr Text kPublishing = "Publishing";

// clang-format off
constexpr Option kOwn[] = {
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

}  // namespace

std::span<const Option> option_table() { return kOptions; }

}  // namespace tickcache::redis
