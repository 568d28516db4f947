#include "sim/frames.hpp"

#include <openssl/evp.h>

#include <array>

namespace tickcache::sim {
namespace {

bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

bool is_known(std::uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  out += static_cast<char>(0x80U | static_cast<unsigned>(opcode));
  const std::uint64_t size = payload.size();
  int bytes = 0;
  if (size < 126) {
    out += static_cast<char>(size);
  } else if (size < 65536) {
    out += static_cast<char>(126);
    bytes = 2;
  } else {
    out += static_cast<char>(127);
    bytes = 8;
  }
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i));
  out += payload;
}

std::string close_payload(std::uint16_t code) {
  return {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
}

std::string accept_token(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr);
  std::array<unsigned char, 4 * EVP_MAX_MD_SIZE> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(length));
  return {encoded.begin(), encoded.begin() + size};
}

std::optional<std::uint16_t> FrameReader::feed(std::string_view bytes,
                                               std::vector<ClientMessage>& messages) {
  buffer_ += bytes;
  Step step = Step::took_one;
  while (step == Step::took_one) {
    if (const auto violation = take_frame(messages, step)) return violation;
  }
  return std::nullopt;
}

std::optional<std::uint16_t> FrameReader::take_frame(std::vector<ClientMessage>& messages,
                                                     Step& step) {
  step = Step::need_more;
  if (buffer_.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(buffer_[0]);
  const auto second = static_cast<unsigned char>(buffer_[1]);
  const std::uint8_t opcode = first & 0x0fU;
  const bool final = (first & 0x80U) != 0;
  const bool masked = (second & 0x80U) != 0;
  if ((first & 0x70U) != 0 || !is_known(opcode) || !masked) return kCloseProtocolError;

  std::uint64_t size = second & 0x7fU;
  if (opcode >= 8 && (size > 125 || !final)) return kCloseProtocolError;
  const std::size_t extended = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (buffer_.size() < 2 + extended) return std::nullopt;
  if (extended > 0) size = big_endian(std::string_view(buffer_).substr(2, extended));
  if (size > limit_) return kCloseTooBig;

  const std::size_t body = 2 + extended + 4;
  if (buffer_.size() < body + size) return std::nullopt;
  std::string payload = buffer_.substr(body, size);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(payload[i] ^ buffer_[2 + extended + i % 4]);
  }
  buffer_.erase(0, body + size);
  step = Step::took_one;
  return accept(static_cast<Opcode>(opcode), final, std::move(payload), messages);
}

std::optional<std::uint16_t> FrameReader::accept(Opcode opcode, bool final, std::string payload,
                                                 std::vector<ClientMessage>& messages) {
  if (is_control(opcode)) {
    messages.push_back({opcode, std::move(payload)});
    return std::nullopt;
  }
  if ((opcode == Opcode::continuation) != fragmented_.has_value()) return kCloseProtocolError;
  if (!fragmented_) fragmented_ = opcode;
  assembled_ += payload;
  if (assembled_.size() > limit_) return kCloseTooBig;
  if (final) {
    messages.push_back({*fragmented_, std::move(assembled_)});
    assembled_.clear();
    fragmented_.reset();
  }
  return std::nullopt;
}

}  // namespace tickcache::sim
