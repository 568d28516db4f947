// What an answer may look like, in pieces of any length.
#include "daemon/sources/rest/answer_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/seed.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;

/// Reads `bytes` in pieces of `size`; then the connection ends.
AnswerReader read_in_pieces(const std::string& bytes, std::size_t size) {
  AnswerReader reader;
  for (std::size_t at = 0; at < bytes.size() && !reader.is_over(); at += size) {
    reader.read(std::string_view(bytes).substr(at, size));
  }
  if (!reader.is_over()) reader.read_end();
  CHECK(reader.is_over());
  return reader;
}

HttpAnswer answer_of(const std::string& bytes, std::size_t size = 1) {
  AnswerReader reader = read_in_pieces(bytes, size);
  CAPTURE(reader.problem());
  REQUIRE(reader.complete());
  return reader.take();
}

/// The same problem, however the bytes come.
std::string problem_of(const std::string& bytes) {
  const std::string problem = read_in_pieces(bytes, 1).problem();
  CHECK(read_in_pieces(bytes, 1000).problem() == problem);
  return problem;
}

std::string ok(const std::string& headers_and_body) {
  return "HTTP/1.1 200 OK\r\n" + headers_and_body;
}

struct Form {
  std::string bytes;
  std::string body;
  bool keeps_alive;
};

}  // namespace

