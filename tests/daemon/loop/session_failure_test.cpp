// Sessions that do not open, or end.
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "daemon/loop/raw_server.hpp"
#include "daemon/loop/session_rig.hpp"
#include "sim/exchange.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::make_address;
using asio::ip::tcp;

struct WithServer : SessionRig {
  RawServer server;

  explicit WithServer(RawServer::Script script) : server(io, std::move(script)) {
    resolve_to({server.endpoint()});
  }
  /// Answers every request with this.
  static RawServer::Script always(const std::string& bytes, bool then_close = false) {
    return [=](const std::string&) { return RawServer::Reply{{bytes}, then_close}; };
  }
  /// Accepts the upgrade, then sends this.
  static RawServer::Script upgraded_then(const std::string& bytes, bool then_close = false) {
    return [=](const std::string& request) {
      return RawServer::Reply{{accepting(request) + bytes}, then_close};
    };
  }
};

std::string http(const std::string& status, const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: 3\r\n\r\nno!";
}

/// A port that is bound and does not listen: connections are refused, and nobody can take it.
struct ClosedPort {
  tcp::socket socket;
  explicit ClosedPort(asio::io_context& io, const char* address = "127.0.0.1")
      : socket(io, tcp::endpoint(make_address(address), 0)) {}
  [[nodiscard]] tcp::endpoint endpoint() const { return socket.local_endpoint(); }
};

/// A port where connecting neither succeeds nor fails: its queue is full.
struct HangingPort {
  tcp::acceptor acceptor;
  std::vector<tcp::socket> waiting;

  explicit HangingPort(asio::io_context& io) : acceptor(io, tcp::v4()) {
    acceptor.bind({make_address("127.0.0.1"), 0});
    acceptor.listen(0);
    for (int i = 0; i < 4; ++i) {
      tcp::socket& socket = waiting.emplace_back(io, tcp::v4());
      socket.async_connect(acceptor.local_endpoint(), [](boost::system::error_code) {});
    }
  }
  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor.local_endpoint(); }
};

TEST_CASE("session: an HTTP error is reported with its status") {
  for (const int status : {401, 403, 404, 426, 500, 503}) {
    WithServer at(WithServer::always(http(std::to_string(status) + " No")));
    at.start();
    const Failure failure = at.failure(Failure::Kind::http);
    CHECK(failure.http_status == status);
    CHECK_FALSE(failure.retry_after.has_value());
  }
}

TEST_CASE("session: an HTTP error with any kind of body") {
  for (const std::string headers_and_body :
       {"\r\nuntil the end", "Transfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n",
        "Content-Length: 0\r\n\r\n"}) {
    INFO(headers_and_body);
    WithServer at(WithServer::always("HTTP/1.1 403 Forbidden\r\n" + headers_and_body, true));
    at.start();
    CHECK(at.failure(Failure::Kind::http).http_status == 403);
  }
}

TEST_CASE(
    "session: an HTTP error whose body never ends, or is too long, is a failure all the same") {
  for (const std::string headers : {"\r\n", "Content-Length: 1000000000\r\n\r\n"}) {
    INFO(headers);
    WithServer at(WithServer::always("HTTP/1.1 503 Busy\r\n" + headers));
    at.settings.handshake_timeout = 50ms;
    at.start();
    REQUIRE(at.run_until([&] { return !at.failures.empty(); }));
    CHECK(at.opened == 0);
  }
}

TEST_CASE("session: the exchange's own rejection of a key") {
  sim::Options options;
  options.key = "ak_right";
  sim::Exchange exchange(options);
  exchange.start();
  SessionRig at;
  at.resolve_to({{make_address("127.0.0.1"), exchange.port()}});
  at.start();
  CHECK(at.failure(Failure::Kind::http).http_status == 403);
}

TEST_CASE("session: Retry-After comes with the status") {
  WithServer at(WithServer::always(http("503 Busy", "Retry-After: 7\r\n")));
  at.start();
  const Failure failure = at.failure(Failure::Kind::http);
  CHECK(failure.http_status == 503);
  CHECK(failure.retry_after == 7s);
  WithServer malformed(WithServer::always(http("503 Busy", "Retry-After: soon\r\n")));
  malformed.start();
  CHECK_FALSE(malformed.failure(Failure::Kind::http).retry_after.has_value());
}

