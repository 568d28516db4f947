#include "daemon/loop/session_rig.hpp"

#include <boost/asio/post.hpp>
#include <chrono>

#include "libcache/segment/clock.hpp"
#include "support/soon.hpp"

namespace tickcache::daemon {

SessionRig::SessionRig() {
  REQUIRE(parse_url("ws://exchange.test:8000", settings.url).empty());
  settings.api_key = ApiKey("ak_test");
  settings.user_agent = "tickcached/test";
  settings.close_timeout = std::chrono::milliseconds(50);
}

void SessionRig::resolve_to(Endpoints endpoints) {
  settings.resolve = [this, endpoints](const std::string& host, std::uint16_t port,
                                       Resolved resolved) {
    CHECK(host == settings.url.host);
    CHECK(port == settings.url.port);
    boost::asio::post(io, [resolved = std::move(resolved), endpoints] {
      resolved(boost::system::error_code(), endpoints);
    });
  };
}

void SessionRig::start(std::uint64_t attempt) {
  id_.attempt = attempt;
  started_ = Time(boot_now());
  session = start_session(io, settings, id_, *this);
}

bool SessionRig::run_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + test::kPatience;
  io.restart();
  while (!done() && std::chrono::steady_clock::now() < deadline) {
    if (io.stopped()) io.restart();
    io.run_one_for(std::chrono::milliseconds(20));
  }
  return done();
}

Failure SessionRig::failure(Failure::Kind kind) {
  REQUIRE(run_until([&] { return reports() > 0; }));
  CHECK(opened == 0);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].kind == kind);
  return failures[0];
}

bool SessionRig::opens() {
  return run_until([&] { return opened > 0 || reports() > 0; }) && opened == 1 && reports() == 0;
}

bool SessionRig::receives(const std::string& text) {
  return run_until([&] { return !texts.empty() && texts.back() == text; });
}

int SessionRig::close_code() {
  REQUIRE(run_until([&] { return reports() > 0; }));
  CHECK(failures.empty());
  REQUIRE(close_codes.size() == 1);
  return close_codes[0];
}

bool SessionRig::vanishes() {
  const std::weak_ptr<Session> watched = session;
  session.reset();
  return run_until([&] { return watched.expired(); });
}

void SessionRig::on_open(SessionId id) {
  CHECK(id == id_);
  CHECK(reports() == 0);
  ++opened;
}

void SessionRig::on_failed(SessionId id, const Failure& failure) {
  CHECK(id == id_);
  CHECK(reports() == 0);
  failures.push_back(failure);
}

void SessionRig::on_text(SessionId id, std::string_view message, Time now) {
  CHECK(id == id_);
  CHECK(opened == 1);
  CHECK(reports() == 0);
  CHECK(now >= started_);
  CHECK(now <= Time(boot_now()));
  texts.emplace_back(message);
  if (at_text) at_text();
}

void SessionRig::on_binary(SessionId id, std::string_view message, Time) {
  CHECK(id == id_);
  binaries.push_back(message.size());
}

void SessionRig::on_closed(SessionId id, int code) {
  CHECK(id == id_);
  CHECK(opened == 1);
  CHECK(reports() == 0);
  close_codes.push_back(code);
}

}  // namespace tickcache::daemon
