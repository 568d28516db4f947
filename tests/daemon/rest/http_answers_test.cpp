// What the HTTP client takes for an answer.
#include "daemon/rest/http_rig.hpp"

namespace tickcache::daemon {
namespace {

TEST_CASE("HTTP: a good answer, and the request for it") {
  std::string request;
  Hostile server({[&](Peer& peer) {
    request = peer.read_request();
    peer.send(ok(R"({"prices":{}})", "X-RateLimit-Remaining: 99\r\nX-RateLimit-Reset: 60\r\n"));
    peer.wait_until_gone();
  }});
  Rig rig(server.port());
  const HttpAnswer answer = rig.answer();
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"prices":{}})");
  CHECK(answer.limit_remaining == 99);
  CHECK(answer.limit_reset == 60s);
  CHECK_FALSE(answer.retry_after.has_value());
  CHECK(request == "GET /api/v1/market/prices?symbols=BTCUSDT HTTP/1.1\r\nHost: 127.0.0.1:" +
                       std::to_string(server.port()) +
                       "\r\nUser-Agent: tickcached/test\r\nAccept: application/json\r\n"
                       "Cache-Control: no-cache\r\n\r\n");
}

TEST_CASE("HTTP: statuses are answers; a redirection is not followed") {
  for (const int status : {204, 302, 304, 404, 429, 500, 503}) {
    Hostile elsewhere({always(ok("wrong"))});
    Hostile server({always("HTTP/1.1 " + std::to_string(status) +
                           " X\r\nLocation: http://127.0.0.1:" + std::to_string(elsewhere.port()) +
                           "/\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n")});
    Rig rig(server.port());
    const HttpAnswer answer = rig.answer();
    CHECK(answer.status == status);
    CHECK(answer.retry_after == 3s);
    CHECK(answer.body.empty());
    CHECK(elsewhere.connections() == 0);
  }
}

TEST_CASE("HTTP: a body in chunks, or up to the end of the connection") {
  const std::string chunks =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n";
  Hostile chunked({always(chunks)});
  Rig first(chunked.port());
  CHECK(first.answer().body == R"({"a":1})");
  CHECK(first.answer().body == R"({"a":1})");
  CHECK(chunked.connections() == 1);

  Hostile ending({once("HTTP/1.1 200 OK\r\n\r\n{}")});
  Rig second(ending.port());
  CHECK(second.answer().body == "{}");
  CHECK(second.answer().body == "{}");
  CHECK(ending.connections() == 2);
}

TEST_CASE("HTTP: a byte at a time") {
  Hostile server({[](Peer& peer) {
    peer.read_request();
    for (const char c : ok("{\"slow\":true}")) peer.send({&c, 1});
    peer.wait_until_gone();
  }});
  Rig rig(server.port());
  CHECK(rig.answer().body == "{\"slow\":true}");
}

TEST_CASE("HTTP: interim answers are passed over") {
  Hostile server({always("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n" + ok("{}"))});
  Rig rig(server.port());
  CHECK(rig.answer().body == "{}");
  CHECK(rig.answer().body == "{}");
  CHECK(server.connections() == 1);
}

TEST_CASE("HTTP: garbage") {
  CHECK(has(why(once("SSH-2.0-OpenSSH_9.2p1\r\n\r\n", true)), "not HTTP"));
  CHECK(has(why(once(std::string(1000, '\0'), true)), "not HTTP"));
  CHECK(has(why(once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", true)),
            "status 101"));
  const Script endless_interim = [](Peer& peer) {
    peer.read_request();
    peer.flood("HTTP/1.1 100 Continue\r\n\r\n");
  };
  CHECK(why(endless_interim) == "too many interim answers");
}

TEST_CASE("HTTP: the connection ends too early") {
  CHECK(why(once("")) == "the server closed the connection without an answer");
  CHECK(why([](Peer&) {}).starts_with("the "));  // FIN, or RST if the request came first
  for (const std::string bytes : {"HTTP", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{",
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"}) {
    CAPTURE(bytes);
    CHECK(why(once(bytes)) == "the answer was cut short");
  }
  const Script reset = [](Peer& peer) {
    peer.read_request();
    peer.reset();
  };
  CHECK(why(reset) == "the connection broke (Connection reset by peer)");
}

}  // namespace
}  // namespace tickcache::daemon
