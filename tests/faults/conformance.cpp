#include "tests/faults/conformance.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string_view>

#include "daemon/sources/websocket/session.hpp"
#include "tests/faults/hostile.hpp"

namespace tickcache::faults {

namespace {

using namespace std::chrono_literals;

/// Comes last: a session that delivers it is still open.
constexpr std::string_view kSentinel = "sentinel";

std::string shown(std::string_view payload) {
  const bool short_ascii =
      payload.size() <= 12 &&
      std::all_of(payload.begin(), payload.end(), [](char c) { return c > ' ' && c < 127; });
  if (short_ascii) return "\"" + std::string(payload) + "\"";
  return "of " + std::to_string(payload.size()) + " bytes";
}

/// What the exchange sees of the client.
struct Answers {
  std::vector<std::string> pongs;
  int close_code = 0;
  bool all_masked = true;
  std::atomic<bool> complete{false};
};

Script script_of(const ConformanceCase& conformance_case, Answers& answers) {
  return [&](Peer& peer) {
    peer.accept();
    if (conformance_case.byte_by_byte) {
      for (const char c : conformance_case.bytes) {
        peer.send({&c, 1});
        peer.pause(1ms);
      }
    } else {
      peer.send(conformance_case.bytes);
    }
    peer.text(kSentinel);
    while (const auto frame = peer.read_frame()) {
      answers.all_masked = answers.all_masked && frame->masked;
      if (frame->opcode == kPong) answers.pongs.push_back(frame->payload);
      if (frame->opcode != kClose) continue;
      answers.close_code = frame->close_code();
      peer.send(close_frame(1000));
      break;
    }
    answers.complete = true;
  };
}

class Listener final : public daemon::SessionListener {
 public:
  void on_open(daemon::SessionId) override {}
  void on_failed(daemon::SessionId, const daemon::Failure& failure) override {
    ended = "refused: " + failure.detail;
  }
  void on_text(daemon::SessionId, std::string_view message, daemon::Time) override {
    if (message != kSentinel) {
      delivered.push_back("text " + shown(message));
      return;
    }
    ended = "stays open";
    session->close(false);
  }
  void on_binary(daemon::SessionId, std::string_view message, daemon::Time) override {
    delivered.push_back("binary of " + std::to_string(message.size()) + " bytes");
  }
  void on_closed(daemon::SessionId, int code) override { closed_with = code; }

  std::shared_ptr<daemon::Session> session;
  std::vector<std::string> delivered;
  std::string ended;
  int closed_with = 0;
};

/// Until the exchange has seen the end of it.
void run_session(std::uint16_t port, const Answers& answers, Listener& listener) {
  boost::asio::io_context io;
  daemon::SessionSettings settings;
  settings.url = {"ws", "127.0.0.1", port, "/ws/v1"};
  settings.api_key = daemon::ApiKey("ak_live_conformance");
  settings.resolve = daemon::system_resolver(io);
  settings.close_timeout = 20s;
  listener.session = daemon::start_session(io, settings, {0, 1}, listener);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!answers.complete && std::chrono::steady_clock::now() < deadline) io.run_for(2ms);
  if (!answers.complete) listener.ended = "hangs";
  io.poll();
  listener.session->close(true);
  listener.session.reset();
  io.restart();
  io.poll();
}

std::string describe(const Listener& listener, const Answers& answers) {
  std::string result;
  const auto add = [&](const std::string& text) { result += (result.empty() ? "" : "; ") + text; };
  for (const std::string& message : listener.delivered) add("delivers " + message);
  for (const std::string& pong : answers.pongs) add("pong " + shown(pong));
  if (!answers.all_masked) add("sends a frame that is not masked");
  if (!listener.ended.empty()) {
    add(listener.ended);
  } else if (listener.closed_with == 1006 && answers.close_code == 0) {
    add("reports 1006");
  } else if (listener.closed_with == 1006) {
    add("fails with " + std::to_string(answers.close_code));
  } else {
    add("closed with " + std::to_string(listener.closed_with) + ", answers " +
        std::to_string(answers.close_code));
  }
  return result;
}

}  // namespace

std::string observe(const ConformanceCase& conformance_case) {
  Answers answers;
  Listener listener;
  {
    const Hostile exchange({script_of(conformance_case, answers)});
    run_session(exchange.port(), answers, listener);
  }  // the script has ended
  return describe(listener, answers);
}

}  // namespace tickcache::faults
