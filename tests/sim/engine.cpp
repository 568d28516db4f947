#include "sim/engine.hpp"

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/query.hpp"

namespace tickcache::sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::string_view kPing = R"({"type": "ping"})";
constexpr std::string_view kCompactPing = R"({"type":"ping"})";
// Often enough that a steady stream is steady, seldom enough that one core makes 100,000 ticks/s.
constexpr std::chrono::milliseconds kPace{2};
constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr unsigned kUnauthorised =
    403;  // what the platform's server says to a key it does not know

}  // namespace

Engine::Engine(asio::io_context& io, Options options)
    : io_(io),
      options_(std::move(options)),
      acceptor_(io),
      accept_retry_(io),
      pace_(io),
      clock_(options_.clock_step),
      market_(options_),
      trades_(market_.symbols()),
      access_(options_.key),
      orders_(options_, clock_),
      ledger_(options_.keep_orders, market_.symbols()),
      feed_(options_, clock_, market_, trades_, orders_, ledger_),
      rest_(options_, clock_, trades_, access_, orders_, ledger_) {
  orders_.publish = [this](const OrderUpdate& update) { send_order(update); };
  if (options_.replay.empty()) return;
  replay_ = replayable(read_capture(options_.replay));
  if (replay_.empty()) {
    throw std::runtime_error(options_.replay + ": nothing in it that the server sent as data");
  }
}

void Engine::open() {
  port_ = options_.port;
  listen();
  running_ = true;
  feed_.restart(steady_clock::now());
  schedule_advance();
}

void Engine::listen() {
  const tcp::endpoint endpoint(asio::ip::make_address(options_.address), port_);
  try {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    error_code ignored;
    acceptor_.close(ignored);
    throw std::runtime_error("cannot listen on " + options_.address + " port " +
                             std::to_string(port_) + ": " + error.code().message() +
                             "; choose another port, or 0 for a free one");
  }
  port_ = acceptor_.local_endpoint().port();
  accept();
}

void Engine::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (!acceptor_.is_open() || error == asio::error::operation_aborted) return;
    if (error) {
      // Out of descriptors, most likely: the connection stays in the backlog until there is one.
      accept_retry_.expires_after(kAcceptRetry);
      accept_retry_.async_wait([this](error_code cancelled) {
        if (!cancelled && acceptor_.is_open()) accept();
      });
      return;
    }
    const std::uint64_t id = next_id_++;
    auto client = std::make_shared<Client>(std::move(socket), id, static_cast<ClientHost&>(*this),
                                           options_.queue_limit);
    asking_.emplace(id, client);
    client->start();
    accept();
  });
}

void Engine::shutdown() {
  running_ = false;
  stop_accepting();
  pace_.cancel();
  drop_all(false);
}

void Engine::stop_accepting() {
  error_code ignored;
  acceptor_.close(ignored);
  accept_retry_.cancel();
}

void Engine::accept_again() {
  if (running_ && !acceptor_.is_open()) listen();
}

unsigned Engine::admit(std::string_view target, bool is_upgrade) {
  const Target asked(target);
  unsigned status = 0;
  if (asked.path() != "/ws/v1") {
    status = 404;
  } else if (!is_upgrade) {
    status = 426;
  } else if (reject_status_ != 0) {
    status = reject_status_;
  } else if (!access_.admits(asked.value("api_key"))) {
    status = kUnauthorised;
  }
  if (status != 0) {
    ++ledger_.totals.upgrades_rejected;
    log("a client was refused: HTTP " + std::to_string(status));
    on_change();
  }
  return status;
}

void Engine::on_open(Client& client) {
  auto session = std::make_unique<Session>(client.shared_from_this(), options_.dialect, io_);
  Session& opened = *session;
  asking_.erase(client.id());
  sessions_.emplace(client.id(), std::move(session));
  ++ledger_.totals.connections_total;
  ledger_.totals.connections = sessions_.size();
  log(client, "connected");
  schedule_ping(opened);
  replay(opened);
  on_change();
}

void Engine::on_request(Client& client, const HttpRequest& request) {
  Rest::Answer answer = rest_.answer(request);
  switch (answer.kind) {
    case Rest::Answer::Kind::respond:
      client.respond(answer.text, answer.keep_alive, answer.delay);
      break;
    case Rest::Answer::Kind::close:
      client.cut(false, Ended::refused);
      break;
    case Rest::Answer::Kind::hang:
      client.ignore();
      break;
  }
  on_change();
}

void Engine::on_text(Client& client, std::string_view text) {
  const auto found = sessions_.find(client.id());
  if (found == sessions_.end()) return;
  Session& session = *found->second;
  const Outcome outcome = session.state.on_text(text);
  if (outcome.reply != Outcome::Reply::none && client.send(outcome.text)) {
    ++(outcome.reply == Outcome::Reply::ack ? ledger_.totals.acks : ledger_.totals.errors);
  }
  if (outcome.changed) feed_.reroute(sessions_);
  if (outcome.pong) {
    ++ledger_.totals.pongs;
    on_pong(session);
  } else {
    ++ledger_.totals.requests;
  }
  if (outcome.close) {
    log(client, "sent what the platform's handler dies of; closed");
    client.close(kCloseNormal);
  }
  client.flush();
  on_change();
}

