// The subscriptions of one connection: what was asked for, in which form, and what came of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/event.hpp"
#include "daemon/upstream/action.hpp"
#include "daemon/upstream/replies.hpp"
#include "daemon/upstream/request.hpp"
#include "daemon/upstream/shared.hpp"
#include "daemon/upstream/timing.hpp"

namespace tickcache::daemon {

/// A request is made in the form that worked last on this connection. If it is refused as unknown,
/// or neither answered nor followed by data for answer_timeout, the other form is tried once. A
/// refused channel is not asked for again in the session.
class Negotiation {
 public:
  Negotiation(std::uint8_t connection, Shared& shared);

  /// Makes `channels` the wanted set. In a session, unsubscribes what goes and then subscribes to
  /// what comes: in this order, so that the limit holds and ticker_all never meets a ticker.
  void want(const std::vector<Channel>& channels, Time now);

  /// The session has opened: asks for everything, once.
  void begin(Link link, Time now);
  /// The session is over.
  void end();

  void on_acknowledgement(const AcknowledgementEvent& event, Time now);
  /// An error other than ErrorCode::authentication.
  void on_error(const ErrorEvent& event, Time now);
  /// Data proves the subscription that it belongs to, as an acknowledgement does.
  void on_tick(const SymbolText& symbol);
  void on_data(const Channel& channel);
  /// Answers a ping.
  void on_ping(Time now);
  void on_time(Time now);
  [[nodiscard]] Time deadline() const;

  [[nodiscard]] std::size_t size() const { return subscriptions_.size(); }

 private:
  /// What came of a form.
  enum class Try : std::uint8_t { none, pending, unanswered, refused };

  struct Subscription {
    Channel channel;
    std::uint32_t id = 0;
    ChannelState state = ChannelState::wanted;
    Form form = Form::split;     ///< tried last
    std::array<Try, 2> tries{};  ///< by form
    Text<96> reason;             ///< the most telling refusal of this session
    Text<96> told_reason;        ///< the last one that was logged
    bool told_silent = false;
  };

  Subscription* find(const Channel& channel);
  Subscription* find(const Request& request);
  void add(const Channel& channel);
  void drop(const Subscription& subscription, Time now);
  void subscribe(Subscription& subscription, Form form, Time now);
  void unsubscribe(const Channel& channel, Form form, bool last, Time now);
  void send(const Request& request, Time now);
  void came_to_nothing(const Request& request, Try result, Time now);
  void proceed(Subscription& subscription, Time now);
  void refuse(Subscription& subscription);
  void tell_silent(Subscription& subscription);
  void accept(Subscription& subscription, Form form);
  void prove(Subscription& subscription);
  [[nodiscard]] bool is_certain(const Subscription& refused) const;
  static Form likely_form(const Subscription& subscription);
  void set_state(Subscription& subscription, ChannelState state);
  [[nodiscard]] std::uint8_t& open_of(ChannelKind kind);
  void log(Log::Level level, const std::string& text);

  std::uint8_t connection_;
  Shared& shared_;
  std::vector<Subscription> subscriptions_;
  /// By kind: subscriptions of this session that are not acknowledged. Data of a kind that has
  /// none, which is nearly all data, needs no search.
  std::array<std::uint8_t, 6> open_{};
  Replies replies_;
  Link link_;
  bool in_session_ = false;
  Form form_ = Form::split;  ///< the one that worked last
  std::uint32_t last_id_ = 0;
  bool told_pong_ = false;
  Text<32> told_error_;
  Time next_told_error_{};  ///< none is told before
};

}  // namespace tickcache::daemon
