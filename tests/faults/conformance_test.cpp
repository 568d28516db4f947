// The session against RFC 6455, and docs/conformance.md, which is what this test writes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "tests/faults/conformance.hpp"
#include "tests/faults/frames.hpp"
#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;

namespace {

const char* const kIntroduction = R"(# Conformance to RFC 6455

What tickcached, as a WebSocket client, does in the cases of [RFC 6455](https://www.rfc-editor.org/rfc/rfc6455).
Made by the test `conformance_test`, which runs every case against the hostile exchange of `tests/faults`,
fails when a result is not the expected one, and compares this page with what it would write.
`TICKCACHE_WRITE_CONFORMANCE=1 conformance_test` writes it anew.

"Fails with CODE" is section 7.1.7: a close frame with that code, nothing delivered from there on, and
the connection is closed, whether the peer closes its side or not. Faults of the opening handshake
(section 4) are in `docs/faults.md`, rows 9 to 12.

- Close code 1014 counts as reserved, as in the RFC; it was registered later.
- Codes from 5000 on are in none of the RFC's ranges; they are taken as they come.
- A character that is cut before an empty last fragment (section 8.1) is noticed by Beast only with
  the next message, which fails. The message itself is rejected by the decoder, and counted.
- A close without a code is answered with 1000, and is a loss like any other.

)";

const std::string kPage = TICKCACHE_CONFORMANCE_PAGE;

std::string whole_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string first_line(const std::string& request) {
  return request.substr(0, request.find("\r\n"));
}

}  // namespace

TEST_CASE("every case of the table, and docs/conformance.md says so") {
  std::string page = std::string(kIntroduction) +
                     "| section | the exchange sends | tickcached | |\n|---|---|---|---|\n";
  for (const ConformanceCase& conformance_case : conformance_cases()) {
    const std::string result = observe(conformance_case);
    INFO("section ", conformance_case.section, ": ", conformance_case.what);
    CHECK(result == conformance_case.expected);
    page += "| " + conformance_case.section + " | " + conformance_case.what + " | " + result +
            " | " + (result == conformance_case.expected ? "pass" : "FAIL") + " |\n";
  }
  if (std::getenv("TICKCACHE_WRITE_CONFORMANCE") != nullptr) std::ofstream(kPage) << page;
  CHECK(whole_file(kPage) == page);
}

TEST_CASE("the client's side of the opening handshake, section 4.1") {
  std::vector<std::string> requests;
  std::mutex mutex;
  Hostile exchange({[&](Peer& peer) {
    const std::string request = peer.accept();
    const std::lock_guard lock(mutex);
    requests.push_back(request);
  }});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(soon([&] { return exchange.connections() >= 4; }));
  daemon.stop();
  const std::lock_guard lock(mutex);
  std::set<std::string> keys;
  for (const std::string& request : requests) {
    CHECK(first_line(request) == "GET /ws/v1?api_key=ak_live_hostile HTTP/1.1");
    CHECK(header_of(request, "Host") == "127.0.0.1:" + std::to_string(exchange.port()));
    CHECK(header_of(request, "Upgrade") == "websocket");
    const std::string connection = header_of(request, "Connection");
    CHECK((connection == "Upgrade" || connection == "upgrade"));
    CHECK(header_of(request, "Sec-WebSocket-Version") == "13");
    CHECK(header_of(request, "Sec-WebSocket-Extensions").empty());
    CHECK(header_of(request, "Sec-WebSocket-Protocol").empty());
    CHECK(header_of(request, "Sec-WebSocket-Key").size() == 24);
    keys.insert(header_of(request, "Sec-WebSocket-Key"));
  }
  CHECK(keys.size() == requests.size());  // a new one each time
}

TEST_CASE("what the client sends is masked and whole, sections 5.3 and 5.4") {
  std::atomic<int> requests{0};
  std::atomic<bool> sound{true};
  Hostile exchange({[&](Peer& peer) {
    peer.accept();
    while (const auto frame = peer.read_frame()) {
      sound = sound && frame->masked && frame->fin;
      if (frame->opcode == kText) ++requests;
      if (frame->opcode == kClose) return;
    }
  }});
  RunningDaemon daemon(
      {.port = exchange.port(), .arguments = {"--orders=true", "--portfolio=true"}});
  CHECK(soon([&] { return requests == 3; }));
  daemon.stop();
  CHECK(sound);
}
