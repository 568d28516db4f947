#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tickcache::sim {

// One line of an NDJSON capture: {"t": seconds, "dir": "client"|"server", "text": "…"}.
struct CapturedFrame {
  std::chrono::microseconds time;
  bool from_server;
  std::string text;
};

// Every frame of the capture, in order. Throws std::runtime_error, with file and line, if the file
// cannot be read or a line is no such object.
std::vector<CapturedFrame> read_capture(const std::string& path);

// A frame that is worth replaying: data, or a ping. Answers to the recorded client's own requests
// are not; a client that connects now gets answers to its own.
struct ReplayFrame {
  enum class Kind { ticker, orders, candles, portfolio, ping };

  std::chrono::microseconds time;  // since the capture began
  Kind kind;
  std::string text;  // byte for byte as it was recorded
  std::string
      channel;  // "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders", "portfolio"; empty: a ping
  std::string symbol;  // of a ticker
  std::string price;   // of a ticker
  std::string data;    // of an order
};

std::vector<ReplayFrame> replayable(const std::vector<CapturedFrame>& capture);

}  // namespace tickcache::sim
