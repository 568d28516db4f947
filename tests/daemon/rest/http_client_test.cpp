// The HTTP client against servers of every kind.
#include "daemon/sources/rest/http_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/rest/answer_reader.hpp"
#include "support/soon.hpp"
#include "tests/faults/certificates.hpp"
#include "tests/faults/hostile.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;
using faults::Hostile;
using faults::Peer;
using faults::Script;

namespace asio = boost::asio;

constexpr const char* kKey = "ak_VerySecret-0123456789";
/// For what never answers.
constexpr std::chrono::milliseconds kShort{100};

std::string ok(const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Answers each request with `answer`, until the client goes.
Script always(const std::string& answer) {
  return [answer](Peer& peer) {
    while (!peer.read_request().empty() && peer.send(answer)) {
    }
  };
}

/// Answers one request with these bytes; then the connection ends, or is held.
Script once(const std::string& bytes, bool then_hold = false) {
  return [=](Peer& peer) {
    peer.read_request();
    peer.send(bytes);
    if (then_hold) peer.wait_until_gone();
  };
}

/// A client on a loop of its own.
struct Rig {
  asio::io_context io{1};
  HttpSettings settings;
  std::optional<HttpClient> client;
  std::vector<HttpResult> results;

  explicit Rig(std::uint16_t port, const std::string& scheme = "ws",
               const std::string& host = "127.0.0.1") {
    REQUIRE(parse_url(scheme + "://" + host + ":" + std::to_string(port), settings.url).empty());
    settings.api_key = ApiKey(kKey);
    settings.user_agent = "tickcached/test";
    settings.resolve = [this, port](const std::string&, std::uint16_t, Resolved resolved) {
      const asio::ip::tcp::endpoint here(asio::ip::make_address("127.0.0.1"), port);
      asio::post(io, [here, resolved = std::move(resolved)] { resolved({}, {here}); });
    };
    client.emplace(io, settings);
  }

  void begin(std::chrono::nanoseconds timeout = test::kPatience, bool with_key = false,
             const std::string& target = "/api/v1/market/prices?symbols=BTCUSDT") {
    client->get(target, with_key, timeout,
                [this](HttpResult result) { results.push_back(std::move(result)); });
    CHECK(client->busy());
  }

  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 2 * test::kPatience;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      if (io.stopped()) io.restart();
      io.run_one_for(20ms);
    }
    return done();
  }

  /// Whether nothing of the client is on the loop any more.
  bool leaves_loop() {
    io.restart();
    io.run_for(test::kPatience);
    return io.stopped();
  }

  HttpResult get(std::chrono::nanoseconds timeout = test::kPatience, bool with_key = false) {
    const std::size_t before = results.size();
    begin(timeout, with_key);
    CHECK(results.size() == before);  // never from inside the call
    REQUIRE(run_until([&] { return results.size() > before; }));
    CHECK_FALSE(client->busy());
    CHECK(results.size() == before + 1);
    return results.back();
  }

  HttpAnswer answer(bool with_key = false) {
    const HttpResult result = get(test::kPatience, with_key);
    if (const auto* failure = std::get_if<HttpFailure>(&result)) FAIL(failure->why);
    return std::get<HttpAnswer>(result);
  }

  HttpFailure failure(std::chrono::nanoseconds timeout = test::kPatience, bool with_key = false) {
    const HttpResult result = get(timeout, with_key);
    REQUIRE(std::holds_alternative<HttpFailure>(result));
    CHECK(leaves_loop());  // the connection is gone
    return std::get<HttpFailure>(result);
  }
};

