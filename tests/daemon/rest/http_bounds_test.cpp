// What the HTTP client does not wait for, and what is too long for it.
#include <boost/asio/post.hpp>
#include <utility>
#include <variant>

#include "daemon/rest/http_rig.hpp"
#include "daemon/sources/rest/answer_reader.hpp"

namespace tickcache::daemon {
namespace {

namespace asio = boost::asio;

TEST_CASE("HTTP: every answer has the whole bound, on a kept connection too") {
  const std::string body(std::size_t{3} << 20, 'x');
  Hostile server({always(ok(body))});
  Rig rig(server.port());
  for (int i = 0; i < 3; ++i) CHECK(rig.answer().body == body);
  CHECK(server.connections() == 1);
}

TEST_CASE("HTTP: refused, not resolved, not connected in time") {
  const faults::BoundSocket closed;
  Rig refused(closed.port());
  const HttpFailure failure = refused.failure();
  CHECK(failure.why == "cannot connect (Connection refused)");

  Rig unknown(closed.port());
  unknown.settings.resolve = [&](const std::string&, std::uint16_t, Resolved resolved) {
    asio::post(unknown.io, [resolved = std::move(resolved)] {
      resolved(asio::error::host_not_found, Endpoints());
    });
  };
  CHECK(has(unknown.failure().why, "the host name cannot be resolved"));

  const faults::BlackHole hole("127.0.0.1");
  Rig silent(hole.port());
  CHECK(silent.failure(kShort).why == "no answer within 0.1 s");
  silent.settings.address_timeout = kShort;
  CHECK(has(silent.failure().why, "connecting took too long"));
}

TEST_CASE("HTTP: no answer, half an answer, a byte now and then: the time is over") {
  const std::string late = "no answer within 0.1 s";
  CHECK(why([](Peer& peer) { peer.hold(); }, kShort) == late);
  for (const std::string bytes : {"", "HTTP/1.1 200 OK\r\nA", "HTTP/1.1 200 OK\r\n\r\n{",
                                  "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"}) {
    CAPTURE(bytes);
    CHECK(why(once(bytes, true), kShort) == late);
  }
  const Script slow = [](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send("x")) peer.pause(5ms);
  };
  CHECK(why(slow, kShort) == late);
  const Script interim = [](Peer& peer) {
    peer.read_request();
    while (peer.send("HTTP/1.1 100 Continue\r\nA: ")) peer.pause(50ms);
  };
  CHECK(why(interim, kShort) == late);
}

TEST_CASE("HTTP: after the time is over the next request has a connection of its own") {
  Hostile server({[](Peer& peer) {
                    peer.read_request();
                    peer.wait_until_gone();
                  },
                  always(ok("second"))});
  Rig rig(server.port());
  CHECK(rig.failure(kShort).why == "no answer within 0.1 s");
  CHECK(rig.answer().body == "second");
}

TEST_CASE("HTTP: 10 MB, by length, in chunks or without an end") {
  const std::string piece(1 << 16, 'x');
  const std::size_t pieces = 160;
  for (const std::string header :
       {"Content-Length: 10485760\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
    CAPTURE(header);
    const bool chunked = header.starts_with('T');
    const Script script = [&](Peer& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\n" + header + "\r\n");
      peer.flood(chunked ? "10000\r\n" + piece + "\r\n" : piece, pieces * piece.size());
    };
    CHECK(why(script) == kAnswerTooLong);
  }
}

TEST_CASE("HTTP: many tiny chunks are too long, although their body is not") {
  std::string chunks;
  for (int i = 0; i < 1000; ++i) chunks += "1\r\nx\r\n";
  const Script script = [&](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    peer.flood(chunks);
  };
  CHECK(why(script) == kAnswerTooLong);
}

TEST_CASE("HTTP: a header without end") {
  for (const std::string bytes : {"X-Header: y\r\n", "x", "X: "}) {
    CAPTURE(bytes);
    const Script script = [&](Peer& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\n");
      peer.flood(bytes);
    };
    CHECK_FALSE(why(script).empty());
  }
  const Script all_at_once = [&](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'x') + "\r\n\r\n");
    peer.wait_until_gone();
  };
  CHECK(why(all_at_once) == "the answer's header is longer than 16 KiB");
}

}  // namespace
}  // namespace tickcache::daemon
