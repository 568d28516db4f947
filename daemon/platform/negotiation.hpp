// The subscriptions of one connection: requests, their form, and their results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/event.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/platform/request.hpp"
#include "daemon/sources/websocket/action.hpp"
#include "daemon/sources/websocket/session_id.hpp"

namespace tickcache::daemon {

/// Finds out which form of request the exchange accepts, with a probe: the first subscription that
/// has two forms. It is requested in the split form, then in the joined form if the split form is
/// refused or brings neither an answer nor data within answer_timeout. All other requests use the
/// form that was answered; later sessions use it from the start. Until an answer in this session
/// shows the form, a refused or unanswered request is sent once more in the other form.
class Negotiation {
 public:
  /// The referenced objects must outlive it.
  Negotiation(std::uint8_t connection, const Timing& timing, Outbox& outbox);

  /// Sets the wanted channels. In a session, first unsubscribes from removed channels, then
  /// subscribes to new ones: this respects the limit, and ticker_all is never combined with a
  /// ticker. `made` candles are made of ticks while the exchange does not send them: that it
  /// refuses them is no problem.
  void want(const std::vector<Channel>& channels, const std::vector<Channel>& made, Time now);

  /// The session has opened.
  void begin(SessionId session, Time now);
  /// The session is over.
  void end();

  void on_acknowledgement(const AcknowledgementEvent& event, Time now);
  /// An error other than ErrorCode::authentication.
  void on_error(const ErrorEvent& event, Time now);
  /// Data confirms its subscription, as an acknowledgement does, unless it may be of one that ended
  /// shortly before.
  Belongs on_data(const Channel& data, Time now);
  /// Answers a ping.
  void on_ping(Time now);
  void on_time(Time now);
  [[nodiscard]] Time deadline() const;

  [[nodiscard]] std::size_t size() const { return subscriptions_.size(); }

 private:
  /// `guessing`: the probe is over, but no answer has shown the form yet.
  enum class Stage : std::uint8_t { closed, probing, guessing, known };

  struct Subscription {
    Channel channel;
    bool made = false;  ///< of ticks, if the exchange refuses it
    bool told = false;  ///< that it is
    ChannelState state = ChannelState::wanted;
    // In this session:
    unsigned tried = 0;    ///< the forms requested
    unsigned refused = 0;  ///< the forms refused
    Time asked{};
    bool overdue = false;
    bool confirmed = false;          ///< acknowledged by an answer, not only by data
    std::optional<Time> ended = {};  ///< by the exchange, without being asked to
    Time not_before{};               ///< not requested again before this
    Text<96> reason{};               ///< the exchange's answer if it refused
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
  void on_unsubscribed(const Channel& channel, Time now);
  void add_ended(const Request& request);
  void on_refused(const Request& request, const ErrorEvent& event, Time now);
  void refuse(Subscription& subscription);
  [[nodiscard]] Time due(const Subscription& subscription) const;
  [[nodiscard]] bool ends(const std::vector<Request>& requests, const Channel& channel,
                          Time now) const;
  Subscription* find(const Channel& channel);
  void set_state(Subscription& subscription, ChannelState state);

  std::uint8_t connection_;
  const Timing& timing_;
  Outbox& outbox_;
  std::vector<Subscription> subscriptions_;
  /// Oldest first. Replies come in order, so a reply also removes all requests before the one that
  /// it answers.
  std::vector<Request> unanswered_;
  /// Subscriptions ended less than answer_timeout ago, whose last data may still be under way.
  std::vector<Request> ended_;
  SessionId session_;
  Stage stage_ = Stage::closed;
  Form form_ = kSplit;        ///< the form tried first
  bool form_worked_ = false;  ///< in this session or an earlier one
  Time pong_until_{};         ///< an UNKNOWN_ACTION before this time answers a pong
  Time next_error_told_{};    ///< errors before this time are not logged
};

}  // namespace tickcache::daemon
