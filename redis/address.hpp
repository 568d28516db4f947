// Where Redis is: the URL of a server, or of the Sentinels that know it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "options/endpoint.hpp"

namespace tickcache::redis {

/// Never contains a password: it may be logged.
struct Address {
  std::vector<options::Endpoint> hosts;  ///< the server, or the Sentinels
  std::string master;                    ///< what the Sentinels call it; empty: no Sentinels
  unsigned database = 0;

  [[nodiscard]] bool has_sentinels() const noexcept { return !master.empty(); }
  /// The canonical URL: with every port, and the database unless it is 0.
  [[nodiscard]] std::string text() const;

  bool operator==(const Address&) const = default;
};

/// Whether `url` begins with redis:// or redis-sentinel://.
[[nodiscard]] bool is_redis_url(std::string_view url);

/// redis://HOST[:PORT][/DATABASE] or redis-sentinel://HOST[:PORT],…/MASTER[/DATABASE]. Sets `out`
/// and returns an empty string, or returns an error message with the accepted syntax, which repeats
/// nothing of `text`.
[[nodiscard]] std::string parse_address(std::string_view text, Address& out);

/// A feed's name: 1 to 64 letters, digits, '.', '_' or '-'. As parse_address().
[[nodiscard]] std::string parse_feed_name(std::string_view text, std::string& out);

}  // namespace tickcache::redis
