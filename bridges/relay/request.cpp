#include "bridges/relay/request.hpp"

#include <rapidjson/document.h>

#include "encode/words.hpp"
#include "options/text.hpp"

namespace tickcache::relay {
namespace {

constexpr std::string_view kInvalidChannel = "INVALID_CHANNEL";
constexpr std::string_view kUnknownAction = "UNKNOWN_ACTION";

std::string member(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

std::optional<RequestError> parse_channel(const rapidjson::Value& object, Request& out) {
  std::string name = member(object, "channel");
  out.symbol = member(object, "symbol");
  out.interval = member(object, "interval");
  const std::size_t colon = name.find(':');
  if (colon != std::string::npos) {
    out.is_joined = true;
    out.symbol = name.substr(colon + 1);
    name.resize(colon);
    const std::size_t second = out.symbol.find(':');
    if (second != std::string::npos) {
      out.interval = out.symbol.substr(second + 1);
      out.symbol.resize(second);
    }
  }
  if (name == "orders" || name == "portfolio") {
    out.channel = name == "orders" ? ChannelKind::orders : ChannelKind::portfolio;
    return {};
  }
  if (name == "ticker_all" || (name == "ticker" && means_all(out.symbol))) {
    out.channel = ChannelKind::all_tickers;
    return {};
  }
  out.symbol = options::upper_case(out.symbol);
  if (name == "ticker") {
    out.channel = ChannelKind::ticker;
    if (!out.symbol.empty()) return {};
    return RequestError{kInvalidChannel, "Channel 'ticker' requires a symbol."};
  }
  if (name == "candles") {
    out.channel = ChannelKind::candles;
    if (!out.symbol.empty() && !out.interval.empty()) return {};
    return RequestError{kInvalidChannel, "Channel 'candles' requires a symbol and an interval."};
  }
  return RequestError{
      kInvalidChannel,
      "Unknown channel; there are ticker, ticker_all, candles, orders and portfolio."};
}

}  // namespace

bool means_all(std::string_view symbol) { return options::upper_case(symbol) == "ALL"; }

std::string Request::channel_name() const {
  return encode::channel_name(channel, symbol, interval);
}

std::optional<RequestError> parse_request(std::string_view text, Request& out) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  // RapidJSON would end there.
  if (text.find('\0') != text.npos)
    return RequestError{kUnknownAction, "A message must not contain a NUL character."};
  rapidjson::Document document;
  document.Parse<kFlags>(text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) {
    return RequestError{kUnknownAction, "A message must be a JSON object."};
  }
  const std::string action = member(document, "action");
  const std::string type = member(document, "type");
  out = {};
  if (action == "pong" || type == "pong") {
    out.kind = Request::Kind::pong;
    return {};
  }
  if (action == "ping" || type == "ping") {
    out.kind = Request::Kind::ping;
    return {};
  }
  const std::string& verb = action.empty() ? type : action;
  if (verb != "subscribe" && verb != "unsubscribe") {
    return RequestError{kUnknownAction,
                        "Unknown action; there are subscribe, unsubscribe, ping and pong."};
  }
  out.kind = verb == "subscribe" ? Request::Kind::subscribe : Request::Kind::unsubscribe;
  return parse_channel(document, out);
}

}  // namespace tickcache::relay
