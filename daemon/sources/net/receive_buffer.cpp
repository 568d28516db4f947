#include "daemon/sources/net/receive_buffer.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

namespace tickcache::daemon {

namespace {

constexpr std::string_view kHeaderEnd = "\r\n\r\n";

bool is_ascii(std::string_view text) noexcept {
  std::uint64_t all = 0;
  while (text.size() >= sizeof all) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    all |= word;
    text.remove_prefix(sizeof all);
  }
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return (all & 0x8080808080808080U) == 0;
}

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

std::span<char> ReceiveBuffer::space() noexcept {
  std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  return {bytes_.get() + end_, kCapacity - end_};
}

void ReceiveBuffer::commit(std::size_t size) noexcept {
  if (!in_frames_) scan_header({bytes_.get() + end_, size});
  end_ += size;
}

void ReceiveBuffer::scan_header(std::string_view bytes) noexcept {
  for (const char c : bytes) {
    if (ending_ == kHeaderEnd.size()) return;
    if (first_size_ < first_.size()) first_[first_size_++] = c;
    ending_ = c == kHeaderEnd[ending_] ? ending_ + 1 : c == '\r' ? 1 : 0;
    ++header_left_;
  }
}

int ReceiveBuffer::http_status() const noexcept {
  const std::string_view first(first_.data(), first_size_);
  const bool whole = ending_ == kHeaderEnd.size();
  if (!whole || !first.starts_with("HTTP/1.") || first[8] != ' ') return 0;
  int status = 0;
  std::from_chars(first.data() + 9, first.data() + first.size(), status);
  return status;
}

std::size_t ReceiveBuffer::portion() noexcept {
  const std::string_view bytes = unread();
  if (!in_frames_) return header_left_ > 0 ? header_left_ : bytes.size();
  // Fragments and control frames in one go: they may be many, and of two bytes each.
  while (frames_left_ < bytes.size() && !message_ends_) {
    const FrameHead frame = head(bytes.substr(frames_left_));
    if (frame.header == 0) break;
    // A length near 2^64 must not overflow; no such frame is read to its end.
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max() / 2;
    frames_left_ += frame.header + std::min(frame.payload, kMost);
    message_ends_ = frame.last;
  }
  return static_cast<std::size_t>(std::min<std::uint64_t>(frames_left_, bytes.size()));
}

void ReceiveBuffer::take(std::span<char> out) noexcept {
  if (out.empty()) return;
  std::memcpy(out.data(), bytes_.get() + begin_, out.size());
  begin_ += out.size();
  header_left_ -= std::min(header_left_, out.size());
  if (!in_frames_) return;
  frames_left_ -= out.size();
  if (frames_left_ == 0) message_ends_ = false;
}

ReceiveBuffer::FrameHead ReceiveBuffer::head(std::string_view bytes) noexcept {
  FrameHead frame;
  if (bytes.size() < 2) return frame;
  const auto second = static_cast<unsigned char>(bytes[1]);
  const bool masked = (second & 0x80U) != 0;
  const std::size_t code = second & 0x7FU;
  const std::size_t extended = code == 126 ? 2 : code == 127 ? 8 : 0;
  if (bytes.size() < 2 + extended) return frame;
  frame.header = 2 + extended + (masked ? 4 : 0);
  frame.payload = extended == 0 ? code : big_endian(bytes.substr(2, extended));
  const bool shortest = code < 126 || (code == 126 && frame.payload > 125);
  frame.plain = bytes[0] == '\x81' && !masked && shortest;
  const auto first = static_cast<unsigned char>(bytes[0]);
  frame.last = (first & 0x80U) != 0 && (first & 0x0FU) < 8;
  return frame;
}

std::optional<std::string_view> ReceiveBuffer::take_text() noexcept {
  const std::string_view bytes = unread();
  const FrameHead frame = head(bytes);
  if (!frame.plain || bytes.size() - frame.header < frame.payload) return std::nullopt;
  const std::string_view text = bytes.substr(frame.header, frame.payload);
  if (!is_ascii(text)) return std::nullopt;
  begin_ += frame.header + text.size();
  return text;
}

bool ReceiveBuffer::needs_parser() const noexcept {
  const std::string_view bytes = unread();
  if (bytes.empty()) return false;
  if (bytes[0] != '\x81') return true;
  const FrameHead frame = head(bytes);
  if (frame.header == 0) return false;
  if (!frame.plain || frame.header + frame.payload > kCapacity) return true;
  return bytes.size() >= frame.header + frame.payload;  // all there, and not taken: not plain ASCII
}

}  // namespace tickcache::daemon
