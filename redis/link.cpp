#include "redis/link.hpp"

#include <utility>

#include "options/text.hpp"

namespace tickcache::redis {

using boost::system::error_code;
using Endpoint = boost::asio::ip::tcp::endpoint;

Link::Link(boost::asio::io_context& io, LinkSettings settings)
    : io_(io), settings_(std::move(settings)), timer_(io) {}

Link::~Link() { close(); }

template <class Function>
auto Link::while_trying(Function function) {
  return [trying = std::weak_ptr<int>(attempt_), function = std::move(function)](auto&&... what) {
    if (!trying.expired()) function(std::forward<decltype(what)>(what)...);
  };
}

void Link::open(std::string channel, Listener listener) {
  close();
  channel_ = std::move(channel);
  listener_ = std::make_shared<const Listener>(std::move(listener));
  attempt_ = std::make_shared<int>();
  const options::Endpoint& first = settings_.address.hosts.front();
  if (settings_.address.has_sentinels()) {
    ask_sentinel(0, {});
  } else {
    connect(first.host, first.port);
  }
}

void Link::close() {
  attempt_.reset();
  is_open_ = false;
  timer_.cancel();
  for (auto* const connection : {&sentinel_, &commands_, &subscription_}) {
    if (*connection) std::exchange(*connection, nullptr)->close();
  }
}

void Link::fail(const std::string& why) {
  const auto listener = listener_;
  close();
  listener->lost(why);
}

void Link::limit(std::function<void()> late) {
  timer_.expires_after(settings_.patience);
  timer_.async_wait([late = while_trying(std::move(late))](error_code error) {
    if (!error) late();
  });
}

void Link::resolve(const std::string& host, std::uint16_t port,
                   std::function<void(const Endpoint&)> then,
                   std::function<void(const std::string&)> failed) {
  settings_.resolve(
      host, port,
      while_trying([then = std::move(then), failed = std::move(failed), host](
                       error_code error, const Endpoints& endpoints) {
        if (error || endpoints.empty()) {
          failed(host + " has no address" + (error ? ": " + error.message() : std::string()));
        } else {
          then(endpoints.front());
        }
      }));
}

/// Asks one Sentinel after the other where the master is.
void Link::ask_sentinel(std::size_t number, const std::string& problems) {
  if (sentinel_) std::exchange(sentinel_, nullptr)->close();
  const auto& hosts = settings_.address.hosts;
  if (number == hosts.size()) return fail("no Sentinel knows the master: " + problems);
  const auto next = [this, number, problems, name = hosts[number].text()](const std::string& why) {
    ask_sentinel(number + 1, problems + (problems.empty() ? "" : "; ") + name + ": " + why);
  };
  limit([next] { next("no answer"); });
  resolve(
      hosts[number].host, hosts[number].port,
      [this, next](const Endpoint& endpoint) {
        std::string why;
        sentinel_ =
            Connection::open(io_, endpoint, while_trying([this, next] { ask_master(next); }),
                             while_trying(next), why);
        if (!sentinel_) next(why);
      },
      next);
}

void Link::ask_master(const std::function<void(const std::string&)>& next) {
  sentinel_->send(
      {"SENTINEL", "get-master-addr-by-name", settings_.address.master},
      while_trying([this, next](const redisReply* answer) {
        std::uint16_t port = 0;
        std::string host;
        if (is_good(answer) && answer->type == REDIS_REPLY_ARRAY && answer->elements == 2) {
          host = text_of(answer->element[0]);
          port = options::number<std::uint16_t>(text_of(answer->element[1])).value_or(0);
        }
        if (answer == nullptr) return;  // it is reported as lost
        // Its end is of no interest any more.
        std::exchange(sentinel_, nullptr)->close();
        if (host.empty() || port == 0) {
          return next(answer->type == REDIS_REPLY_ERROR
                          ? problem_of(answer)
                          : "does not know " + settings_.address.master);
        }
        connect(host, port);
      }));
}

void Link::connect(const std::string& host, std::uint16_t port) {
  const std::string name = options::Endpoint{host, port}.text();
  limit([this, name] { fail("cannot connect to " + name + ": no answer"); });
  resolve(
      host, port, [this](const Endpoint& endpoint) { on_server(endpoint); },
      [this](const std::string& why) { fail(why); });
}

void Link::on_server(const Endpoint& server) {
  server_ = server;
  std::string why;
  commands_ = Connection::open(
      io_, server, while_trying([this] { introduce(*commands_, [this] { check_role(); }); }),
      while_trying([this](const std::string& reason) { fail(reason); }), why);
  if (!commands_) fail(why);
}

void Link::introduce(Connection& connection, std::function<void()> ready) {
  // Without an answer, the connection is reported as lost.
  const auto check = [this](const redisReply* answer) {
    if (answer != nullptr && !is_good(answer)) fail(problem_of(answer));
  };
  if (!settings_.password.empty()) {
    std::vector<std::string_view> auth = {"AUTH"};
    if (!settings_.user.empty()) auth.push_back(settings_.user);
    auth.push_back(settings_.password);
    connection.send(auth, while_trying(check));
  }
  const std::string database = std::to_string(settings_.address.database);
  // Also without a number: an answer shows that the server is ready.
  connection.send({"SELECT", database},
                  while_trying([check, ready = std::move(ready)](const redisReply* answer) {
                    is_good(answer) ? ready() : check(answer);
                  }));
}

/// A Sentinel may name a server that is the master no longer.
void Link::check_role() {
  commands_->send({"ROLE"}, while_trying([this](const redisReply* answer) {
                    // Who may not ask has to trust the address.
                    const bool is_replica = is_good(answer) && answer->type == REDIS_REPLY_ARRAY &&
                                            answer->elements > 0 &&
                                            text_of(answer->element[0]) != "master";
                    if (is_replica) return fail("the server is a replica, which takes no writes");
                    if (answer == nullptr) return;
                    subscribe();
                  }));
}

void Link::subscribe() {
  std::string why;
  subscription_ = Connection::open(
      io_, server_, while_trying([this] {
        introduce(*subscription_, [this] {
          subscription_->subscribe(channel_, while_trying([this] {
                                     timer_.cancel();
                                     is_open_ = true;
                                     const auto listener = listener_;
                                     listener->open();
                                   }),
                                   while_trying([listener = listener_](std::string_view text) {
                                     listener->message(text);
                                   }));
        });
      }),
      while_trying([this](const std::string& reason) { fail(reason); }), why);
  if (!subscription_) fail(why);
}

}  // namespace tickcache::redis