void Engine::on_ended(Client& client, Ended how) {
  asking_.erase(client.id());
  if (sessions_.erase(client.id()) == 0) return;
  ledger_.totals.connections = sessions_.size();
  if (how == Ended::slow) {
    ++ledger_.totals.dropped_slow;
    log(client, "dropped: it does not read");
  } else {
    log(client, how == Ended::by_client ? "has gone" : "disconnected");
  }
  feed_.reroute(sessions_);
  on_change();
}

void Engine::after(asio::steady_timer& timer, const Session& session,
                   void (Engine::*then)(Session&)) {
  timer.async_wait([this, then, id = session.client->id()](error_code cancelled) {
    const auto found = sessions_.find(id);
    if (cancelled || found == sessions_.end()) return;
    (this->*then)(*found->second);
  });
}

// The platform's heartbeat: wait, ping, wait for the pong, wait again from when it came.
void Engine::schedule_ping(Session& session) {
  session.heartbeat.expires_after(options_.ping_every);
  after(session.heartbeat, session, &Engine::ping);
}

void Engine::ping(Session& session) {
  if (session.awaits_pong) {
    // This was the wait for the pong, and it was in vain.
    ++ledger_.totals.dropped_without_pong;
    log(*session.client, "closed: no pong");
    session.client->close(kCloseNormal);
    return on_change();
  }
  const bool spec = options_.dialect == Dialect::spec;
  if (!session.client->send(spec ? kCompactPing : kPing)) return;
  session.client->flush();
  ++ledger_.totals.pings;
  session.awaits_pong = true;
  session.heartbeat.expires_after(options_.pong_timeout);
  after(session.heartbeat, session, &Engine::ping);
  on_change();
}

void Engine::on_pong(Session& session) {
  if (!session.awaits_pong) return;
  session.awaits_pong = false;
  schedule_ping(session);  // replaces the wait for the pong
}

void Engine::replay(Session& session) {
  const bool recorded = options_.replay_pace == ReplayPace::recorded;
  while (!paused_ && session.next_replayed < replay_.size()) {
    const ReplayFrame& frame = replay_[session.next_replayed];
    const auto due = session.opened + frame.time;
    if (recorded && due > steady_clock::now()) {
      session.replay.expires_at(due);
      after(session.replay, session, &Engine::replay);
      break;
    }
    feed_.send_replayed(session, frame);
    ++session.next_replayed;
  }
  session.client->flush();
  on_change();
}

void Engine::schedule_advance() {
  pace_.expires_after(kPace);
  pace_.async_wait([this](error_code cancelled) {
    if (!cancelled && running_) advance();
  });
}

void Engine::advance() {
  if (!paused_ && replay_.empty()) feed_.advance(steady_clock::now());
  send_waiting();
  schedule_advance();
}

void Engine::send_waiting() {
  feed_.send_waiting(steady_clock::now());
  flush_all();
  on_change();
}

void Engine::delay_feed(std::chrono::milliseconds by) {
  feed_.wire().delay(by);
  send_waiting();
}

void Engine::retain(bool on) {
  feed_.wire().retain(on, steady_clock::now());
  send_waiting();
}

void Engine::flush_all() {
  for (const auto& [id, session] : sessions_) session->client->flush();
}

std::size_t Engine::drop_all(bool reset) {
  const std::size_t dropped = sessions_.size();
  // A cut only marks the session; on_ended(), posted, removes it.
  for (const auto& [id, session] : sessions_) session->client->cut(reset, Ended::by_server);
  for (const auto& [id, client] : asking_) client->cut(reset, Ended::by_server);
  return dropped;
}

std::size_t Engine::close_all(std::uint16_t code) {
  for (const auto& [id, session] : sessions_) session->client->close(code);
  return sessions_.size();
}

void Engine::pause_data(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  if (paused_) return;
  // What fell due in the pause was never published.
  feed_.restart(steady_clock::now());
  for (const auto& [id, session] : sessions_) replay(*session);
}

std::size_t Engine::send_tick(std::string_view symbol, std::string_view price,
                              std::string_view quantity) {
  const std::size_t queued = feed_.send_tick(symbol, price, quantity);
  flush_all();
  on_change();
  return queued;
}

std::size_t Engine::send_order(const OrderUpdate& update) {
  const std::size_t queued = feed_.send_order(update);
  flush_all();
  on_change();
  return queued;
}

std::size_t Engine::send_raw(std::string_view text) {
  std::size_t queued = 0;
  for (const auto& [id, session] : sessions_) {
    if (!session->state.subscriptions().empty() && session->client->send(text)) ++queued;
  }
  ledger_.totals.raw += queued;
  flush_all();
  on_change();
  return queued;
}

void Engine::log(std::string_view line) const {
  if (options_.log) options_.log(line);
}

void Engine::log(const Client& client, std::string_view event) const {
  if (options_.log)
    options_.log("client " + std::to_string(client.id()) + " " + std::string(event));
}

}  // namespace tickcache::sim
