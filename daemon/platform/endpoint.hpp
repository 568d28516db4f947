// The exchange's endpoints: the WebSocket's path, how the key is passed, how a key is rejected, and
// the names of HTTP headers.
#pragma once

#include <string>
#include <string_view>

namespace tickcache::daemon {

/// The end of every URL's path.
inline constexpr std::string_view kEndpointPath = "/ws/v1";

/// The target of the upgrade request. `key` must be percent-encoded.
inline std::string upgrade_target(const std::string& path, std::string_view key) {
  return (path + "?api_key=").append(key);
}

/// Whether this HTTP status in response to the upgrade rejects the key.
constexpr bool status_rejects_key(int status) { return status == 401 || status == 403; }

/// Whether this close code after the upgrade rejects the key: the server's own, its predecessor's,
/// and the standard "policy violation".
constexpr bool close_rejects_key(int code) { return code == 4401 || code == 4001 || code == 1008; }

/// The request header that holds the key.
inline constexpr std::string_view kKeyHeader = "X-API-Key";
/// Response headers: requests left in this minute, and when the next one begins, in Unix seconds.
inline constexpr std::string_view kLimitRemainingHeader = "X-RateLimit-Remaining";
inline constexpr std::string_view kLimitResetHeader = "X-RateLimit-Reset";

}  // namespace tickcache::daemon