TEST_CASE("answer: every form of a body, in pieces of every length") {
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  const Form forms[] = {
      {ok("Content-Length: 5\r\n\r\nhello"), "hello", true},
      {ok("Content-Length: 0\r\n\r\n"), "", true},
      {ok("Content-Length: 5\r\nConnection: close\r\n\r\nhello"), "hello", false},
      {ok("\r\nhello"), "hello", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", false},
      {ok(chunked + "0\r\n\r\n"), "", true},
      {ok(chunked + "1\r\nh\r\n4;a=b\r\nello\r\n0\r\n\r\n"), "hello", true},
      {ok(chunked + "5\r\nhello\r\n0\r\nTrailer: yes\r\n\r\n"), "hello", true},
      {"HTTP/1.1 204 No Content\r\n\r\n", "", true},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", true},
      {"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
           ok("Content-Length: 5\r\n\r\nhello"),
       "hello", true},
  };
  for (const Form& form : forms) {
    CAPTURE(form.bytes);
    for (std::size_t size = 1; size <= form.bytes.size(); ++size) {
      AnswerReader reader = read_in_pieces(form.bytes, size);
      REQUIRE(reader.complete());
      CHECK(reader.begun());
      CHECK(reader.keeps_alive() == form.keeps_alive);
      CHECK(reader.take().body == form.body);
    }
  }
}

TEST_CASE("answer: what its headers say") {
  const HttpAnswer answer = answer_of(
      "HTTP/1.1 429 Too Many Requests\r\ncontent-type: Application/JSON; charset=UTF-8\r\n"
      "x-ratelimit-remaining: 17\r\nX-RateLimit-Reset:  1790000000 \r\nRetry-After: 7\r\n"
      "Content-Length: 2\r\n\r\n{}");
  CHECK(answer.status == 429);
  CHECK(answer.body == "{}");
  CHECK(answer.limit_remaining == 17);
  CHECK(answer.limit_reset == 1790000000s);
  CHECK(answer.retry_after == 7s);
}

TEST_CASE("answer: times beyond what nanoseconds count are bounded") {
  for (const std::string reset : {"9223372036854775807", "9223372037", "-9223372036854775808"}) {
    CAPTURE(reset);
    const HttpAnswer answer = answer_of(ok("X-RateLimit-Reset: " + reset +
                                           "\r\nRetry-After: 4294967295\r\n"
                                           "Content-Length: 0\r\n\r\n"));
    REQUIRE(answer.limit_reset);
    CHECK(std::chrono::nanoseconds(*answer.limit_reset) >= 0ns);  // with UBSan: does not overflow
    CHECK(*answer.limit_reset == (reset[0] == '-' ? 0s : 9223372036s));
    CHECK(std::chrono::nanoseconds(*answer.retry_after) > 0ns);
  }
}

TEST_CASE("answer: headers that are missing or malformed are absent") {
  for (const std::string headers :
       {"", "X-RateLimit-Remaining: -1\r\nX-RateLimit-Reset: soon\r\nRetry-After: later\r\n",
        "X-RateLimit-Remaining: 4294967296\r\nX-RateLimit-Reset: 1e9\r\nRetry-After:\r\n",
        "X-RateLimit-Remaining: 1 2\r\nX-RateLimit-Reset: 99999999999999999999\r\n"}) {
    CAPTURE(headers);
    const HttpAnswer answer = answer_of(ok(headers + "Content-Length: 0\r\n\r\n"));
    CHECK_FALSE(answer.limit_remaining.has_value());
    CHECK_FALSE(answer.limit_reset.has_value());
    CHECK_FALSE(answer.retry_after.has_value());
  }
}

TEST_CASE("answer: bytes after it end the connection's use") {
  AnswerReader reader;
  reader.read(ok("Content-Length: 2\r\n\r\n{}more"));
  REQUIRE(reader.complete());
  CHECK_FALSE(reader.keeps_alive());
  CHECK(reader.take().body == "{}");
}

TEST_CASE("answer: what is not HTTP") {
  for (const std::string bytes :
       {"garbage\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(problem_of(bytes).starts_with("the answer is not HTTP ("));
  }
}

TEST_CASE("answer: cut short") {
  CHECK(problem_of("") == "the server closed the connection without an answer");
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& bytes :
       {std::string("H"), std::string("\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\n"),
        std::string("HTTP/1.1 102 Processing\r\n\r\n"), ok("A: b\r\n"),
        ok("Content-Length: 5\r\n\r\nhell"), ok(chunked), ok(chunked + "5\r\nhello"),
        ok(chunked + "5\r\nhello\r\n0\r\n"), ok(chunked + "0\r\n\r")}) {
    CAPTURE(bytes);
    CHECK(problem_of(bytes) == "the answer was cut short");
  }
}

TEST_CASE("answer: statuses that nobody asked for") {
  CHECK(problem_of("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n").find("101") !=
        std::string::npos);
  CHECK_FALSE(problem_of("HTTP/1.1 042 Low\r\nContent-Length: 0\r\n\r\n").empty());
  std::string many;
  for (int i = 0; i <= kMaxInterimAnswers; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(problem_of(many) == "too many interim answers");
}

TEST_CASE("answer: too long a header, wherever it is") {
  const std::string much(kMaxAnswerHeader + 100, 'x');
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  std::string many_fields;
  while (many_fields.size() < kMaxAnswerHeader) many_fields += "a: b\r\n";
  for (const std::string& bytes :
       {much, "HTTP/1.1 200 " + much, ok(much), ok("A: " + much), ok(many_fields + "\r\n"),
        ok(chunked + "5;a=" + much), ok(chunked + "0\r\nA: " + much)}) {
    CAPTURE(bytes.substr(0, 80));
    AnswerReader reader;
    for (std::size_t at = 0; at < bytes.size() && !reader.is_over(); at += 100) {
      reader.read(std::string_view(bytes).substr(at, 100));
    }
    CHECK_FALSE(reader.problem().empty());
  }
  CHECK(problem_of(ok("A: " + much)) == "the answer's header is longer than 16 KiB");
  CHECK(problem_of(ok(many_fields + "\r\n")) == "the answer's header is longer than 16 KiB");
}

TEST_CASE("answer: the longest header") {
  const std::string rest = "\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body = "2\r\n{}\r\n0\r\n\r\n";
  std::string header = ok("A: b\r\nC: ");
  header.append(kMaxAnswerHeader - header.size() - rest.size(), 'x').append(rest);
  for (const std::size_t size : {1, 1000, 16'382, 16'384, 16'387, 20'000}) {
    CHECK(answer_of(header + body, size).body == "{}");
    CHECK_FALSE(read_in_pieces("HTTP/1.1 200  OK" + header.substr(15) + body, size).complete());
  }
}

TEST_CASE("answer: too long a body, known from its length or only from its bytes") {
  const std::string too_many = std::to_string(kMaxAnswerBody + 1);
  CHECK(problem_of(ok("Content-Length: " + too_many + "\r\n\r\n")) == kAnswerTooLong);
  CHECK(problem_of(ok("Transfer-Encoding: chunked\r\n\r\n400001\r\n")) == kAnswerTooLong);
  CHECK(problem_of(ok("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")) == kAnswerTooLong);
  const std::string piece(1 << 14, 'x');
  for (const bool chunked : {false, true}) {
    CAPTURE(chunked);
    AnswerReader reader;
    reader.read(ok(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n"));
    std::size_t pieces = 0;
    for (; !reader.is_over() && pieces < 1000; ++pieces) {
      reader.read(chunked ? "4000\r\n" + piece + "\r\n" : piece);
    }
    CHECK(reader.problem() == kAnswerTooLong);
    CHECK(pieces == kMaxAnswerBody / piece.size() + 1);
  }
  AnswerReader just;
  just.read(ok("Content-Length: " + std::to_string(kMaxAnswerBody) + "\r\n\r\n"));
  just.read(std::string(kMaxAnswerBody, 'x'));
  CHECK(just.complete());
}

TEST_CASE("answer: any bytes end in an answer or a problem, the same in pieces of any length") {
  const std::string seeds[] = {
      ok("Content-Type: application/json\r\nContent-Length: 5\r\n\r\nhello"),
      ok("Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n4;a=b\r\nello\r\n0\r\nTrailer: yes\r\n\r\n"),
      "HTTP/1.1 102 Processing\r\n\r\n" + ok("\r\nhello"),
  };
  const std::string alphabet = "\r\n 0159aHf:;,=/.\"\x80" + std::string(1, '\0');
  std::mt19937_64 random(test::seed_or(1));
  const auto below = [&](std::size_t n) { return random() % n; };
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = seeds[below(std::size(seeds))];
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
      const std::size_t at = below(bytes.size());
      const char c = alphabet[below(alphabet.size())];
      switch (below(3)) {
        case 0:
          bytes[at] = c;
          break;
        case 1:
          bytes.insert(at, 1, c);
          break;
        default:
          bytes.erase(at, 1 + below(3));
      }
    }
    CAPTURE(bytes);
    AnswerReader whole = read_in_pieces(bytes, bytes.size());
    AnswerReader pieces = read_in_pieces(bytes, 1 + below(7));
    REQUIRE(whole.complete() == pieces.complete());
    if (!whole.complete()) continue;
    const HttpAnswer one = whole.take();
    const HttpAnswer other = pieces.take();
    CHECK(one.status == other.status);
    CHECK(one.body == other.body);
  }
}

}  // namespace tickcache::daemon
