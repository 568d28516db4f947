// The exchange's side of one connection, as strict as PROTOCOL describes it, without a socket.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "tests/daemon/upstream/upstream_rig.hpp"

namespace tickcache::daemon {

/// What an exchange takes and answers.
struct Dialect {
  const char* name;
  bool split;         ///< takes "channel":"ticker","symbol":…
  bool joined;        ///< takes "channel":"ticker:BTCUSDT"
  bool acknowledges;  ///< else it accepts without a word
  bool refuses;       ///< answers what it does not take with INVALID_CHANNEL; else it ignores it
  const char* pong;   ///< what an answer to its ping has to contain
};

inline constexpr const char* kPlatformPong = R"("action":"pong")";
inline constexpr const char* kSpecifiedPong = R"("type":"pong")";

/// The platform's server; what the specification lets one imagine, four times; and one that is
/// easy about everything.
inline constexpr Dialect kDialects[] = {
    {"platform", true, false, true, true, kPlatformPong},
    {"specification, acknowledging", false, true, true, true, kSpecifiedPong},
    {"specification, no errors", false, true, true, false, kSpecifiedPong},
    {"specification, errors only", false, true, false, true, kSpecifiedPong},
    {"specification, silent", false, true, false, false, kSpecifiedPong},
    {"easy, silent", true, true, false, false, kSpecifiedPong},
};

class ModelExchange {
 public:
  ModelExchange(const Dialect& dialect, Time now) : dialect_(dialect), ping_at_(now + kPingEvery) {}

  /// Takes what the client sent; answers go to `replies`.
  void receive(const std::string& text) {
    if (text.find("pong") != std::string::npos) {
      if (text.find(dialect_.pong) == std::string::npos) {
        replies.push_back(unknown_action());
      } else {
        pong_due_ = Time::max();
      }
      return;
    }
    const bool subscribe = member(text, "action") == "subscribe";
    const Channel channel = channel_of(text);
    if (!is_taken(text) || !is_offered(channel)) {
      if (dialect_.refuses) replies.push_back(refusal(text));
    } else if (subscribe) {
      accept(channel);
    } else {
      subscriptions.erase(std::remove(subscriptions.begin(), subscriptions.end(), channel),
                          subscriptions.end());
      if (dialect_.acknowledges) replies.push_back(acknowledgement(channel, false));
    }
  }

  /// Pings every 30 s. Returns false when an answer is 10 s late: it drops the connection.
  bool on_time(Time now) {
    if (now >= pong_due_) return false;
    if (now >= ping_at_) {
      replies.push_back(PingEvent{});
      pong_due_ = std::min(pong_due_, now + seconds{10});
      ping_at_ += kPingEvery;
    }
    return true;
  }

  static bool is_offered(const Channel& channel) {
    if (channel.kind != ChannelKind::candles) return true;
    const std::string_view interval = channel.interval.view();
    return interval == "1m" || interval == "5m" || interval == "1h" || interval == "1d";
  }
  [[nodiscard]] bool has(const Channel& channel) const {
    return std::find(subscriptions.begin(), subscriptions.end(), channel) != subscriptions.end();
  }
  [[nodiscard]] bool has_ticker_twice() const {
    return has(ticker_all()) &&
           std::any_of(subscriptions.begin(), subscriptions.end(),
                       [](const Channel& channel) { return channel.kind == ChannelKind::ticker; });
  }
  [[nodiscard]] const Dialect& dialect() const { return dialect_; }

  std::vector<Channel> subscriptions;
  std::deque<Event> replies;
  bool over_limit = false;  ///< a subscription came on top of ten

 private:
  static constexpr Time kPingEvery = seconds{30};

  static std::string member(const std::string& text, const std::string& name) {
    const std::string key = "\"" + name + "\":\"";
    const auto begin = text.find(key);
    if (begin == std::string::npos) return "";
    const auto from = begin + key.size();
    return text.substr(from, text.find('"', from) - from);
  }

  static Channel channel_of(const std::string& text) {
    std::vector<std::string> parts{""};
    for (const char c : member(text, "channel")) {
      if (c == ':') {
        parts.emplace_back();
      } else {
        parts.back() += c;
      }
    }
    if (parts.size() == 1) parts.push_back(member(text, "symbol"));
    if (parts.size() == 2) parts.push_back(member(text, "interval"));
    if (parts[0] == "orders") return orders();
    if (parts[0] == "portfolio") return portfolio();
    if (parts[0] == "candles") return candles(parts[1], parts[2]);
    return parts[0] == "ticker_all" || parts[1] == "all" ? ticker_all() : ticker(parts[1]);
  }

  [[nodiscard]] bool is_taken(const std::string& text) const {
    const std::string channel = member(text, "channel");
    if (channel == "orders" || channel == "portfolio") return true;
    return channel.find(':') != std::string::npos ? dialect_.joined : dialect_.split;
  }

  [[nodiscard]] Event refusal(const std::string& text) const {
    const std::string quoted = "'" + member(text, "channel") + "'";
    return invalid_channel(is_taken(text) ? "Channel " + quoted + " requires ."
                                          : "Unknown channel " + quoted);
  }

  void accept(const Channel& channel) {
    if (!has(channel) && subscriptions.size() == kMaxSubscriptions) {
      over_limit = true;
      replies.push_back(subscription_limit());
      return;
    }
    if (!has(channel)) subscriptions.push_back(channel);
    if (dialect_.acknowledges) replies.push_back(acknowledgement(channel));
  }

  Dialect dialect_;
  Time ping_at_;
  Time pong_due_ = Time::max();
};

/// A message of data that a subscription to `channel` may bring.
inline Event data_of(const Channel& channel) {
  switch (channel.kind) {
    case ChannelKind::all_tickers:
      return tick("BTCUSDT");
    case ChannelKind::ticker:
      return tick(channel.symbol.view());
    case ChannelKind::candles:
      return candle(channel);
    case ChannelKind::orders:
      return OrderEvent{};
    case ChannelKind::portfolio:
      return PortfolioEvent{};
  }
  return NothingEvent{};
}

}  // namespace tickcache::daemon
