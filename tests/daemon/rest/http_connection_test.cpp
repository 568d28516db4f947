// Which connections the HTTP client keeps, and what it does when one is dead.
#include <atomic>

#include "daemon/rest/http_rig.hpp"

namespace tickcache::daemon {
namespace {

TEST_CASE("HTTP: the connection is kept for the next request") {
  Hostile server({always(ok("{}"))});
  Rig rig(server.port());
  for (int i = 0; i < 5; ++i) CHECK(rig.answer().body == "{}");
  CHECK(server.connections() == 1);
}

TEST_CASE("HTTP: a connection that the server does not keep is not used again") {
  for (const std::string& answer :
       {ok("{}", "Connection: close\r\n"), ok("{}") + "more than the answer"}) {
    CAPTURE(answer);
    Hostile server({once(answer, true)});
    Rig rig(server.port());
    for (int i = 0; i < 3; ++i) CHECK(rig.answer().body == "{}");
    CHECK(server.connections() == 3);
    CHECK(rig.leaves_loop());
  }
}

TEST_CASE("HTTP: an idle connection is dropped if the server ends it or sends anything") {
  for (const bool sends : {false, true}) {
    CAPTURE(sends);
    std::atomic<bool> idle = false;
    Hostile server({[&](Peer& peer) {
                      peer.read_request();
                      peer.send(ok("{}"));
                      while (!idle) peer.pause(1ms);
                      if (sends) {
                        peer.send(ok("not asked for"));
                        peer.wait_until_gone();
                      }
                    },
                    always(ok("second"))});
    Rig rig(server.port());
    CHECK(rig.answer().body == "{}");
    idle = true;
    CHECK(rig.leaves_loop());
    CHECK(rig.answer().body == "second");
    CHECK(server.connections() == 2);
  }
}

TEST_CASE("HTTP: a kept connection that turns out to be dead: once more on a new one") {
  for (const bool reset : {false, true}) {
    CAPTURE(reset);
    std::atomic<bool> dead = false;
    Hostile server({[&](Peer& peer) {
                      peer.read_request();
                      peer.send(ok("first"));
                      while (!dead) peer.pause(1ms);
                      reset ? peer.reset() : peer.cut();
                      dead = false;
                    },
                    always(ok("second"))});
    Rig rig(server.port());
    CHECK(rig.answer().body == "first");
    dead = true;
    CHECK(test::soon([&] { return !dead; }));  // meanwhile the loop stands still
    CHECK(rig.answer().body == "second");
    CHECK(rig.answer().body == "second");
    CHECK(server.connections() == 2);
  }
}

TEST_CASE("HTTP: a kept connection that ends at the request: once more, but not twice") {
  const Script answers_once = [](Peer& peer) {
    peer.read_request();
    peer.send(ok("first"));
    peer.read_request();
  };
  const Script answers_never = [](Peer& peer) { peer.read_request(); };
  Hostile server({answers_once, answers_never});
  Rig rig(server.port());
  CHECK(rig.answer().body == "first");
  const HttpFailure failure = rig.failure();
  CHECK(failure.why == "the server closed the connection without an answer");
  CHECK(server.connections() == 2);
}

TEST_CASE("HTTP: a kept connection that ends within an answer: no second request") {
  Hostile server({[](Peer& peer) {
                    peer.read_request();
                    peer.send(ok("first"));
                    peer.read_request();
                    peer.send("HTTP/1.1 200");
                  },
                  always(ok("second"))});
  Rig rig(server.port());
  CHECK(rig.answer().body == "first");
  CHECK(rig.failure().why == "the answer was cut short");
  CHECK(server.connections() == 1);
}

TEST_CASE("HTTP: the second attempt has what is left of the time") {
  Hostile server({[](Peer& peer) {
                    peer.read_request();
                    peer.send(ok("first"));
                    peer.read_request();
                  },
                  [](Peer& peer) { peer.wait_until_gone(); }});
  Rig rig(server.port());
  CHECK(rig.answer().body == "first");
  CHECK(rig.failure(kShort).why == "no answer within 0.1 s");
  CHECK(server.connections() == 2);
}

}  // namespace
}  // namespace tickcache::daemon
