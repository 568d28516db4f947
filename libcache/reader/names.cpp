// The names of the public enumerations' values.
#include "tickcache/status.hpp"

namespace tickcache {

namespace {

template <std::size_t N>
const char* name_of(const char* const (&names)[N], std::size_t value) noexcept {
  return value < N && names[value] != nullptr ? names[value] : "unknown";
}

}  // namespace

const char* to_string(Freshness value) noexcept {
  static constexpr const char* kNames[] = {"missing", "down", "stale", "live"};
  return name_of(kNames, static_cast<std::size_t>(value));
}

const char* to_string(Reason value) noexcept {
  static constexpr const char* kNames[] = {
      "none",           "never_seen",     "no_segment",   "stopped", "auth_failed", "superseded",
      "heartbeat_lost", "previous_epoch", "reconnecting", "silent",  "too_old",     "busy",
      "unsubscribed",   "lagging",        "unconfirmed",  "rejected"};
  return name_of(kNames, static_cast<std::size_t>(value));
}

const char* to_string(RunState value) noexcept {
  static constexpr const char* kNames[] = {nullptr, "running", "stopped", "auth_failed",
                                           "superseded"};
  return name_of(kNames, static_cast<std::size_t>(value));
}

const char* to_string(ConnectionState value) noexcept {
  static constexpr const char* kNames[] = {"unused",  "connecting",  "up",
                                           "waiting", "auth_failed", "closed"};
  return name_of(kNames, static_cast<std::size_t>(value));
}

const char* to_string(ChannelKind value) noexcept {
  static constexpr const char* kNames[] = {nullptr,   "all_tickers", "ticker",
                                           "candles", "orders",      "portfolio"};
  return name_of(kNames, static_cast<std::size_t>(value));
}

const char* to_string(ChannelState value) noexcept {
  static constexpr const char* kNames[] = {"unused", "wanted", "sent", "acknowledged", "refused"};
  return name_of(kNames, static_cast<std::size_t>(value));
}

const char* to_string(Source value) noexcept {
  constexpr const char* kNames[] = {"unknown", "websocket", "rest", "ticks"};
  return name_of(kNames, static_cast<std::size_t>(value));
}

const char* to_string(Counter value) noexcept {
  static constexpr const char* kNames[kCounterCount] = {"messages",
                                                        "bytes",
                                                        "ticks",
                                                        "orders",
                                                        "candles",
                                                        "portfolios",
                                                        "pings",
                                                        "pongs",
                                                        "acknowledgements",
                                                        "errors",
                                                        "connects",
                                                        "drops",
                                                        "failures",
                                                        "filtered",
                                                        "audits",
                                                        "healed",
                                                        "rejected_json",
                                                        "rejected_encoding",
                                                        "rejected_duplicate",
                                                        "rejected_price",
                                                        "rejected_symbol",
                                                        "rejected_field",
                                                        "rejected_capacity",
                                                        "rejected_binary",
                                                        "ignored_type",
                                                        "absent_quantity",
                                                        "cut_text",
                                                        "ignored_timestamp",
                                                        "snapshots",
                                                        "rest_failed",
                                                        "rest_rejected",
                                                        "rest_unpriced"};
  return name_of(kNames, static_cast<std::size_t>(value));
}

}  // namespace tickcache
