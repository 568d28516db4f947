#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The WebSocket framing that a server needs (RFC 6455, section 5), without I/O. Beast would write
// one message per system call and wake up once for each; here a thousand ticks are one buffer.
namespace tickcache::sim {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseProtocolError = 1002;
inline constexpr std::uint16_t kCloseTooBig = 1009;

// Appends one whole frame as a server sends it: final, not masked.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

// The payload of a close frame.
std::string close_payload(std::uint16_t code);

// The answer to a Sec-WebSocket-Key header.
std::string accept_token(std::string_view key);

struct ClientMessage {
  Opcode opcode;  // never continuation: fragments are put together
  std::string payload;
};

// Takes a client's bytes in pieces of any size.
class FrameReader {
 public:
  // A message longer than `limit` bytes is refused.
  explicit FrameReader(std::size_t limit) : limit_(limit) {}

  // Appends the messages that these bytes complete. On a violation of the protocol returns the
  // close code to answer with; the reader must not be used after that.
  std::optional<std::uint16_t> feed(std::string_view bytes, std::vector<ClientMessage>& messages);

 private:
  enum class Step { need_more, took_one };
  std::optional<std::uint16_t> take_frame(std::vector<ClientMessage>& messages, Step& step);
  std::optional<std::uint16_t> accept(Opcode opcode, bool final, std::string payload,
                                      std::vector<ClientMessage>& messages);

  std::size_t limit_;
  std::string buffer_;
  std::optional<Opcode> fragmented_;  // the opcode of the message whose fragments are coming in
  std::string assembled_;
};

}  // namespace tickcache::sim
