#include "sim/capture.hpp"

#include <rapidjson/document.h>

#include <cmath>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tickcache::sim {
namespace {

using rapidjson::Document;
using rapidjson::Value;

std::string text_of(const Value& object, const char* name) {
  // HasMember and not FindMember: clang finds comparing RapidJSON's iterators ambiguous in C++20.
  if (!object.HasMember(name) || !object[name].IsString()) return {};
  return {object[name].GetString(), object[name].GetStringLength()};
}

// The order's data object, cut from the message as it was written.
std::string data_text(const std::string& message) {
  const std::size_t name = message.find("\"data\"");
  const std::size_t begin = message.find('{', name == message.npos ? message.size() : name);
  const std::size_t end = message.rfind('}', message.rfind('}') - 1);
  if (begin == message.npos || end == message.npos || end < begin) return message;
  return message.substr(begin, end - begin + 1);
}

std::optional<ReplayFrame::Kind> kind_of(const std::string& channel, const std::string& type) {
  using Kind = ReplayFrame::Kind;
  const std::string name = channel.substr(0, channel.find(':'));
  if (type == "ping") return Kind::ping;
  if (type == "ticker" || (type.empty() && name == "ticker")) return Kind::ticker;
  if (type == "order" || type == "order_update" || (type.empty() && name == "orders")) {
    return Kind::orders;
  }
  if (type == "candle" || (type.empty() && name == "candles")) return Kind::candles;
  if (type == "portfolio" || (type.empty() && name == "portfolio")) return Kind::portfolio;
  return std::nullopt;
}

std::optional<ReplayFrame> classify(const CapturedFrame& frame) {
  Document message;
  // A price that was written as a number is kept to the letter.
  message.Parse<rapidjson::kParseNumbersAsStringsFlag>(frame.text.data(), frame.text.size());
  if (message.HasParseError() || !message.IsObject()) return std::nullopt;
  const auto kind = kind_of(text_of(message, "channel"), text_of(message, "type"));
  if (!kind) return std::nullopt;
  ReplayFrame result{frame.time, *kind, frame.text, {}, {}, {}, {}};
  switch (*kind) {
    case ReplayFrame::Kind::ticker: {
      const bool enveloped = message.HasMember("data") && message["data"].IsObject();
      result.symbol = text_of(message, "symbol");
      result.price = text_of(enveloped ? message["data"] : message, "price");
      result.channel = "ticker:" + result.symbol;
      break;
    }
    case ReplayFrame::Kind::candles:
      result.channel = "candles:" + text_of(message, "symbol") + ":" + text_of(message, "interval");
      break;
    case ReplayFrame::Kind::orders:
      result.channel = "orders";
      result.data = data_text(frame.text);
      break;
    case ReplayFrame::Kind::portfolio:
      result.channel = "portfolio";
      break;
    case ReplayFrame::Kind::ping:
      break;
  }
  return result;
}

}  // namespace

std::vector<CapturedFrame> read_capture(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  std::vector<CapturedFrame> frames;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    Document entry;
    entry.Parse(line.data(), line.size());
    const bool complete = !entry.HasParseError() && entry.IsObject() && entry.HasMember("t") &&
                          entry["t"].IsNumber() && entry.HasMember("dir") &&
                          entry["dir"].IsString() && entry.HasMember("text") &&
                          entry["text"].IsString();
    if (!complete) {
      throw std::runtime_error(path + ":" + std::to_string(number) +
                               ": no capture line: expected {\"t\": seconds, \"dir\": "
                               "\"client\" or \"server\", \"text\": \"...\"}");
    }
    const auto micros = static_cast<std::int64_t>(std::llround(entry["t"].GetDouble() * 1e6));
    frames.push_back({std::chrono::microseconds(micros),
                      std::string_view(entry["dir"].GetString()) == "server",
                      {entry["text"].GetString(), entry["text"].GetStringLength()}});
  }
  return frames;
}

std::vector<ReplayFrame> replayable(const std::vector<CapturedFrame>& capture) {
  std::vector<ReplayFrame> frames;
  for (const CapturedFrame& frame : capture) {
    if (!frame.from_server) continue;
    if (auto classified = classify(frame)) frames.push_back(*std::move(classified));
  }
  return frames;
}

}  // namespace tickcache::sim
