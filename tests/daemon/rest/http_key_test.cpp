// When the HTTP client shows the key, and to whom.
#include "daemon/rest/http_rig.hpp"

namespace tickcache::daemon {
namespace {

TEST_CASE("HTTP: the key is sent only when asked, and only in its header") {
  std::vector<std::string> requests;
  Hostile server({[&](Peer& peer) {
    for (std::string request; !(request = peer.read_request()).empty();) {
      requests.push_back(request);
      peer.send(ok("{}"));
    }
  }});
  Rig rig(server.port());
  rig.answer(false);
  rig.answer(true);
  rig.answer(false);
  REQUIRE(requests.size() == 3);
  CHECK_FALSE(has(requests[0], kKey));
  CHECK_FALSE(has(requests[0], "X-API-Key"));
  CHECK(has(requests[1], std::string("\r\nX-API-Key: ") + kKey + "\r\n"));
  CHECK(requests[1].find(kKey) == requests[1].rfind(kKey));
  CHECK_FALSE(has(requests[2], "X-API-Key"));
}

TEST_CASE("HTTP: the key is sent again with the second attempt") {
  std::string request;
  Hostile server({[](Peer& peer) {
                    peer.read_request();
                    peer.send(ok("first"));
                    peer.read_request();
                  },
                  [&](Peer& peer) {
                    request = peer.read_request();
                    peer.send(ok("second"));
                    peer.wait_until_gone();
                  }});
  Rig rig(server.port());
  rig.answer(true);
  CHECK(rig.answer(true).body == "second");
  CHECK(has(request, std::string("X-API-Key: ") + kKey));
}

TEST_CASE("HTTP: a failure never tells the key, even if the server does") {
  const std::string key = kKey;
  const std::string answers[] = {
      key + "\r\n\r\n",
      "HTTP/1.1 " + key + "\r\n\r\n",
      "HTTP/1.1 200 " + key + "\r\n" + key + "\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: " + key + "\r\n\r\n",
      "HTTP/1.1 101 " + key + "\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + key + "\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + key,
      "",
  };
  for (const std::string& answer : answers) {
    CAPTURE(answer);
    Hostile server({once(answer)});
    Rig rig(server.port());
    const HttpFailure failure = rig.failure(test::kPatience, true);
    CHECK_FALSE(failure.why.empty());
    CHECK_FALSE(has(failure.why, "Secret"));
  }
  Hostile server({always(ok("{}", "X: y\r\n"))});
  Rig rig(server.port());
  CHECK(rig.answer(true).status == 200);
}

}  // namespace
}  // namespace tickcache::daemon
