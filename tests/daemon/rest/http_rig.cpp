#include "daemon/rest/http_rig.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <utility>
#include <variant>

namespace tickcache::daemon {

namespace asio = boost::asio;

std::string ok(const std::string& body, const std::string& headers) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Script always(const std::string& answer) {
  return [answer](Peer& peer) {
    while (!peer.read_request().empty() && peer.send(answer)) {
    }
  };
}

Script once(const std::string& bytes, bool then_hold) {
  return [=](Peer& peer) {
    peer.read_request();
    peer.send(bytes);
    if (then_hold) peer.wait_until_gone();
  };
}

Rig::Rig(std::uint16_t port, const std::string& scheme, const std::string& host) {
  REQUIRE(parse_url(scheme + "://" + host + ":" + std::to_string(port), settings.url).empty());
  settings.api_key = ApiKey(kKey);
  settings.user_agent = "tickcached/test";
  settings.resolve = [this, port](const std::string&, std::uint16_t, Resolved resolved) {
    const asio::ip::tcp::endpoint here(asio::ip::make_address("127.0.0.1"), port);
    asio::post(io, [here, resolved = std::move(resolved)] { resolved({}, {here}); });
  };
  client.emplace(io, settings);
}

void Rig::begin(std::chrono::nanoseconds timeout, bool with_key, const std::string& target) {
  client->get(target, with_key, timeout,
              [this](HttpResult result) { results.push_back(std::move(result)); });
  CHECK(client->busy());
}

bool Rig::run_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + 2 * test::kPatience;
  while (!done() && std::chrono::steady_clock::now() < deadline) {
    if (io.stopped()) io.restart();
    io.run_one_for(20ms);
  }
  return done();
}

bool Rig::leaves_loop() {
  io.restart();
  io.run_for(test::kPatience);
  return io.stopped();
}

HttpResult Rig::get(std::chrono::nanoseconds timeout, bool with_key) {
  const std::size_t before = results.size();
  begin(timeout, with_key);
  CHECK(results.size() == before);  // never from inside the call
  REQUIRE(run_until([&] { return results.size() > before; }));
  CHECK_FALSE(client->busy());
  CHECK(results.size() == before + 1);
  return results.back();
}

HttpAnswer Rig::answer(bool with_key) {
  const HttpResult result = get(test::kPatience, with_key);
  if (const auto* failure = std::get_if<HttpFailure>(&result)) FAIL(failure->why);
  return std::get<HttpAnswer>(result);
}

HttpFailure Rig::failure(std::chrono::nanoseconds timeout, bool with_key) {
  const HttpResult result = get(timeout, with_key);
  REQUIRE(std::holds_alternative<HttpFailure>(result));
  CHECK(leaves_loop());  // the connection is gone
  return std::get<HttpFailure>(result);
}

std::string why(const Script& script, std::chrono::nanoseconds timeout) {
  Hostile server({script});
  Rig rig(server.port());
  const HttpFailure failure = rig.failure(timeout);
  CHECK(server.connections() == 1);
  return failure.why;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tickcache::daemon
