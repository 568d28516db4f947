// An exchange that runs, and sends nothing but what the test does.
#pragma once

#include <chrono>
#include <string>

#include "sim/exchange.hpp"
#include "sim/json_text.hpp"

namespace tickcache::sim {

inline constexpr std::chrono::seconds kSoon{10};
inline const std::string kAll = R"({"action":"subscribe","channel":"ticker_all"})";
inline const std::string kOrders = R"({"action":"subscribe","channel":"orders"})";

inline Options silent() {
  Options options;
  options.rate = 0;
  options.symbols = 20;
  return options;
}

struct Running : Exchange {
  explicit Running(const Options& options) : Exchange(options) { start(); }
};

// What stands in `text` between `before` and the next quote.
inline std::string value_of(const std::string& text, const std::string& before) {
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + before.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

}  // namespace tickcache::sim
