#include <string>
#include <string_view>

#include "daemon/sources/websocket/session.hpp"
#include "tests/faults/conformance.hpp"
#include "tests/faults/frames.hpp"

namespace tickcache::faults {

namespace {

using Cases = std::vector<ConformanceCase>;

const std::string kOpen = "stays open";
const std::string kProtocolError = "fails with 1002";
const std::string kBadText = "fails with 1007";

std::string text_part(std::string_view payload, bool fin) {
  return bytes_of({.payload = std::string(payload), .fin = fin});
}
std::string more(std::string_view payload, bool fin) {
  return bytes_of({.opcode = kContinuation, .payload = std::string(payload), .fin = fin});
}
std::string control(std::uint8_t opcode, std::string_view payload) {
  return bytes_of({.opcode = opcode, .payload = std::string(payload)});
}

void add_framing(Cases& cases) {
  cases.push_back(
      {"5.1", "a masked frame", bytes_of({.payload = "x", .masked = true}), kProtocolError});
  cases.push_back({"5.1", "a masked, empty frame", bytes_of({.masked = true}), kProtocolError});
  for (const int bit : {1, 2, 3}) {
    const auto reserved = static_cast<std::uint8_t>(8 >> bit);
    const std::string name = "RSV" + std::to_string(bit);
    cases.push_back({"5.2", name + " in a text frame",
                     bytes_of({.payload = "x", .reserved = reserved}), kProtocolError});
    cases.push_back({"5.2", name + " in a ping", bytes_of({.opcode = kPing, .reserved = reserved}),
                     kProtocolError});
  }
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    cases.push_back({"5.2", "reserved opcode " + std::to_string(opcode),
                     bytes_of({.opcode = static_cast<std::uint8_t>(opcode), .payload = "x"}),
                     kProtocolError});
  }
}

void add_lengths(Cases& cases) {
  for (const std::size_t size : {0U, 125U, 126U, 127U, 128U, 65535U, 65536U}) {
    const std::string text(size, 'x');
    const std::string delivered = size == 0 ? "\"\"" : "of " + std::to_string(size) + " bytes";
    cases.push_back({"5.2", "text of " + std::to_string(size) + " bytes", text_frame(text),
                     "delivers text " + delivered + "; " + kOpen});
  }
  cases.push_back({"5.2", "7 bits of length would do, 16 are used",
                   bytes_of({.payload = "x", .form = LengthForm::two_bytes}), kProtocolError});
  cases.push_back({"5.2", "7 bits of length would do, 64 are used",
                   bytes_of({.payload = "x", .form = LengthForm::eight_bytes}), kProtocolError});
  cases.push_back({"5.2", "16 bits of length would do, 64 are used",
                   bytes_of({.payload = std::string(200, 'x'), .form = LengthForm::eight_bytes}),
                   kProtocolError});
  cases.push_back({"5.2", "a length with the top bit set", bytes_of({.claimed_length = 1ULL << 63}),
                   "fails with 1009"});
  cases.push_back({"5.2", "a frame that comes byte by byte", text_frame("slowly"),
                   "delivers text \"slowly\"; " + kOpen, true});
}

void add_fragments(Cases& cases) {
  const std::string abc = "delivers text \"abc\"; " + kOpen;
  cases.push_back({"5.4", "two fragments", text_part("a", false) + more("bc", true), abc});
  cases.push_back(
      {"5.4", "three fragments", text_part("a", false) + more("b", false) + more("c", true), abc});
  cases.push_back(
      {"5.4", "an empty first fragment", text_part("", false) + more("abc", true), abc});
  cases.push_back({"5.4", "an empty fragment in the middle",
                   text_part("ab", false) + more("", false) + more("c", true), abc});
  cases.push_back({"5.4", "an empty last fragment", text_part("abc", false) + more("", true), abc});
  cases.push_back({"5.4", "nothing but empty fragments",
                   text_part("", false) + more("", false) + more("", true),
                   "delivers text \"\"; " + kOpen});
  cases.push_back(
      {"5.4", "fragments, byte by byte", text_part("ab", false) + more("c", true), abc, true});
  cases.push_back({"5.4", "binary in two fragments",
                   bytes_of({.opcode = kBinary, .payload = "ab", .fin = false}) + more("c", true),
                   "delivers binary of 3 bytes; " + kOpen});
  cases.push_back({"5.4", "a ping between fragments",
                   text_part("a", false) + control(kPing, "p") + more("bc", true),
                   "delivers text \"abc\"; pong \"p\"; " + kOpen});
  cases.push_back({"5.4", "a pong between fragments",
                   text_part("a", false) + control(kPong, "p") + more("bc", true), abc});
  cases.push_back({"5.4", "a close between fragments", text_part("a", false) + close_frame(1000),
                   "closed with 1000, answers 1000"});
  cases.push_back({"5.4", "a continuation of nothing", more("x", true), kProtocolError});
  cases.push_back(
      {"5.4", "a continuation of nothing, not the last", more("x", false), kProtocolError});
  cases.push_back({"5.4", "a continuation after a whole message", text_frame("a") + more("x", true),
                   "delivers text \"a\"; " + kProtocolError});
  cases.push_back({"5.4", "a text frame inside a text message",
                   text_part("a", false) + text_frame("b"), kProtocolError});
  cases.push_back({"5.4", "a binary frame inside a text message",
                   text_part("a", false) + bytes_of({.opcode = kBinary, .payload = "b"}),
                   kProtocolError});
}

void add_control_frames(Cases& cases) {
  const std::string longest(125, 'x');
  cases.push_back({"5.5", "a fragmented ping",
                   bytes_of({.opcode = kPing, .payload = "x", .fin = false}), kProtocolError});
  cases.push_back(
      {"5.5", "a fragmented close", bytes_of({.opcode = kClose, .fin = false}), kProtocolError});
  for (const std::uint8_t opcode : {kPing, kPong, kClose}) {
    const std::string name = opcode == kPing ? "ping" : opcode == kPong ? "pong" : "close";
    cases.push_back(
        {"5.5", "a " + name + " of 126 bytes", control(opcode, longest + "x"), kProtocolError});
  }
  cases.push_back({"5.5.2", "an empty ping", control(kPing, ""), "pong \"\"; " + kOpen});
  cases.push_back(
      {"5.5.2", "a ping of 125 bytes", control(kPing, longest), "pong of 125 bytes; " + kOpen});
  cases.push_back(
      {"5.5.2", "a ping, byte by byte", control(kPing, "abc"), "pong \"abc\"; " + kOpen, true});
  cases.push_back({"5.5.2", "two pings", control(kPing, "1") + control(kPing, "2"),
                   "pong \"1\"; pong \"2\"; " + kOpen});
  cases.push_back({"5.5.3", "a pong that nobody asked for", control(kPong, "x"), kOpen});
  cases.push_back(
      {"5.6", "a text message", text_frame("hello"), "delivers text \"hello\"; " + kOpen});
  cases.push_back({"5.6", "a binary message", bytes_of({.opcode = kBinary, .payload = "\xff"}),
                   "delivers binary of 1 bytes; " + kOpen});
}

void add_close(Cases& cases) {
  cases.push_back(
      {"5.5.1", "a close without a code", close_frame(std::nullopt), "fails with 1000"});
  cases.push_back({"5.5.1", "a close with one byte", control(kClose, "x"), kProtocolError});
  cases.push_back({"5.5.1", "a close with a reason", close_frame(1000, "bye"),
                   "closed with 1000, answers 1000"});
  cases.push_back({"5.5.1", "a close with the longest reason",
                   close_frame(1000, std::string(123, 'x')), "closed with 1000, answers 1000"});
  cases.push_back({"5.5.1", "a close with a reason that is no UTF-8", close_frame(1000, "\xff"),
                   kProtocolError});
  cases.push_back({"5.5.1", "a message after the close", close_frame(1000) + text_frame("late"),
                   "closed with 1000, answers 1000"});
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000,
                         3999, 4000, 4401, 4999}) {
    const std::string text = std::to_string(code);
    cases.push_back({code < 3000 ? "7.4.1" : "7.4.2", "close code " + text,
                     close_frame(static_cast<std::uint16_t>(code)),
                     "closed with " + text + ", answers " + text});
  }
  for (const int code : {0, 999, 1004, 1005, 1006, 1014, 1015, 1016, 1100, 2000, 2999}) {
    cases.push_back({code < 1000 || code > 1015 ? "7.4.2" : "7.4.1",
                     "close code " + std::to_string(code) + ", which must not be sent",
                     close_frame(static_cast<std::uint16_t>(code)), kProtocolError});
  }
  for (const int code : {5000, 65535}) {
    const std::string text = std::to_string(code);
    cases.push_back({"7.4.2", "close code " + text + ", of no range",
                     close_frame(static_cast<std::uint16_t>(code)),
                     "closed with " + text + ", answers " + text});
  }
}

