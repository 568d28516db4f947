// Where the exchange's WebSocket is, how the key is shown to it, and how it refuses one.
#pragma once

#include <string>
#include <string_view>

namespace tickcache::daemon {

/// What a URL's path ends with.
inline constexpr std::string_view kEndpointPath = "/ws/v1";

/// The target of the upgrade's request. `key` is percent-encoded.
inline std::string upgrade_target(const std::string& path, std::string_view key) {
  return (path + "?api_key=").append(key);
}

/// Whether an HTTP status in answer to the upgrade refuses the key.
constexpr bool status_rejects_key(int status) { return status == 401 || status == 403; }

/// Whether a close code does, after the upgrade: the server's own, its predecessor's, and the
/// standard's "policy violation".
constexpr bool close_rejects_key(int code) { return code == 4401 || code == 4001 || code == 1008; }

}  // namespace tickcache::daemon
