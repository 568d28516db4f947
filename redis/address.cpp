#include "redis/address.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "options/text.hpp"

namespace tickcache::redis {
namespace {

constexpr std::string_view kPlain = "redis://";
constexpr std::string_view kSentinels = "redis-sentinel://";
constexpr std::uint16_t kPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr unsigned kMaxDatabase = 9999;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string parse_database(std::string_view text, unsigned& out) {
  if (text.empty()) return {};
  out = options::number<unsigned>(text).value_or(kMaxDatabase + 1);
  if (out <= kMaxDatabase) return {};
  return "has a database that is no number; write it as in redis://127.0.0.1:6379/0";
}

std::string parse_hosts(std::string_view text, std::uint16_t default_port,
                        std::vector<options::Endpoint>& out) {
  for (const std::string& one : options::split(text, ',')) {
    options::Endpoint host{{}, default_port};
    std::string problem = options::parse_authority(one, host.host, host.port);
    if (!problem.empty()) return problem;
    out.push_back(std::move(host));
  }
  return out.empty() ? "has no host" : "";
}

}  // namespace

bool is_redis_url(std::string_view url) {
  const std::string start = options::lower_case(url.substr(0, kSentinels.size()));
  return start.starts_with(kPlain) || start == kSentinels;
}

std::string Address::text() const {
  std::string text(has_sentinels() ? kSentinels : kPlain);
  for (const options::Endpoint& host : hosts) {
    if (&host != &hosts.front()) text += ',';
    text += host.text();
  }
  if (has_sentinels()) text += '/' + master;
  if (database != 0) text += '/' + std::to_string(database);
  return text;
}

std::string parse_address(std::string_view text, Address& out) {
  if (!is_redis_url(text)) {
    return "must begin with redis:// or redis-sentinel://, as in redis://127.0.0.1:6379";
  }
  const bool sentinels = options::lower_case(text.substr(0, kPlain.size())) != kPlain;
  std::string_view rest = text.substr((sentinels ? kSentinels : kPlain).size());
  if (rest.find('@') != rest.npos) {
    return "has user information ('@'), which would end up in logs; use redis-user and "
           "redis-password-file";
  }
  if (rest.find_first_of("?#") != rest.npos) return "has a query or a fragment, which mean nothing";
  Address address;
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string problem =
      parse_hosts(rest.substr(0, slash), sentinels ? kSentinelPort : kPort, address.hosts);
  if (!problem.empty()) return problem;
  if (!sentinels && address.hosts.size() > 1) {
    return "has several hosts; write redis-sentinel://HOST,HOST,HOST/MASTER for Sentinels";
  }
  rest.remove_prefix(std::min(slash + 1, rest.size()));
  if (sentinels) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    address.master = rest.substr(0, end);
    if (!is_name(address.master)) {
      return "must name what the Sentinels watch, as in "
             "redis-sentinel://10.0.0.1,10.0.0.2,10.0.0.3/mymaster";
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  problem = parse_database(rest, address.database);
  if (problem.empty()) out = std::move(address);
  return problem;
}

std::string parse_feed_name(std::string_view text, std::string& out) {
  if (!is_name(text)) return "must be 1 to 64 letters, digits, '.', '_' or '-'";
  out = text;
  return {};
}

}  // namespace tickcache::redis
