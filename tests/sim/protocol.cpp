#include "sim/protocol.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <stdexcept>

#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

using rapidjson::Document;
using rapidjson::Value;

constexpr std::string_view kValidChannels =
    "Valid channels: ticker, ticker_all, candles, orders, portfolio.";
constexpr std::array<std::string_view, 4> kRealIntervals{"1m", "5m", "1h", "1d"};
constexpr std::array<std::string_view, 6> kSpecIntervals{"1m", "5m", "15m", "1h", "4h", "1d"};

// Thrown where the platform's handler fails and takes the connection with it.
struct HandlerFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool parse_object(std::string_view text, Document& document) {
  constexpr unsigned kFlags =
      rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;
  document.Parse<kFlags>(text.data(), text.size());
  return !document.HasParseError() && document.IsObject();
}

// The last member of that name, as every JSON parser with a map has it; null if there is none.
const Value* member(const Document& document, std::string_view name) {
  const Value* found = nullptr;
  for (const auto& entry : document.GetObject()) {
    if (std::string_view(entry.name.GetString(), entry.name.GetStringLength()) == name) {
      found = &entry.value;
    }
  }
  return found;
}

std::optional<std::string> text_member(const Document& document, std::string_view name) {
  const Value* value = member(document, name);
  if (value == nullptr || !value->IsString()) return std::nullopt;
  return std::string(value->GetString(), value->GetStringLength());
}

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string stripped(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

template <typename Range>
bool contains(const Range& range, std::string_view value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

// A name of the request; empty if it is missing.
std::string name_of(const Document& request, std::string_view name) {
  const Value* value = member(request, name);
  if (value == nullptr) return {};
  if (!value->IsString()) throw HandlerFailed("a name that is no string");
  return stripped({value->GetString(), value->GetStringLength()});
}

// The value as the platform's messages quote it: 'subscribe', "it's", None, True, 7.
std::string quoted(const Value* value) {
  if (value == nullptr) return "''";
  if (value->IsNull()) return "None";
  if (value->IsBool()) return value->GetBool() ? "True" : "False";
  if (value->IsUint64()) return std::to_string(value->GetUint64());
  if (value->IsInt64()) return std::to_string(value->GetInt64());
  if (!value->IsString()) throw HandlerFailed("quotes only plain values");
  const std::string_view text(value->GetString(), value->GetStringLength());
  const bool doubled = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char mark = doubled ? '"' : '\'';
  std::string out(1, mark);
  for (const char c : text) {
    if (c == mark || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + mark;
}

bool is_empty(const Value* value) {
  return value == nullptr || value->IsNull() ||
         (value->IsString() && value->GetStringLength() == 0);
}

// The subscription's name, or nothing if the request is for nothing that exists.
std::optional<std::string> resolve(const Document& request) {
  const std::string channel = text_member(request, "channel").value_or("");
  if (channel == "ticker_all") return "ticker:all";
  if (channel == "orders" || channel == "portfolio") return channel;
  if (channel == "ticker") {
    const std::string symbol = upper(name_of(request, "symbol"));
    if (symbol.empty()) return std::nullopt;
    return "ticker:" + symbol;
  }
  if (channel == "candles") {
    const std::string symbol = upper(name_of(request, "symbol"));
    const std::string interval = name_of(request, "interval");
    if (symbol.empty() || !contains(kRealIntervals, interval)) return std::nullopt;
    return "candles:" + symbol + ":" + interval;
  }
  return std::nullopt;
}

std::string describe_refusal(const Document& request) {
  const Value* channel = member(request, "channel");
  if (is_empty(channel)) return "Missing 'channel' field. " + std::string(kValidChannels);
  const std::string name = text_member(request, "channel").value_or("");
  if (name == "ticker") return "Channel 'ticker' requires a non-empty 'symbol' field.";
  if (name == "candles") {
    // An interval that is there but not served leaves the list empty: the platform then says
    // "requires .", and so does this.
    std::string missing;
    if (is_empty(member(request, "symbol"))) missing = "'symbol'";
    if (is_empty(member(request, "interval"))) {
      if (!missing.empty()) missing += " and ";
      missing += "'interval' (one of: 1m, 5m, 1h, 1d)";
    }
    return "Channel 'candles' requires " + missing + ".";
  }
  return "Unknown channel " + quoted(channel) + ". " + std::string(kValidChannels);
}

Outcome acknowledged(std::string_view type, std::string_view channel, bool changed) {
  Outcome outcome;
  outcome.reply = Outcome::Reply::ack;
  outcome.changed = changed;
  ObjectText(outcome.text, true).text("type", type).text("channel", channel).end();
  return outcome;
}

Outcome refused(std::string_view code, std::string_view message) {
  Outcome outcome;
  outcome.reply = Outcome::Reply::error;
  ObjectText(outcome.text, true)
      .text("type", "error")
      .text("code", code)
      .text("message", message)
      .end();
  return outcome;
}

Outcome closed() {
  Outcome outcome;
  outcome.close = true;
  return outcome;
}

// The subscription that a joined name means, or nothing if it is not one.
std::optional<std::string> joined_name(const std::string& channel) {
  if (channel == "orders" || channel == "portfolio" || channel == "ticker:all") return channel;
  if (channel.rfind("ticker:", 0) == 0 && channel.size() > 7)
    return "ticker:" + upper(channel.substr(7));
  if (channel.rfind("candles:", 0) != 0) return std::nullopt;
  const std::size_t colon = channel.find(':', 8);
  if (colon == channel.npos || colon == 8) return std::nullopt;
  const std::string interval = channel.substr(colon + 1);
  if (!contains(kSpecIntervals, interval)) return std::nullopt;
  return "candles:" + upper(channel.substr(8, colon - 8)) + ":" + interval;
}

}  // namespace

Outcome ClientState::on_text(std::string_view text) {
  if (dialect_ == Dialect::spec) return on_spec(text);
  try {
    return on_real(text);
  } catch (const HandlerFailed&) {
    return closed();
  }
}

Outcome ClientState::on_real(std::string_view text) {
  Document request;
  if (!parse_object(text, request)) return closed();
  const std::string action = text_member(request, "action").value_or("");
  if (action == "pong") {
    Outcome outcome;
    outcome.pong = true;
    return outcome;
  }
  if (action != "subscribe" && action != "unsubscribe") {
    return refused("UNKNOWN_ACTION", "Unknown action " + quoted(member(request, "action")) +
                                         ". Valid actions: subscribe, unsubscribe, pong.");
  }
  const std::optional<std::string> channel = resolve(request);
  if (!channel) return refused("INVALID_CHANNEL", describe_refusal(request));
  if (action == "unsubscribe") {
    return acknowledged("unsubscribed", *channel, subscriptions_.erase(*channel) > 0);
  }
  if (subscriptions_.count(*channel) == 0 && subscriptions_.size() >= kMaxSubscriptions) {
    return refused("SUBSCRIPTION_LIMIT", "Maximum of 10 subscriptions per connection reached.");
  }
  return acknowledged("subscribed", *channel, subscriptions_.insert(*channel).second);
}

Outcome ClientState::on_spec(std::string_view text) {
  Outcome outcome;
  Document request;
  if (!parse_object(text, request)) return outcome;
  outcome.pong = text_member(request, "type") == "pong";
  const std::optional<std::string> action = text_member(request, "action");
  const auto channel = joined_name(text_member(request, "channel").value_or(""));
  if (!channel) return outcome;
  if (action == "subscribe") outcome.changed = subscriptions_.insert(*channel).second;
  if (action == "unsubscribe") outcome.changed = subscriptions_.erase(*channel) > 0;
  return outcome;
}

}  // namespace tickcache::sim