void add_utf8(Cases& cases) {
  const struct {
    const char* name;
    std::string_view bytes;
    bool valid;
  } texts[] = {
      {"two, three and four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", true},
      {"U+0000", {"\0", 1}, true},
      {"U+10FFFF", "\xf4\x8f\xbf\xbf", true},
      {"U+FFFE, a noncharacter", "\xef\xbf\xbe", true},
      {"a lone continuation byte", "\x80", false},
      {"bytes that never occur", "\xfe\xff", false},
      {"an overlong form, two bytes", "\xc0\xaf", false},
      {"an overlong form, three bytes", "\xe0\x80\xaf", false},
      {"an overlong form, four bytes", "\xf0\x80\x80\xaf", false},
      {"a surrogate, U+D800", "\xed\xa0\x80", false},
      {"beyond U+10FFFF", "\xf4\x90\x80\x80", false},
      {"a character that is cut", "\xe2\x82", false},
      {"a wrong byte in a character", "\xe2\x28\xa1", false},
  };
  for (const auto& text : texts) {
    cases.push_back(
        {"8.1", text.name, text_frame(text.bytes),
         text.valid ? "delivers text of " + std::to_string(text.bytes.size()) + " bytes; " + kOpen
                    : kBadText});
  }
  cases.push_back({"8.1", "a character across fragments",
                   text_part("\xe2\x82", false) + more("\xac", true),
                   "delivers text of 3 bytes; " + kOpen});
  cases.push_back({"8.1", "a character across fragments, a ping between",
                   text_part("\xe2", false) + control(kPing, "p") + more("\x82\xac", true),
                   "delivers text of 3 bytes; pong \"p\"; " + kOpen});
  cases.push_back({"8.1", "a wrong byte in the second fragment",
                   text_part("\xe2\x82", false) + more("(", true), kBadText});
  cases.push_back({"8.1", "a character that is cut before an empty last fragment",
                   text_part("\xe2\x82", false) + more("", true),
                   "delivers text of 2 bytes; " + kBadText});
}

void add_limits(Cases& cases) {
  const std::string longest(daemon::kMaxMessageSize, 'x');
  cases.push_back({"10.4", "a message of 1 MiB", text_frame(longest),
                   "delivers text of 1048576 bytes; " + kOpen});
  cases.push_back(
      {"10.4", "a message of 1 MiB and a byte", text_frame(longest + "x"), "fails with 1009"});
  cases.push_back({"10.4", "the same in two fragments", text_part(longest, false) + more("x", true),
                   "fails with 1009"});
}

}  // namespace

std::vector<ConformanceCase> conformance_cases() {
  Cases cases;
  add_framing(cases);
  add_lengths(cases);
  add_fragments(cases);
  add_control_frames(cases);
  add_close(cases);
  add_utf8(cases);
  add_limits(cases);
  return cases;
}

}  // namespace tickcache::faults
