#include "tests/faults/frames.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cctype>

namespace tickcache::faults {

namespace {

constexpr std::string_view kMask{"\x12\x34\x56\x78", 4};

void append_big_endian(std::string& out, std::uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>((value >> shift) & 0xff);
  }
}

LengthForm shortest_form(std::uint64_t length) {
  if (length < 126) return LengthForm::shortest;
  return length < 65536 ? LengthForm::two_bytes : LengthForm::eight_bytes;
}

/// The string that follows `"name":` in flat JSON; empty if there is none.
std::string member(std::string_view json, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":\"";
  const std::size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + key.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

}  // namespace

std::string bytes_of(const Frame& frame) {
  const std::uint64_t length = frame.claimed_length.value_or(frame.payload.size());
  const LengthForm form = frame.form == LengthForm::shortest ? shortest_form(length) : frame.form;
  const unsigned mask_bit = frame.masked ? 0x80 : 0;
  std::string out;
  out += static_cast<char>((frame.fin ? 0x80 : 0) | frame.reserved << 4 | frame.opcode);
  if (form == LengthForm::shortest) {
    out += static_cast<char>(mask_bit | length);
  } else if (form == LengthForm::two_bytes) {
    out += static_cast<char>(mask_bit | 126);
    append_big_endian(out, length, 2);
  } else {
    out += static_cast<char>(mask_bit | 127);
    append_big_endian(out, length, 8);
  }
  if (!frame.masked) return out + frame.payload;
  out += kMask;
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    out += static_cast<char>(frame.payload[i] ^ kMask[i % 4]);
  }
  return out;
}

std::string close_frame(std::optional<std::uint16_t> code, std::string_view reason) {
  Frame frame{.opcode = kClose, .payload = {}};
  if (code) append_big_endian(frame.payload, *code, 2);
  frame.payload += reason;
  return bytes_of(frame);
}

int ClientFrame::close_code() const {
  if (payload.size() < 2) return 1005;
  return static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
}

std::optional<ClientFrame> take_frame(std::string& bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 2) return std::nullopt;
  ClientFrame frame;
  frame.opcode = byte(0) & 0x0f;
  frame.fin = (byte(0) & 0x80) != 0;
  frame.masked = (byte(1) & 0x80) != 0;
  std::uint64_t length = byte(1) & 0x7f;
  std::size_t at = 2;
  const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (bytes.size() < at + more) return std::nullopt;
  if (more != 0) length = 0;
  for (std::size_t i = 0; i < more; ++i) length = length << 8 | byte(at++);
  const std::size_t mask_at = at;
  if (frame.masked) at += 4;
  if (bytes.size() < at + length) return std::nullopt;
  for (std::size_t i = 0; i < length; ++i) {
    frame.payload +=
        static_cast<char>(frame.masked ? bytes[at + i] ^ bytes[mask_at + i % 4] : bytes[at + i]);
  }
  bytes.erase(0, at + length);
  return frame;
}

std::string header_of(std::string_view request, std::string_view field) {
  for (std::size_t line = 0; line < request.size();) {
    const std::size_t end = request.find("\r\n", line);
    if (end == std::string_view::npos) break;
    const std::string_view text = request.substr(line, end - line);
    line = end + 2;
    if (text.size() <= field.size() || text[field.size()] != ':') continue;
    bool equal = true;
    for (std::size_t i = 0; i < field.size(); ++i) {
      equal = equal && std::tolower(static_cast<unsigned char>(text[i])) ==
                           std::tolower(static_cast<unsigned char>(field[i]));
    }
    if (!equal) continue;
    const std::size_t begin = text.find_first_not_of(' ', field.size() + 1);
    return begin == std::string_view::npos ? std::string() : std::string(text.substr(begin));
  }
  return {};
}

std::string accept_for(std::string_view request) {
  const std::string text =
      header_of(request, "Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 32> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

std::string switching_protocols(std::string_view request, std::string_view more) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_for(request) + "\r\n" + std::string(more) + "\r\n";
}

std::string tick(std::string_view symbol, std::string_view price) {
  return R"({"channel": "ticker", "symbol": ")" + std::string(symbol) +
         R"(", "data": {"price": ")" + std::string(price) +
         R"(", "quantity": "0.5", "timestamp": "2026-02-23T15:30:45.123Z", "is_buyer_maker": false}})";
}

std::string acknowledgement_of(std::string_view request) {
  const std::string action = member(request, "action");
  if (action != "subscribe" && action != "unsubscribe") return {};
  std::string channel = member(request, "channel");
  if (channel == "ticker_all") channel = "ticker:all";
  for (const char* const part : {"symbol", "interval"}) {
    const std::string value = member(request, part);
    if (!value.empty()) channel += ":" + value;
  }
  return R"({"type": ")" + action + R"(d", "channel": ")" + channel + R"("})";
}

}  // namespace tickcache::faults