/// Why one request to a server with this script fails.
std::string why(const Script& script, std::chrono::nanoseconds timeout = test::kPatience) {
  Hostile server({script});
  Rig rig(server.port());
  const HttpFailure failure = rig.failure(timeout);
  CHECK(failure.reached);
  CHECK(server.connections() == 1);
  return failure.why;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

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
  CHECK(answer.content_type == "application/json");
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

TEST_CASE("HTTP: the connection is kept for the next request") {
  Hostile server({always(ok("{}"))});
  Rig rig(server.port());
  for (int i = 0; i < 5; ++i) CHECK(rig.answer().body == "{}");
  CHECK(server.connections() == 1);
}

TEST_CASE("HTTP: every answer has the whole bound, on a kept connection too") {
  const std::string body(std::size_t{3} << 20, 'x');
  Hostile server({always(ok(body))});
  Rig rig(server.port());
  for (int i = 0; i < 3; ++i) CHECK(rig.answer().body == body);
  CHECK(server.connections() == 1);
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
  CHECK(failure.reached);
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

TEST_CASE("HTTP: refused, not resolved, not connected in time") {
  const faults::BoundSocket closed;
  Rig refused(closed.port());
  const HttpFailure failure = refused.failure();
  CHECK(failure.why == "cannot connect (Connection refused)");
  CHECK_FALSE(failure.reached);

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
  CHECK_FALSE(std::get<HttpFailure>(silent.results.back()).reached);
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
  CHECK(rig.failure(kShort).reached);
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

TEST_CASE("HTTP: close() at any moment; the client can be used again") {
  Hostile server({always(ok("{}"))});
  for (int steps = 0; steps < 8; ++steps) {
    CAPTURE(steps);
    Rig rig(server.port());
    rig.begin();
    for (int i = 0; i < steps; ++i) rig.io.poll_one();
    const std::size_t before = rig.results.size();
    rig.client->close();
    CHECK_FALSE(rig.client->busy());
    CHECK(rig.leaves_loop());
    CHECK(rig.results.size() == before);
    CHECK(rig.answer().body == "{}");
    rig.client->close();
    rig.client->close();
    CHECK(rig.leaves_loop());
  }
}

TEST_CASE("HTTP: close() while the server hangs") {
  Hostile server({[](Peer& peer) { peer.wait_until_gone(); }});
  Rig rig(server.port());
  rig.begin();
  rig.run_until([&] { return server.connections() == 1; });
  rig.client->close();
  CHECK(rig.leaves_loop());
  CHECK(rig.results.empty());
}

TEST_CASE("HTTP: close() while the host is being resolved; what is found is of no interest") {
  Hostile server({always(ok("{}"))});
  Rig rig(server.port());
  Resolved late;
  rig.settings.resolve = [&](const std::string&, std::uint16_t, Resolved resolved) {
    late = std::move(resolved);
  };
  rig.begin();
  rig.client->close();
  CHECK(rig.leaves_loop());
  late({}, {{asio::ip::make_address("127.0.0.1"), server.port()}});
  late = nullptr;
  CHECK(rig.leaves_loop());
  CHECK(rig.results.empty());
  CHECK(server.connections() == 0);
}

TEST_CASE("HTTP: the client is destroyed while a request is under way, or with its loop") {
  Hostile server({always(ok("{}"))});
  for (int steps = 0; steps < 8; ++steps) {
    CAPTURE(steps);
    for (const bool with_loop : {false, true}) {
      Rig rig(server.port());
      rig.begin();
      for (int i = 0; i < steps; ++i) rig.io.poll_one();
      const std::size_t before = rig.results.size();
      rig.client.reset();
      if (with_loop) continue;
      CHECK(rig.leaves_loop());
      CHECK(rig.results.size() == before);
    }
  }
}

TEST_CASE("HTTP: a report may begin the next request, close the client, or destroy it") {
  Hostile server({always(ok("{}"))});
  Rig rig(server.port());
  int left = 5;
  const auto last = [&](HttpResult) { rig.client.reset(); };
  std::function<void(HttpResult)> next = [&](HttpResult result) {
    CHECK(std::holds_alternative<HttpAnswer>(result));
    CHECK_FALSE(rig.client->busy());
    if (left == 1) rig.client->close();
    rig.client->get("/", false, test::kPatience, --left > 0 ? next : last);
  };
  rig.client->get("/", false, test::kPatience, next);
  CHECK(rig.leaves_loop());
  CHECK(left == 0);
  CHECK_FALSE(rig.client.has_value());
  CHECK(server.connections() == 2);

  const faults::BoundSocket closed;
  Rig failing(closed.port());
  failing.client->get("/", false, test::kPatience, [&](HttpResult result) {
    CHECK(std::holds_alternative<HttpFailure>(result));
    failing.client.reset();
  });
  CHECK(failing.leaves_loop());
  CHECK_FALSE(failing.client.has_value());
}

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
  CHECK(rig.answer(true).content_type == "application/json");
}

namespace {

/// A client that trusts this authority.
struct TlsRig : Rig {
  asio::ssl::context tls{asio::ssl::context::tls_client};

  TlsRig(std::uint16_t port, const faults::Authority& authority,
         const std::string& host = "exchange.test")
      : Rig(port, "wss", host) {
    tls.load_verify_file(authority.file());
    settings.tls = &tls;
  }
  ~TlsRig() { client.reset(); }
};

Script over_tls(const Script& script) {
  return [script](Peer& peer) {
    if (peer.start_tls()) script(peer);
  };
}

}  // namespace

TEST_CASE("HTTP over TLS: a good certificate; the connection is kept") {
  const faults::Authority authority;
  const faults::ServerTls certificate = authority.server();
  std::string name;
  Hostile server({over_tls([&](Peer& peer) {
                   name = peer.server_name();
                   always(ok("{}"))(peer);
                 })},
                 {.tls = certificate.get()});
  TlsRig rig(server.port(), authority);
  for (int i = 0; i < 3; ++i) CHECK(rig.answer(true).body == "{}");
  CHECK(server.connections() == 1);
  CHECK(name == "exchange.test");
}

TEST_CASE("HTTP over TLS: a certificate that is not the server's is refused") {
  const faults::Authority authority;
  const faults::Authority other;
  struct Bad {
    faults::ServerTls certificate;
    const char* host;
    const char* why;
  };
  const Bad all[] = {
      {authority.server({.names = "DNS:other.test"}), "exchange.test", "hostname mismatch"},
      {authority.server({.names = "IP:127.0.0.9"}), "127.0.0.1", "IP address mismatch"},
      {authority.server({.valid_from = -7200, .valid_to = -3600}), "exchange.test", "expired"},
      {authority.server({.self_signed = true}), "exchange.test", "self-signed certificate"},
      {other.server(), "exchange.test", "certificate"},
  };
  for (const Bad& bad : all) {
    CAPTURE(bad.why);
    std::atomic<bool> asked = false;
    Hostile server({over_tls([&](Peer& peer) {
                     if (!peer.read_request().empty()) asked = true;
                   })},
                   {.tls = bad.certificate.get()});
    TlsRig rig(server.port(), authority, bad.host);
    const HttpFailure failure = rig.failure(test::kPatience, true);
    CHECK(failure.why.starts_with("the TLS handshake failed (certificate"));
    CHECK(has(failure.why, bad.why));
    CHECK(failure.reached);
    CHECK_FALSE(asked);
  }
}

TEST_CASE("HTTP over TLS: no TLS, a handshake that hangs") {
  const faults::Authority authority;
  Hostile plain({[](Peer& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_until_gone();
  }});
  TlsRig no_tls(plain.port(), authority);
  CHECK(has(no_tls.failure().why, "the TLS handshake failed"));

  Hostile silent({[](Peer& peer) { peer.wait_until_gone(); }});
  TlsRig hangs(silent.port(), authority);
  CHECK(hangs.failure(kShort).why == "no answer within 0.1 s");
  CHECK(std::get<HttpFailure>(hangs.results.back()).reached);
}

TEST_CASE("HTTP over TLS: an answer that is cut without close_notify is no answer") {
  const faults::Authority authority;
  const faults::ServerTls certificate = authority.server();
  Hostile server({over_tls([](Peer& peer) {
                   peer.read_request();
                   peer.send("HTTP/1.1 200 OK\r\n\r\n{\"prices\":{");
                   peer.cut();
                 })},
                 {.tls = certificate.get()});
  TlsRig rig(server.port(), authority);
  CHECK(rig.failure().why.starts_with("the connection broke ("));
}

TEST_CASE("HTTP over TLS: a kept connection that turns out to be dead") {
  const faults::Authority authority;
  const faults::ServerTls certificate = authority.server();
  std::atomic<bool> dead = false;
  Hostile server({over_tls([&](Peer& peer) {
                    peer.read_request();
                    peer.send(ok("first"));
                    while (!dead) peer.pause(1ms);
                    peer.cut();
                    dead = false;
                  }),
                  over_tls(always(ok("second")))},
                 {.tls = certificate.get()});
  TlsRig rig(server.port(), authority);
  CHECK(rig.answer().body == "first");
  dead = true;
  CHECK(test::soon([&] { return !dead; }));
  CHECK(rig.answer().body == "second");
  CHECK(server.connections() == 2);
}

}  // namespace tickcache::daemon
