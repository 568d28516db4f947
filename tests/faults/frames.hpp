// WebSocket frames and handshakes, right and wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tickcache::faults {

enum Opcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xa,
};

/// How the length is written, whether that is the shortest way or not.
enum class LengthForm : std::uint8_t { shortest, two_bytes, eight_bytes };

struct Frame {
  std::uint8_t opcode = kText;
  std::string payload = {};
  bool fin = true;
  std::uint8_t reserved = 0;  ///< RSV1 is 4, RSV2 is 2, RSV3 is 1
  bool masked = false;        ///< a server must not
  LengthForm form = LengthForm::shortest;
  std::optional<std::uint64_t> claimed_length = {};  ///< in place of the payload's
};

/// The frame as it goes over the wire.
std::string bytes_of(const Frame& frame);

inline std::string text_frame(std::string_view text) {
  return bytes_of({.payload = std::string(text)});
}
/// Without a code, the frame is empty.
std::string close_frame(std::optional<std::uint16_t> code, std::string_view reason = {});

/// A frame of the client's, unmasked.
struct ClientFrame {
  std::uint8_t opcode = 0;
  bool fin = false;
  bool masked = false;
  std::string payload = {};

  /// Of a close frame: its code, 1005 if it has none.
  [[nodiscard]] int close_code() const;
};

/// Takes the first frame off `bytes` if it is complete.
std::optional<ClientFrame> take_frame(std::string& bytes);

/// The Sec-WebSocket-Accept that answers the request's key.
std::string accept_for(std::string_view request);

/// "HTTP/1.1 101 …" to `request`, with `more` header lines, each with its line end.
std::string switching_protocols(std::string_view request, std::string_view more = {});

/// The value of a header field in `request`, empty if it has none.
std::string header_of(std::string_view request, std::string_view field);

/// A ticker as the platform's server sends it.
std::string tick(std::string_view symbol, std::string_view price);
/// The acknowledgement of a request, in either of its forms; empty if `request` is none.
std::string acknowledgement_of(std::string_view request);

}  // namespace tickcache::faults
