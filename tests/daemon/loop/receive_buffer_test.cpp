#include "daemon/sources/net/receive_buffer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/seed.hpp"

namespace tickcache::daemon {
namespace {

/// Puts as much of `bytes` there as fits, at most `most`, and removes that.
void feed(ReceiveBuffer& buffer, std::string_view& bytes, std::size_t most = SIZE_MAX) {
  const std::span<char> space = buffer.space();
  REQUIRE_FALSE(space.empty());
  const std::size_t size = std::min({most, bytes.size(), space.size()});
  std::copy_n(bytes.begin(), size, space.begin());
  buffer.commit(size);
  bytes.remove_prefix(size);
}

std::string take(ReceiveBuffer& buffer, std::size_t size) {
  std::string bytes(size, '\0');
  buffer.take(bytes);
  return bytes;
}

std::string bytes_of(unsigned value, int count) {
  std::string bytes;
  for (int i = count - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

/// A frame, and whether it is a message that take_text() gives.
struct Sent {
  std::string bytes;
  std::string text;
  bool plain;
  bool last;  ///< a message ends with it
};

Sent frame_of(unsigned char first, const std::string& payload, int length_bytes, bool masked) {
  const auto size = static_cast<unsigned>(payload.size());
  const unsigned code = length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127;
  std::string bytes{static_cast<char>(first), static_cast<char>(code | (masked ? 0x80U : 0U))};
  bytes += length_bytes == 8 ? bytes_of(0, 4) + bytes_of(size, 4) : bytes_of(size, length_bytes);
  if (masked) bytes += "mask";
  bytes += payload;
  const bool ascii = std::all_of(payload.begin(), payload.end(),
                                 [](char c) { return static_cast<signed char>(c) >= 0; });
  const bool shortest = length_bytes == 0 || (length_bytes == 2 && size >= 126);
  const bool plain =
      first == 0x81 && ascii && !masked && shortest && bytes.size() <= ReceiveBuffer::kCapacity;
  return {bytes, payload, plain, (first & 0x80U) != 0 && (first & 0x0FU) < 8};
}

class Frames {
 public:
  explicit Frames(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  Sent next() {
    static constexpr std::size_t kSizes[] = {0,   1,    8,     125,   126,   170,
                                             171, 4000, 65531, 65532, 65535, 70000};
    std::string payload(below(3) > 0 ? 100 + below(100) : kSizes[below(std::size(kSizes))], '\0');
    for (char& c : payload) c = static_cast<char>(' ' + below(95));
    if (!payload.empty() && below(10) == 0) payload[below(payload.size())] = '\xC3';
    const int shortest = payload.size() < 126 ? 0 : payload.size() < 65536 ? 2 : 8;
    const int length = below(10) == 0 && shortest < 8 ? (shortest == 0 ? 2 : 8) : shortest;
    static constexpr unsigned char kFirst[] = {0x01, 0x80, 0x82, 0x88, 0x89, 0x8A, 0xC1, 0x91};
    const unsigned char first = below(5) > 0 ? 0x81 : kFirst[below(std::size(kFirst))];
    return frame_of(first, payload, length, below(20) == 0);
  }

 private:
  std::mt19937_64 random_;
};

TEST_CASE("receive buffer: texts whole, everything else to the end of a message") {
  const std::uint64_t seed = test::seed_or(std::random_device{}());
  CAPTURE(seed);
  Frames frames(seed);
  std::vector<Sent> sent;
  std::string stream;
  for (int i = 0; i < 3000; ++i) {
    sent.push_back(frames.next());
    stream += sent.back().bytes;
  }
  ReceiveBuffer buffer;
  buffer.begin_frames();
  std::string_view rest = stream;
  std::size_t plain = 0;
  std::size_t parsed = 0;
  for (std::size_t i = 0; i < sent.size();) {
    if (const auto text = buffer.take_text()) {
      REQUIRE(sent[i].plain);
      REQUIRE(*text == sent[i].text);
      ++i;
      ++plain;
    } else if (buffer.needs_parser()) {
      REQUIRE_FALSE(sent[i].plain);
      // As a parser would: in whatever pieces it likes, to the end of a message.
      std::string expected;
      do {
        expected += sent[i].bytes;
        ++parsed;
      } while (!sent[i++].last && i < sent.size());
      std::string frames_taken;
      while (frames_taken.size() < expected.size()) {
        const std::size_t portion = buffer.portion();
        if (portion == 0) {
          feed(buffer, rest, 1 + frames.below(2000));
          continue;
        }
        REQUIRE(frames_taken.size() + portion <= expected.size());
        frames_taken += take(buffer, 1 + frames.below(portion));
      }
      REQUIRE(frames_taken == expected);
    } else {
      REQUIRE_FALSE(rest.empty());
      feed(buffer, rest, frames.below(3) == 0 ? 1 + frames.below(5) : 1 + frames.below(70000));
    }
  }
  CHECK(rest.empty());
  CHECK_FALSE(buffer.take_text());
  CHECK_FALSE(buffer.needs_parser());
  CHECK(plain > 1000);
  CHECK(parsed > 500);
  CHECK(plain + parsed == sent.size());
}

TEST_CASE("receive buffer: what cannot be a plain text is seen from its first byte") {
  for (const char first : {'\x01', '\x82', '\x89', '\xC1', '\x00'}) {
    ReceiveBuffer buffer;
    buffer.begin_frames();
    std::string_view bytes(&first, 1);
    feed(buffer, bytes);
    CHECK(buffer.needs_parser());
    CHECK(buffer.portion() == 0);  // its end is not known yet
  }
}

TEST_CASE("receive buffer: a length near 2^64 does not overflow") {
  ReceiveBuffer buffer;
  buffer.begin_frames();
  const std::string head = "\x82\x7f" + std::string(8, '\xff') + "abc";
  std::string_view bytes = head;
  feed(buffer, bytes);
  CHECK(buffer.needs_parser());
  CHECK(take(buffer, buffer.portion()) == head);
  const std::string more(1000, 'x');
  bytes = more;
  feed(buffer, bytes);
  CHECK(buffer.portion() == 1000);
}

TEST_CASE("receive buffer: the header is handed out to its end, not further") {
  const std::string header = "HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n";
  const std::string frame = frame_of(0x81, "text", 0, false).bytes;
  for (std::size_t cut = 0; cut <= header.size() + frame.size(); ++cut) {
    CAPTURE(cut);
    const std::string all = header + frame;
    ReceiveBuffer buffer;
    std::string got;
    std::string_view rest = all;
    while (got.size() < header.size()) {
      if (buffer.portion() == 0) feed(buffer, rest, std::max<std::size_t>(cut, 1));
      got += take(buffer, buffer.portion());
    }
    CHECK(got == header);
    CHECK(buffer.http_status() == 101);
    buffer.begin_frames();
    while (!rest.empty()) feed(buffer, rest);
    CHECK(buffer.take_text() == "text");
    CHECK_FALSE(buffer.needs_parser());
  }
}

TEST_CASE("receive buffer: the status is known when the header is whole, the body follows") {
  ReceiveBuffer buffer;
  const std::string begin = "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r";
  std::string_view bytes = begin;
  feed(buffer, bytes);
  CHECK(buffer.http_status() == 0);
  CHECK(take(buffer, buffer.portion()) == begin);
  bytes = "\nno key";
  feed(buffer, bytes);
  CHECK(buffer.http_status() == 403);
  CHECK(take(buffer, buffer.portion()) == "\n");
  CHECK(take(buffer, buffer.portion()) == "no key");

  ReceiveBuffer other;
  bytes = "SSH-2.0-OpenSSH\r\n\r\n";
  feed(other, bytes);
  CHECK(other.http_status() == 0);
}

}  // namespace
}  // namespace tickcache::daemon
