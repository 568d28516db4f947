// Sessions that open: against the simulated exchange, and against bytes that a test chose.
#include "daemon/sources/websocket/session.hpp"

#include "daemon/loop/raw_server.hpp"
#include "daemon/loop/session_rig.hpp"
#include "daemon/platform/request.hpp"
#include "sim/exchange.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;

constexpr const char* kSubscribe = R"({"action":"subscribe","channel":"ticker_all"})";
constexpr const char* kSubscribed = R"({"type": "subscribed", "channel": "ticker:all"})";

struct WithExchange : SessionRig {
  sim::Exchange exchange;

  explicit WithExchange(sim::Options options = quiet()) : exchange(std::move(options)) {
    exchange.start();
    resolve_to({{make_address("127.0.0.1"), exchange.port()}});
  }
  static sim::Options quiet() {
    sim::Options options;
    options.rate = 0;
    return options;
  }
  bool counts(const std::function<bool(const sim::Counts&)>& expected) {
    return run_until([&] { return expected(exchange.counts()); });
  }
};

struct WithServer : SessionRig {
  RawServer server;

  explicit WithServer(RawServer::Script script) : server(io, std::move(script)) {
    resolve_to({server.endpoint()});
  }
};

RawServer::Script upgraded_then(const std::string& bytes) {
  return [bytes](const std::string& request) {
    return RawServer::Reply{{accepting(request), bytes}, false};
  };
}

TEST_CASE("session: opens, sends, receives in order") {
  WithExchange at;
  at.start();
  REQUIRE(at.opens());
  at.session->send_text(kSubscribe);
  REQUIRE(at.receives(kSubscribed));
  for (int i = 1; i <= 50; ++i) at.exchange.send_tick("BTCUSDT", std::to_string(i) + ".5");
  REQUIRE(at.run_until([&] { return at.texts.size() == 51; }));
  for (std::size_t i = 1; i <= 50; ++i) {
    CHECK(at.texts[i].find("\"" + std::to_string(i) + ".5\"") != std::string::npos);
  }
}

TEST_CASE("session: texts that are sent at once arrive in order, each whole") {
  WithExchange at;
  at.start();
  REQUIRE(at.opens());
  at.session->send_text(R"({"action":"subscribe","channel":"orders"})");
  at.session->send_text(R"({"action":"subscribe","channel":"portfolio"})");
  at.session->send_text(kSubscribe);
  REQUIRE(at.receives(kSubscribed));
  REQUIRE(at.texts.size() == 3);
  CHECK(at.texts[0].find("orders") != std::string::npos);
  CHECK(at.texts[1].find("portfolio") != std::string::npos);
}

TEST_CASE("session: a pong is sent once, however often it is asked for before it is written") {
  WithServer at(upgraded_then({}));
  at.start();
  REQUIRE(at.opens());
  // The first is being written when the others come.
  for (int i = 0; i < 5; ++i) at.session->send_pong();
  at.session->close(false);
  CHECK(at.vanishes());
  std::vector<sim::ClientMessage> messages;
  sim::FrameReader reader(1000);
  CHECK_FALSE(reader.feed(at.server.received(), messages).has_value());
  REQUIRE(messages.size() >= 1);
  CHECK(messages.size() <= 3);  // one or two pongs, and the close frame
  CHECK(messages[0].payload == kPong);
}

TEST_CASE("session: the exchange takes the pong") {
  sim::Options options = WithExchange::quiet();
  options.ping_every = 5ms;
  WithExchange at(options);
  at.at_text = [&] { at.session->send_pong(); };
  at.start();
  REQUIRE(at.opens());
  CHECK(at.counts([](const sim::Counts& sent) { return sent.pongs >= 5; }));
  CHECK(at.exchange.counts().errors == 0);
  CHECK(at.close_codes.empty());
}

