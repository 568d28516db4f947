#include "sim/frames.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tickcache::sim;

namespace {

std::string masked(unsigned first, const std::string& payload) {
  const std::string mask = "\x12\x34\x56\x78";
  std::string frame;
  frame += static_cast<char>(first);
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80U | payload.size());
  } else {
    frame += static_cast<char>(0x80U | 126U);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size());
  }
  frame += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  }
  return frame;
}

}  // namespace

TEST_CASE("the handshake's answer is that of RFC 6455") {
  CHECK(accept_token("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a frame's length takes one, two or eight bytes more") {
  for (const auto& [size, header] :
       {std::pair<std::size_t, std::size_t>{125, 2}, {126, 4}, {65535, 4}, {65536, 10}}) {
    std::string out;
    append_frame(out, Opcode::text, std::string(size, 'x'));
    CHECK(out.size() == header + size);
    CHECK(static_cast<unsigned char>(out[0]) == 0x81);
  }
}

TEST_CASE("messages are put together from any pieces") {
  const std::string bytes = masked(0x81, "one") + masked(0x01, "t") + masked(0x89, "hi") +
                            masked(0x80, "wo") + masked(0x81, std::string(300, 'x'));
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    FrameReader reader(1000);
    std::vector<ClientMessage> messages;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      REQUIRE_FALSE(reader.feed(std::string_view(bytes).substr(at, piece), messages));
    }
    REQUIRE(messages.size() == 4);
    CHECK(messages[0].payload == "one");
    CHECK(messages[1].opcode == Opcode::ping);
    CHECK(messages[2].opcode == Opcode::text);
    CHECK(messages[2].payload == "two");
    CHECK(messages[3].payload.size() == 300);
  }
}

TEST_CASE("violations are answered with their close code") {
  const auto code = [](const std::string& bytes) {
    FrameReader reader(100);
    std::vector<ClientMessage> messages;
    return reader.feed(bytes, messages).value_or(0);
  };
  CHECK(code(std::string("\x81\x01x", 3)) == kCloseProtocolError);  // not masked
  CHECK(code(masked(0xc1, "x")) == kCloseProtocolError);            // reserved bit
  CHECK(code(masked(0x83, "x")) == kCloseProtocolError);            // reserved opcode
  CHECK(code(masked(0x09, "x")) == kCloseProtocolError);            // fragmented ping
  CHECK(code(masked(0x80, "x")) == kCloseProtocolError);            // continues nothing
  CHECK(code(masked(0x01, "x") + masked(0x81, "y")) == kCloseProtocolError);
  CHECK(code(masked(0x89, std::string(126, 'x'))) == kCloseProtocolError);
  CHECK(code(masked(0x81, std::string(101, 'x'))) == kCloseTooBig);
  CHECK(code(masked(0x01, std::string(60, 'x')) + masked(0x80, std::string(60, 'x'))) ==
        kCloseTooBig);
}
