// TLS: what is refused, what is not, and that the log says why.
#include <doctest/doctest.h>

#include "tests/faults/certificates.hpp"
#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

struct Asked {
  std::mutex mutex;
  std::string server_name = "(nothing yet)";
};

Script good_tls_session(Asked* asked = nullptr) {
  return [asked](Peer& peer) {
    if (!peer.start_tls()) return;
    if (asked != nullptr) {
      const std::lock_guard lock(asked->mutex);
      asked->server_name = peer.server_name();
    }
    peer.accept();
    serve_well(peer);
  };
}

const Script kOnlyTls = [](Peer& peer) {
  if (peer.start_tls()) peer.wait_until_gone();
};

/// A daemon for wss://HOST:port, where HOST leads to this machine.
DaemonOptions options_for(const std::string& host, std::uint16_t port, const Authority& authority) {
  return {.url = "wss://" + host + ":" + std::to_string(port),
          .arguments = {"--ca-file=" + authority.file()},
          .adjust = [port](daemon::SessionSettings& settings) {
            settings.resolve = fixed_resolver(settings.resolve, {{"127.0.0.1", port}});
          }};
}

struct BadServer {
  std::string what;
  CertificateOptions certificate;
  const char* host;
  const char* log;
};

const BadServer kBadServers[] = {
    {"another host", {.names = "DNS:other.test"}, "exchange.test", "hostname mismatch"},
    {"another address",
     {.names = "DNS:exchange.test,IP:127.0.0.9"},
     "127.0.0.1",
     "IP address mismatch"},
    {"an address as a name", {.names = "DNS:127.0.0.1"}, "127.0.0.1", "IP address mismatch"},
    {"expired",
     {.valid_from = -7200, .valid_to = -3600},
     "exchange.test",
     "certificate has expired"},
    {"not valid yet",
     {.valid_from = 3600, .valid_to = 7200},
     "exchange.test",
     "certificate is not yet valid"},
    {"self-signed", {.self_signed = true}, "exchange.test", "self-signed certificate"},
};

}  // namespace

TEST_CASE("TLS: a good certificate for a name; SNI asks for it") {
  const Authority authority;
  const ServerTls tls = authority.server();
  Asked asked;
  Hostile exchange({good_tls_session(&asked)}, {.tls = tls.get()});
  RunningDaemon daemon(options_for("exchange.test", exchange.port(), authority));
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 1);
  const std::lock_guard lock(asked.mutex);
  CHECK(asked.server_name == "exchange.test");
}

TEST_CASE("TLS: a good certificate for an address; SNI says nothing") {
  const Authority authority;
  const ServerTls tls = authority.server({.names = "IP:127.0.0.1"});
  Asked asked;
  Hostile exchange({good_tls_session(&asked)}, {.tls = tls.get()});
  RunningDaemon daemon(options_for("127.0.0.1", exchange.port(), authority));
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 1);
  const std::lock_guard lock(asked.mutex);
  CHECK(asked.server_name.empty());
}

TEST_CASE("fault 4: the TLS handshake never finishes: timeout, retry") {
  const Authority authority;
  const ServerTls tls = authority.server();
  Hostile exchange({[](Peer& peer) { peer.hold(); },
                    [](Peer& peer) {
                      peer.send(std::string("\x16\x03\x03\x40\x00", 5));  // a record, not all of it
                      peer.hold();
                    },
                    good_tls_session()},
                   {.tls = tls.get()});
  DaemonOptions options = options_for("exchange.test", exchange.port(), authority);
  options.adjust = [also = options.adjust](daemon::SessionSettings& settings) {
    also(settings);
    settings.handshake_timeout = 200ms;
  };
  RunningDaemon daemon(options);
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 3);
  CHECK(daemon.log().has("connecting took too long"));
}

TEST_CASE("fault 5: a certificate that is not the exchange's is refused, with the reason") {
  const Authority authority;
  for (const BadServer& bad : kBadServers) {
    CAPTURE(bad.what);
    const ServerTls tls = authority.server(bad.certificate);
    Hostile exchange({kOnlyTls}, {.tls = tls.get()});
    RunningDaemon daemon(options_for(bad.host, exchange.port(), authority));
    CHECK(soon([&] { return daemon.count(Counter::failures) >= 2; }));
    CHECK(daemon.count(Counter::connects) == 0);
    CAPTURE(daemon.log().text());
    CHECK(daemon.log().has(bad.log));
  }
}

TEST_CASE("fault 5: an authority that is not in --ca-file is refused") {
  const Authority trusted;
  const Authority other;
  const ServerTls tls = other.server();
  Hostile exchange({kOnlyTls}, {.tls = tls.get()});
  RunningDaemon daemon(options_for("exchange.test", exchange.port(), trusted));
  CHECK(soon([&] { return daemon.count(Counter::failures) >= 2; }));
  CHECK(daemon.log().has("certificate: "));
  CHECK(daemon.count(Counter::connects) == 0);
}

TEST_CASE("fault 5: a server that speaks no TLS 1.2 is refused") {
  const Authority authority;
  const ServerTls tls = authority.server();
  SSL_CTX_set_min_proto_version(tls.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls.get(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(tls.get(), "ALL:@SECLEVEL=0");
  Hostile exchange({kOnlyTls}, {.tls = tls.get()});
  RunningDaemon daemon(options_for("exchange.test", exchange.port(), authority));
  CHECK(soon([&] { return daemon.count(Counter::failures) >= 2; }));
  CHECK(daemon.count(Counter::connects) == 0);
  CAPTURE(daemon.log().text());
  CHECK(daemon.log().has("the TLS handshake failed"));
  CHECK(daemon.log().has("protocol version"));
}

TEST_CASE("fault 5: a server that speaks no TLS at all is refused") {
  const Authority authority;
  Hostile exchange({[](Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); }});
  RunningDaemon daemon(options_for("exchange.test", exchange.port(), authority));
  CHECK(soon([&] { return daemon.count(Counter::failures) >= 2; }));
  CHECK(daemon.log().has("the TLS handshake failed"));
}

TEST_CASE("fault 6: TLS is cut without close_notify: one reconnect") {
  const Authority authority;
  const ServerTls tls = authority.server();
  for (const bool with_reset : {false, true}) {
    CAPTURE(with_reset);
    Hostile exchange({[&](Peer& peer) {
                        peer.start_tls();
                        peer.accept();
                        peer.acknowledge(1);
                        peer.text(tick("BTCUSDT", "1"));
                        peer.pause(50ms);
                        with_reset ? peer.reset() : peer.cut();
                      },
                      good_tls_session()},
                     {.tls = tls.get()});
    RunningDaemon daemon(options_for("exchange.test", exchange.port(), authority));
    CHECK(soon([&] { return exchange.connections() == 2; }));
    CHECK(recovers(daemon));
    CHECK_FALSE(soon([&] { return exchange.connections() != 2; }, 300ms));
    CHECK(daemon.count(Counter::drops) == 1);
    CHECK(daemon.count(Counter::failures) == 0);
  }
}

TEST_CASE("TLS: faults of frames are the same inside") {
  const Authority authority;
  const ServerTls tls = authority.server();
  Hostile exchange({[&](Peer& peer) {
                      peer.start_tls();
                      peer.accept();
                      peer.send(bytes_of({.payload = "{}", .masked = true}));
                      peer.hold();
                    },
                    good_tls_session()},
                   {.tls = tls.get()});
  RunningDaemon daemon(options_for("exchange.test", exchange.port(), authority));
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 2);
}