TEST_CASE("session: a redirection is not followed") {
  SessionRig at;
  RawServer elsewhere(at.io, WithServer::always({}));
  const std::string port = std::to_string(elsewhere.endpoint().port());
  RawServer server(at.io, WithServer::always(http(
                              "302 Found", "Location: ws://127.0.0.1:" + port + "/ws/v1\r\n")));
  at.resolve_to({server.endpoint()});
  at.start();
  CHECK(at.failure(Failure::Kind::http).http_status == 302);
  CHECK(server.requests().size() == 1);
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("session: an answer that is no acceptance of this handshake") {
  const std::string answers[] = {
      "garbage\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      std::string(100'000, 'x'),
  };
  for (const std::string& answer : answers) {
    INFO(answer.substr(0, 80));
    WithServer at(WithServer::always(answer));
    at.start();
    REQUIRE(at.run_until([&] { return !at.failures.empty() || at.opened > 0; }));
    CHECK(at.opened == 0);
    const Failure::Kind kind = at.failures[0].kind;
    // To Beast a 101 that does not fit is a declined upgrade; to nobody is it a rejected key.
    CHECK((kind == Failure::Kind::handshake ||
           (kind == Failure::Kind::http && at.failures[0].http_status == 101)));
  }
}

TEST_CASE("session: the peer ends the connection instead of answering") {
  WithServer at([](const std::string&) { return RawServer::Reply{{}, true}; });
  at.start();
  at.failure(Failure::Kind::handshake);
}

TEST_CASE("session: no answer, half an answer") {
  for (const std::string answer : {"", "HTTP/1.1 101 Switching Proto", "HTTP/1.1 403 No\r\nA: "}) {
    WithServer at(WithServer::always(answer));
    at.settings.handshake_timeout = 50ms;
    at.start();
    at.failure(Failure::Kind::timeout);
    CHECK(at.vanishes());
    CHECK(at.run_until([&] { return at.server.clients_gone() == 1; }));
  }
}

TEST_CASE("session: a dead address is passed over, and so is one that hangs") {
  SessionRig at;
  const ClosedPort dead(at.io, "127.0.0.2");
  const HangingPort hanging(at.io);
  RawServer server(at.io, WithServer::upgraded_then({}));
  at.settings.address_timeout = 100ms;
  at.resolve_to({dead.endpoint(), hanging.endpoint(), server.endpoint()});
  at.start();
  CHECK(at.opens());
}

TEST_CASE("session: the last address decides how connecting has failed") {
  SessionRig at;
  const ClosedPort dead(at.io);
  const HangingPort hanging(at.io);
  at.settings.address_timeout = 50ms;
  at.resolve_to({hanging.endpoint(), dead.endpoint()});
  at.start();
  CHECK_FALSE(at.failure(Failure::Kind::connect).detail.empty());

  SessionRig last_hangs;
  last_hangs.settings.address_timeout = 50ms;
  last_hangs.resolve_to({dead.endpoint(), hanging.endpoint()});
  last_hangs.start();
  last_hangs.failure(Failure::Kind::timeout);
}

TEST_CASE("session: more dead addresses than there is time for: the others in a later attempt") {
  constexpr std::size_t kDead = 7;
  SessionRig at;
  const HangingPort hanging(at.io);
  RawServer server(at.io, WithServer::upgraded_then({}));
  Endpoints all(kDead, hanging.endpoint());
  all.push_back(server.endpoint());
  at.settings.address_timeout = 50ms;
  at.settings.connect_timeout = 100ms;
  at.resolve_to(all);
  std::uint64_t attempt = 0;
  while (at.opened == 0 && attempt < 10) {
    at.start(++attempt);
    REQUIRE(at.run_until([&] { return at.opened > 0 || !at.failures.empty(); }));
    for (const Failure& failure : at.failures) CHECK(failure.kind == Failure::Kind::timeout);
    at.failures.clear();
  }
  CHECK(at.opened == 1);
  CHECK(attempt <= (kDead + 1) / 2);
}

TEST_CASE("session: the host name cannot be resolved") {
  SessionRig at;
  at.settings.resolve = [&](const std::string&, std::uint16_t, const Resolved& resolved) {
    asio::post(at.io, [resolved] { resolved(asio::error::host_not_found, {}); });
  };
  at.start();
  CHECK_FALSE(at.failure(Failure::Kind::resolve).detail.empty());
}

TEST_CASE("session: resolving takes too long, and what is found later is of no interest") {
  SessionRig at;
  RawServer server(at.io, WithServer::upgraded_then({}));
  Resolved late;
  at.settings.resolve = [&](const std::string&, std::uint16_t, Resolved resolved) {
    late = std::move(resolved);
  };
  at.settings.resolve_timeout = 20ms;
  at.start();
  at.failure(Failure::Kind::timeout);
  late(boost::system::error_code(), {server.endpoint()});
  late = nullptr;
  CHECK(at.vanishes());
  at.io.poll();
  CHECK(server.requests().empty());
  CHECK(at.failures.size() == 1);
}

TEST_CASE("session: closed while it resolves, connects or shakes hands") {
  SessionRig at;
  const HangingPort hanging(at.io);
  RawServer silent(at.io, WithServer::always({}));
  for (const tcp::endpoint& endpoint : {hanging.endpoint(), silent.endpoint()}) {
    for (int steps = 0; steps < 6; ++steps) {
      at.resolve_to({endpoint});
      at.start();
      at.io.restart();
      for (int i = 0; i < steps; ++i) at.io.run_one_for(5ms);
      at.session->close(false);
      CHECK(at.vanishes());
    }
  }
  CHECK(at.failures.empty());
  CHECK(at.opened == 0);
}

TEST_CASE("session: the peer's close code is reported") {
  for (const int code : {1000, 1001, 1008, 1013, 4001, 4401}) {
    const auto payload = sim::close_payload(static_cast<std::uint16_t>(code));
    WithServer at(
        WithServer::upgraded_then(frame("last words") + frame(sim::Opcode::close, payload), true));
    at.start();
    CHECK(at.close_code() == code);
    CHECK(at.texts == std::vector<std::string>{"last words"});
  }
}

TEST_CASE("session: 1006 when the peer sent no code, or just went away") {
  WithServer without_code(WithServer::upgraded_then(frame(sim::Opcode::close, {}), true));
  without_code.start();
  CHECK(without_code.close_code() == 1006);
  WithServer gone(WithServer::upgraded_then(frame("one"), true));
  gone.start();
  CHECK(gone.close_code() == 1006);
}

TEST_CASE("session: the exchange drops the connection, with and without RST") {
  for (const bool reset : {false, true}) {
    sim::Exchange exchange(sim::Options{});
    exchange.start();
    SessionRig at;
    at.resolve_to({{make_address("127.0.0.1"), exchange.port()}});
    at.start();
    REQUIRE(at.opens());
    REQUIRE(exchange.drop_all(reset) == 1);
    CHECK(at.close_code() == 1006);
    CHECK(at.vanishes());
  }
}

TEST_CASE("session: what breaks the WebSocket protocol ends the session") {
  const std::string masked{"\x81\x83\x01\x02\x03\x04\x60\x60\x60", 9};
  const std::string reserved_opcode{"\x83\x01\x41", 3};
  const std::string reserved_bit{"\xc1\x01\x41", 3};
  const std::string no_start{"\x80\x01\x41", 3};
  const std::string not_utf8{"\x81\x02\xc3\x28", 4};
  const std::string fragmented_ping{"\x09\x01\x41", 3};
  for (const std::string& bytes :
       {masked, reserved_opcode, reserved_bit, no_start, not_utf8, fragmented_ping}) {
    WithServer at(WithServer::upgraded_then(frame("before") + bytes + frame("after")));
    at.start();
    CHECK(at.close_code() == 1006);
    CHECK(at.texts == std::vector<std::string>{"before"});
  }
}

}  // namespace
}  // namespace tickcache::daemon
