// The HTTP side: what is answered to whom, and what nobody can take of it.
#include "daemon/service/metrics_listener.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "support/http_client.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;
using test::HttpClient;

/// A listener at work in a thread of its own.
class Listening {
 public:
  explicit Listening(const web::Limits& limits = {})
      : listener_(serve_metrics(io_, Endpoint{"127.0.0.1", 0}, pages(), limits)),
        port_(listener_->endpoint().port()),
        thread_([this] { io_.run(); }) {}
  ~Listening() {
    boost::asio::post(io_, [this] { listener_.reset(); });
    thread_.join();  // with the listener, all of its work has ended
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  std::string get(const std::string& target) const { return test::http_get(port_, target); }
  std::string ask(const std::string& request) const {
    const HttpClient client(port_);
    CHECK(client.send(request));
    return client.rest();
  }

  std::atomic<bool> ready = true;
  std::atomic<int> made = 0;

 private:
  MetricsPages pages() {
    return {[this] {
              ++made;
              return std::string("tickcache_up 1\n");
            },
            [this] { return ready ? std::string() : std::string("stale: reconnecting"); }};
  }

  boost::asio::io_context io_{1};
  std::unique_ptr<web::Server> listener_;
  std::uint16_t port_;
  std::thread thread_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("http: the three pages") {
  Listening at;
  const std::string metrics = at.get("/metrics");
  CHECK(metrics.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(metrics, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  CHECK(has(metrics, "Content-Length: 15\r\n"));
  CHECK(has(metrics, "Connection: close\r\n"));
  CHECK(metrics.ends_with("\r\n\r\ntickcache_up 1\n"));
  CHECK(at.get("/metrics?name[]=up").starts_with("HTTP/1.1 200 "));
  CHECK(at.get("/healthz").ends_with("\r\n\r\nok\n"));
  CHECK(at.get("/readyz").starts_with("HTTP/1.1 200 "));
  at.ready = false;
  const std::string unready = at.get("/readyz");
  CHECK(unready.starts_with("HTTP/1.1 503 "));
  CHECK(unready.ends_with("\r\n\r\nstale: reconnecting\n"));
  CHECK(at.get("/healthz").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("http: HEAD, other methods, other pages") {
  Listening at;
  const std::string head = at.ask("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 "));
  CHECK(has(head, "Content-Length: 15\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  const std::string post =
      at.ask("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(post.starts_with("HTTP/1.1 405 "));
  CHECK(has(post, "Allow: GET, HEAD\r\n"));
  for (const char* target : {"/", "/metricsx", "/metrics/", "//metrics", "*"}) {
    CAPTURE(target);
    CHECK(at.get(target).starts_with("HTTP/1.1 404 "));
  }
  CHECK(at.made == 1);
}

TEST_CASE("http: what is no request, and what is too long a one") {
  Listening at;
  CHECK(at.ask("what?\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(at.ask(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9) + "\r\n\r\n")
            .starts_with("HTTP/1.1 400 "));
  const std::string long_header =
      "GET /metrics HTTP/1.1\r\nX: " + std::string(web::Limits().header, 'x') + "\r\n\r\n";
  CHECK(at.ask(long_header).starts_with("HTTP/1.1 431 "));
  CHECK(at.ask("GET /" + std::string(100'000, 'x')).starts_with("HTTP/1.1 431 "));
  CHECK(at.ask("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
            .starts_with("HTTP/1.1 413 "));
  CHECK(at.made == 0);
  // One request a connection.
  const std::string two = "GET /healthz HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n";
  const std::string answers = at.ask(two);
  CHECK(answers.find("HTTP/1.1 200") == answers.rfind("HTTP/1.1 200"));
}

TEST_CASE("http: clients that say nothing are cut off, and keep no other from an answer") {
  Listening at({.patience = 500ms});
  std::vector<std::unique_ptr<HttpClient>> silent;
  for (std::size_t i = 0; i < web::Limits().connections; ++i) {
    silent.push_back(std::make_unique<HttpClient>(at.port()));
    CHECK(silent.back()->send("GET /metr"));
  }
  // The next one takes the place of the oldest.
  CHECK(has(at.get("/healthz"), "\r\n\r\nok\n"));
  for (const auto& client : silent) CHECK(client->rest().empty());
}

TEST_CASE("http: who has asked is not the one that gives way") {
  Listening at({.patience = 5s});
  std::vector<std::unique_ptr<HttpClient>> silent;
  for (std::size_t i = 0; i < 3 * web::Limits().connections; ++i) {
    silent.push_back(std::make_unique<HttpClient>(at.port()));
    if (i % 16 == 0) CHECK(has(at.get("/healthz"), "\r\n\r\nok\n"));
  }
}

TEST_CASE("http: a host that is not this machine is refused") {
  Listening at;
  const auto ask = [&](const std::string& host) {
    return at.ask("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  };
  for (const char* host :
       {"localhost", "LOCALHOST:9464", "127.0.0.1", "127.0.0.1:80", "[::1]:9464", "[::1]", ""}) {
    CAPTURE(host);
    CHECK(ask(host).starts_with("HTTP/1.1 200 "));
  }
  for (const char* host : {"evil.example", "evil.example:9464", "localhost.evil.example",
                           "127.0.0.1.evil.example", "[evil]", "x"}) {
    CAPTURE(host);
    CHECK(ask(host).starts_with("HTTP/1.1 421 "));
  }
  CHECK(at.ask("GET /healthz HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("http: whoever does not read is cut off") {
  Listening at({.patience = 100ms});
  const HttpClient deaf(at.port());
  // Sends for ever, too, what nobody asked for.
  CHECK(deaf.send("GET /healthz HTTP/1.1\r\n\r\n"));
  while (deaf.send(std::string(65536, 'x'))) {
  }
  CHECK(at.get("/healthz").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("http: a listener that goes takes its clients with it") {
  auto at = std::make_unique<Listening>();
  const HttpClient waiting(at->port());
  CHECK(at->get("/healthz").starts_with("HTTP/1.1 200 "));  // so `waiting` is accepted
  const std::uint16_t port = at->port();
  at.reset();
  CHECK(waiting.rest().empty());
  CHECK_FALSE(HttpClient(port).connected());
}

TEST_CASE("http: addresses") {
  boost::asio::io_context io;
  const MetricsPages pages;
  const auto by_name = serve_metrics(io, {"localhost", 0}, pages);
  CHECK(by_name->endpoint().address().to_string() == "127.0.0.1");
  const auto six = serve_metrics(io, {"::1", 0}, pages);
  CHECK(six->endpoint().address().to_string() == "::1");
  const std::uint16_t taken = by_name->endpoint().port();
  CHECK_THROWS_WITH(static_cast<void>(serve_metrics(io, {"127.0.0.1", taken}, pages)),
                    ("metrics-listen: cannot listen on 127.0.0.1:" + std::to_string(taken) +
                     ": Address already in use; choose another port, or stop what uses this one "
                     "(ss -ltnp shows it)")
                        .c_str());
}

}  // namespace
}  // namespace tickcache::daemon
