// The subscriptions of one connection: what was asked for, in which form, and what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/event.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/platform/request.hpp"
#include "daemon/sources/websocket/outbox.hpp"
#include "daemon/sources/websocket/session_id.hpp"

namespace tickcache::daemon {

/// Finds out which form of request the exchange takes, by a probe: the first subscription that has
/// two forms. It is asked for in the split form, and in the joined form if that is refused, or if
/// neither an answer nor data comes within answer_timeout. Everything else follows in the form that
/// was answered, and in a later session at once. As long as no answer of this session shows the
/// form, what is refused or unanswered is asked for in the other form too, once.
class Negotiation {
 public:
  /// What it refers to outlives it.
  Negotiation(std::uint8_t connection, const Timing& timing, Outbox& outbox);

  /// Makes `channels` the wanted set. In a session, unsubscribes what goes and then subscribes to
  /// what comes: in this order, so that the limit holds and ticker_all never meets a ticker.
  void want(const std::vector<Channel>& channels, Time now);

  /// The session has opened.
  void begin(SessionId session, Time now);
  /// The session is over.
  void end();

  void on_acknowledgement(const AcknowledgementEvent& event, Time now);
  /// An error other than ErrorCode::authentication.
  void on_error(const ErrorEvent& event, Time now);
  /// Data proves the subscription that brings it, as an acknowledgement does.
  void on_data(const Channel& data, Time now);
  /// Answers a ping.
  void on_ping(Time now);
  void on_time(Time now);
  [[nodiscard]] Time deadline() const;

  [[nodiscard]] std::size_t size() const { return subscriptions_.size(); }

 private:
  /// `guessing`: nothing waits for the probe any more, but no answer has shown the form yet.
  enum class Stage : std::uint8_t { closed, probing, guessing, known };

  struct Subscription {
    Channel channel;
    ChannelState state = ChannelState::wanted;
    // In this session:
    unsigned tried = 0;    ///< the forms it was asked for in
    unsigned refused = 0;  ///< of these
    Time asked{};
    bool overdue = false;
    Text<96> reason{};  ///< of its refusal
  };

  struct Request {
    Channel channel;
    Form form;
    bool subscribe;
    Time at;
  };

  void ask(Time now);
  void ask(Subscription& subscription, Form form, Time now);
  bool ask_in_other_form(Subscription& subscription, Time now);
  void send(const Request& request);
  void accept(Subscription& subscription, Time now);
  void on_refused(const Request& request, const ErrorEvent& event, Time now);
  void refuse(Subscription& subscription);
  [[nodiscard]] Time due(const Subscription& subscription) const;
  [[nodiscard]] bool is_ending(const Channel& channel, Time now) const;
  Subscription* find(const Channel& channel);
  void set_state(Subscription& subscription, ChannelState state);
  void log(Log::Level level, const std::string& text);

  std::uint8_t connection_;
  const Timing& timing_;
  Outbox& outbox_;
  std::vector<Subscription> subscriptions_;
  /// Oldest first. Replies come in order, so a reply ends the turn of all requests before the one
  /// it answers.
  std::vector<Request> unanswered_;
  SessionId session_;
  Stage stage_ = Stage::closed;
  Form form_ = kSplit;        ///< asked in first
  bool form_worked_ = false;  ///< in this session or an earlier one
  Time pong_until_{};         ///< UNKNOWN_ACTION before this answers a pong
  Time next_error_told_{};    ///< none is told before
};

}  // namespace tickcache::daemon