TEST_CASE("session: the key is percent-encoded, the request says who asks and for what") {
  sim::Options options = WithExchange::quiet();
  options.key = "ak_/?&=%+#\"~._-";
  WithExchange encoded(options);
  encoded.settings.api_key = ApiKey(options.key);
  encoded.start();
  CHECK(encoded.opens());

  WithServer at(upgraded_then({}));
  at.start();
  REQUIRE(at.opens());
  const std::string& request = at.server.requests().at(0);
  CHECK(request.rfind("GET /ws/v1?api_key=ak_test HTTP/1.1\r\n", 0) == 0);
  CHECK(request.find("Host: exchange.test:8000\r\n") != std::string::npos);
  CHECK(request.find("User-Agent: tickcached/test\r\n") != std::string::npos);
  CHECK(request.find("permessage-deflate") == std::string::npos);
}

TEST_CASE("session: the first messages may come with the answer, in one piece") {
  WithServer at([](const std::string& request) {
    return RawServer::Reply{{accepting(request) + frame("one") + frame("two")}, false};
  });
  at.start();
  REQUIRE(at.opens());
  REQUIRE(at.receives("two"));
  CHECK(at.texts == std::vector<std::string>{"one", "two"});
}

TEST_CASE("session: answer and messages may come byte by byte") {
  WithServer at([](const std::string& request) {
    RawServer::Reply reply;
    const std::string bytes = accepting(request) + frame("a message");
    for (const char byte : bytes) reply.pieces.emplace_back(1, byte);
    return reply;
  });
  at.start();
  REQUIRE(at.opens());
  CHECK(at.receives("a message"));
}

TEST_CASE("session: fragments are one message, whatever control frames come in between") {
  const auto part = [](std::string bytes, bool last) {
    if (!last) bytes[0] = static_cast<char>(bytes[0] & 0x7f);
    return bytes;
  };
  WithServer at(upgraded_then(part(frame(sim::Opcode::text, "one "), false) +
                              frame(sim::Opcode::ping, "alive?") +
                              part(frame(sim::Opcode::continuation, "message"), true)));
  at.start();
  REQUIRE(at.opens());
  REQUIRE(at.receives("one message"));
  CHECK(at.texts.size() == 1);
}

TEST_CASE("session: a binary message is reported by its size") {
  WithServer at(upgraded_then(frame(sim::Opcode::binary, "12345") + frame("after it")));
  at.start();
  REQUIRE(at.opens());
  REQUIRE(at.receives("after it"));
  CHECK(at.binaries == std::vector<std::size_t>{5});
}

TEST_CASE("session: the longest message is taken, a longer one ends the session") {
  const std::string longest(kMaxMessageSize, 'x');
  WithServer taken(upgraded_then(frame(longest)));
  taken.start();
  REQUIRE(taken.opens());
  CHECK(taken.receives(longest));

  WithServer refused(upgraded_then(frame(longest + "x")));
  refused.start();
  REQUIRE(refused.opens());
  CHECK(refused.close_code() == 1006);
  CHECK(refused.texts.empty());
}

TEST_CASE("session: closed by us, nothing is reported any more, and the exchange is told") {
  WithExchange at;
  at.start();
  REQUIRE(at.opens());
  at.session->send_text(kSubscribe);
  REQUIRE(at.receives(kSubscribed));
  at.exchange.send_tick("BTCUSDT", "1.5");
  at.session->close(false);
  CHECK(at.vanishes());
  CHECK(at.counts([](const sim::Counts& sent) { return sent.connections == 0; }));
  CHECK(at.texts.size() == 1);
  CHECK(at.close_codes.empty());
  CHECK(at.failures.empty());
}

TEST_CASE("session: closed from within its own report") {
  for (const bool abort : {true, false}) {
    WithServer at(upgraded_then(frame("one") + frame("two")));
    at.at_text = [&] { at.session->close(abort); };
    at.start();
    REQUIRE(at.receives("one"));
    CHECK(at.vanishes());
    CHECK(at.texts.size() == 1);
    CHECK(at.close_codes.empty());
  }
}

TEST_CASE("session: a peer that does not answer the close frame is left after a while") {
  WithServer at(upgraded_then(frame("one")));
  at.start();
  REQUIRE(at.receives("one"));
  at.session->close(false);
  CHECK(at.vanishes());
  CHECK(at.run_until([&] { return at.server.clients_gone() == 1; }));
  CHECK(at.close_codes.empty());
}

}  // namespace
}  // namespace tickcache::daemon
