// The HTTP client over TLS.
#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <variant>

#include "daemon/rest/http_rig.hpp"
#include "tests/faults/certificates.hpp"

namespace tickcache::daemon {
namespace {

namespace asio = boost::asio;

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

}  // namespace
}  // namespace tickcache::daemon
