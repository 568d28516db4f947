#include "bench/end_to_end/tick_frames.hpp"

#include <cstdio>
#include <stdexcept>

namespace tickcache::bench {

namespace {

// Sixteen digits whatever the stamp, because kStampOffset is added to it.
constexpr std::string_view kNoStamp = "1000000.000000000";

std::string message(std::size_t number) {
  return R"({"channel": "ticker", "symbol": ")" + symbol_name(number) +
         R"(", "data": {"price": ")" + price_of(number) + R"(", "quantity": ")" +
         std::string(kNoStamp) +
         R"(", "timestamp": "2026-11-22T08:40:08.215Z", "is_buyer_maker": )" +
         (number % 2 == 0 ? "true" : "false") + "}}";
}

std::string frame(const std::string& payload) {
  std::string bytes = "\x81";  // text, final
  bytes += static_cast<char>(126);
  bytes += static_cast<char>(payload.size() >> 8);
  bytes += static_cast<char>(payload.size() & 0xff);
  return bytes + payload;
}

}  // namespace

std::string symbol_name(std::size_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "S%04zuUSDT", number);
  return name;
}

std::string price_of(std::size_t number) {
  char price[32];
  const double base = number % 3 == 0 ? 64521.3 : number % 3 == 1 ? 142.71 : 0.00813;
  std::snprintf(price, sizeof price, "%.8f", base * (1 + static_cast<double>(number % 97) / 100));
  return price;
}

std::int64_t stamp_in(std::string_view message) {
  constexpr std::string_view kBefore = R"("quantity": ")";
  const auto at = message.find(kBefore);
  if (at == std::string_view::npos) throw std::runtime_error("no tick");
  std::int64_t stamp = 0;
  for (const char c : message.substr(at + kBefore.size())) {
    if (c == '"') break;
    if (c != '.') stamp = stamp * 10 + (c - '0');
  }
  return stamp - kStampOffset;
}

TickFrames::TickFrames(std::size_t symbols) {
  for (std::size_t i = 0; i < symbols; ++i) {
    Frame& made = frames_.emplace_back(Frame{frame(message(i)), 0});
    made.quantity = made.bytes.find(kNoStamp);
  }
}

std::string_view TickFrames::stamped(std::size_t index, std::int64_t nanoseconds) {
  Frame& frame = frames_[index];
  std::int64_t rest = kStampOffset + nanoseconds;
  for (std::size_t i = kNoStamp.size(); i-- > 0;) {
    if (kNoStamp[i] == '.') continue;
    frame.bytes[frame.quantity + i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  return frame.bytes;
}

std::string TickFrames::many(std::size_t size) const {
  std::string bytes;
  for (std::size_t i = 0; bytes.size() < size; ++i) bytes += frames_[i % frames_.size()].bytes;
  return bytes;
}

}  // namespace tickcache::bench
