#include "daemon/platform/negotiation.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tickcache::daemon {
namespace {

/// Limits the memory for requests that are never answered: the oldest are dropped.
constexpr std::size_t kMaxUnanswered = 128;

/// Interval between logged errors, so that an exchange cannot fill the log.
constexpr Time kTellErrorsEvery = std::chrono::seconds(10);

bool brings(const Channel& channel, const Channel& data) {
  return channel == data ||
         (channel.kind == ChannelKind::all_tickers && data.kind == ChannelKind::ticker);
}

}  // namespace

Negotiation::Negotiation(std::uint8_t connection, const Timing& timing, Outbox& outbox)
    : connection_(connection), timing_(timing), outbox_(outbox) {}

void Negotiation::want(const std::vector<Channel>& channels, const std::vector<Channel>& made,
                       Time now) {
  std::vector<Subscription> previous;
  previous.swap(subscriptions_);
  for (const Channel& channel : channels) {
    const auto kept = std::find_if(previous.begin(), previous.end(),
                                   [&](const auto& one) { return one.channel == channel; });
    if (kept == previous.end()) {
      subscriptions_.push_back({.channel = channel});
      outbox_.add(SetChannel{connection_, channel, ChannelState::wanted, {}});
    } else {
      subscriptions_.push_back(*kept);
      previous.erase(kept);
    }
    subscriptions_.back().made = std::find(made.begin(), made.end(), channel) != made.end();
  }
  for (const Subscription& unwanted : previous) {
    // Also what was refused: were the refusal another request's, the limit would be reached too
    // early, and ticker_all could meet a ticker.
    for (const Form form : {kSplit, kJoined}) {
      if (!(unwanted.tried & form)) continue;
      send({unwanted.channel, form, false, now});
      add_ended(unanswered_.back());
    }
  }
  ask(now);
}

void Negotiation::begin(SessionId session, Time now) {
  session_ = session;
  stage_ = form_worked_ ? Stage::guessing : Stage::probing;
  unanswered_.clear();
  ended_.clear();
  pong_until_ = {};
  ask(now);
}

void Negotiation::end() {
  stage_ = Stage::closed;
  for (Subscription& subscription : subscriptions_) {
    set_state(subscription, ChannelState::wanted);
    subscription = {
        .channel = subscription.channel, .made = subscription.made, .told = subscription.told};
  }
}

/// Requests all wanted channels that may be requested now.
void Negotiation::ask(Time now) {
  if (stage_ == Stage::closed) return;
  bool hold = false;
  for (Subscription& subscription : subscriptions_) {
    const bool wanted =
        subscription.state == ChannelState::wanted && now >= subscription.not_before;
    const bool sent = subscription.state == ChannelState::sent;
    const bool two_forms = has_two_forms(subscription.channel);
    if (stage_ == Stage::probing && two_forms && (wanted || sent)) {
      if (hold) continue;
      hold = true;  // this is the probe
    }
    const bool wrong = stage_ == Stage::known && two_forms && !(subscription.tried & form_);
    if (wanted || (sent && wrong)) ask(subscription, form_, now);
  }
}

void Negotiation::ask(Subscription& subscription, Form form, Time now) {
  subscription.tried |= form;
  subscription.asked = now;
  subscription.overdue = false;
  subscription.confirmed = false;
  subscription.not_before = {};
  send({subscription.channel, form, true, now});
  set_state(subscription, ChannelState::sent);
}

bool Negotiation::ask_in_other_form(Subscription& subscription, Time now) {
  const unsigned untried = (kSplit | kJoined) & ~subscription.tried;
  if (stage_ == Stage::known || untried == 0 || !has_two_forms(subscription.channel)) return false;
  ask(subscription, static_cast<Form>(untried), now);
  return true;
}

void Negotiation::send(const Request& request) {
  if (unanswered_.size() == kMaxUnanswered) unanswered_.erase(unanswered_.begin());
  unanswered_.push_back(request);
  outbox_.add(SendText{session_, request_text(request.channel, request.subscribe, request.form)});
}

void Negotiation::on_acknowledgement(const AcknowledgementEvent& event, Time now) {
  if (!event.known) return;
  const auto answered =
      std::find_if(unanswered_.begin(), unanswered_.end(), [&](const Request& request) {
        return request.subscribe == event.subscribed && request.channel == event.channel;
      });
  const bool asked = answered != unanswered_.end();
  if (asked) unanswered_.erase(unanswered_.begin(), answered + 1);
  if (!event.subscribed) {
    if (!asked) on_unsubscribed(event.channel, now);
    return;
  }
  Subscription* const subscription = find(event.channel);
  if (!subscription || ends(unanswered_, event.channel, now)) return;
  accept(*subscription, now);
  subscription->confirmed = subscription->state == ChannelState::acknowledged;
}

/// The exchange has ended a subscription by itself: it is requested again, at once if that has not
/// happened lately.
void Negotiation::on_unsubscribed(const Channel& channel, Time now) {
  Subscription* const subscription = find(channel);
  if (!subscription || subscription->state != ChannelState::acknowledged) return;
  add_ended({channel, form_, false, now});
  const bool soon = subscription->ended && now - *subscription->ended < timing_.answer_timeout;
  subscription->ended = now;
  subscription->confirmed = false;
  if (soon) subscription->not_before = now + timing_.answer_timeout;
  outbox_.log(
      connection_, LogLevel::warning,
      joined_name(channel) + ": the exchange has ended the subscription; asking for it again");
  set_state(*subscription, ChannelState::wanted);
  ask(now);
}

void Negotiation::add_ended(const Request& request) {
  std::erase_if(ended_,
                [&](const Request& one) { return request.at - one.at >= timing_.answer_timeout; });
  ended_.push_back(request);
}

Belongs Negotiation::on_data(const Channel& data, Time now) {
  for (Subscription& subscription : subscriptions_) {
    if (!brings(subscription.channel, data)) continue;
    if (!subscription.confirmed && ends(ended_, data, now)) return Belongs::earlier;
    if (subscription.state != ChannelState::acknowledged) accept(subscription, now);
    return subscription.state == ChannelState::acknowledged ? Belongs::present : Belongs::earlier;
  }
  return Belongs::unasked;
}

void Negotiation::accept(Subscription& subscription, Time now) {
  if (subscription.state == ChannelState::wanted) return;
  set_state(subscription, ChannelState::acknowledged);
  const unsigned accepted = subscription.tried & ~subscription.refused;
  const bool one_form = accepted == kSplit || accepted == kJoined;
  if (!one_form || stage_ == Stage::known || !has_two_forms(subscription.channel)) return;
  // A refusal of the other form may have been meant for another request.
  stage_ = subscription.tried == accepted ? Stage::known : Stage::guessing;
  form_ = static_cast<Form>(accepted);
  form_worked_ = true;
  ask(now);
}

void Negotiation::on_error(const ErrorEvent& event, Time now) {
  std::string text = "the exchange reports an error: ";
  if (event.code == ErrorCode::unknown_action && now < pong_until_) {
    pong_until_ = {};
    text = "the exchange does not understand the answer to its ping: ";
  } else if (event.code != ErrorCode::other && !unanswered_.empty()) {
    const Request oldest = unanswered_.front();
    unanswered_.erase(unanswered_.begin());
    if (oldest.subscribe) on_refused(oldest, event, now);
    return;
  }
  const bool tell = now >= next_error_told_;
  if (tell) next_error_told_ = now + kTellErrorsEvery;
  text.append(event.code_text.view()).append(": ").append(event.message.view());
  outbox_.log(connection_, tell ? LogLevel::warning : LogLevel::debug, text);
}

void Negotiation::on_refused(const Request& request, const ErrorEvent& event, Time now) {
  Subscription* const subscription = find(request.channel);
  if (!subscription || subscription->state != ChannelState::sent) return;
  if (ends(unanswered_, request.channel, now)) return;
  subscription->refused |= request.form;
  const bool limit = event.code == ErrorCode::subscription_limit;
  // The platform's server's answer to the joined form is the least informative.
  const std::string_view known = subscription->reason.view();
  if (limit || known.empty() || known.substr(0, 15) == "Unknown channel") {
    subscription->reason = event.message;
    if (event.message.empty()) subscription->reason.assign(event.code_text.view());
  }
  if (!limit && ask_in_other_form(*subscription, now)) return;
  if (limit || (subscription->tried & ~subscription->refused) == 0) refuse(*subscription);
  ask(now);
}

void Negotiation::refuse(Subscription& subscription) {
  set_state(subscription, ChannelState::refused);
  const std::string_view reason = subscription.reason.view();
  if (subscription.made) {
    const bool told = std::exchange(subscription.told, true);
    outbox_.log(
        connection_, told ? LogLevel::debug : LogLevel::info,
        joined_name(subscription.channel) +
            ": the exchange refuses it, so its candles are made of ticks: " + std::string(reason));
    return;
  }
  std::string text = joined_name(subscription.channel) + " is refused by the exchange: ";
  text.append(reason);
  // The platform's server does not name what is missing: "Channel 'candles' requires ."
  const bool candles = subscription.channel.kind == ChannelKind::candles;
  if (candles && reason.find("requires") != reason.npos) {
    text += " (it may not offer this interval)";
  }
  outbox_.log(connection_, LogLevel::warning, text);
}

void Negotiation::on_time(Time now) {
  for (Subscription& subscription : subscriptions_) {
    if (now < due(subscription) || subscription.state == ChannelState::wanted) continue;
    subscription.overdue = true;
    if (stage_ == Stage::probing && has_two_forms(subscription.channel)) {
      // The platform's server, which takes the split form, answers everything.
      stage_ = Stage::guessing;
      form_ = kJoined;
    }
    if (ask_in_other_form(subscription, now)) continue;
    // It stays `sent`: there may be nothing to send.
    outbox_.log(connection_, LogLevel::info,
                joined_name(subscription.channel) +
                    ": the exchange has neither confirmed nor refused it, and sent "
                    "nothing");
  }
  ask(now);
}

/// When an answer to the subscription is overdue, or it is to be requested again; Time::max() if
/// neither is awaited.
Time Negotiation::due(const Subscription& subscription) const {
  if (subscription.state == ChannelState::wanted && subscription.not_before != Time{}) {
    return subscription.not_before;
  }
  if (subscription.state != ChannelState::sent || subscription.overdue) return Time::max();
  return subscription.asked + timing_.answer_timeout;
}

Time Negotiation::deadline() const {
  Time next = Time::max();
  for (const Subscription& subscription : subscriptions_) next = std::min(next, due(subscription));
  return next;
}

void Negotiation::on_ping(Time now) {
  pong_until_ = now + timing_.answer_timeout;
  outbox_.add(SendPong{session_});
}

/// Whether one of `requests` has ended a subscription lately, so that a reply or data for the
/// channel may be due to that.
bool Negotiation::ends(const std::vector<Request>& requests, const Channel& channel,
                       Time now) const {
  return std::any_of(requests.begin(), requests.end(), [&](const Request& request) {
    return !request.subscribe && now - request.at < timing_.answer_timeout &&
           brings(request.channel, channel);
  });
}

Negotiation::Subscription* Negotiation::find(const Channel& channel) {
  for (Subscription& subscription : subscriptions_) {
    if (subscription.channel == channel) return &subscription;
  }
  return nullptr;
}

void Negotiation::set_state(Subscription& subscription, ChannelState state) {
  if (subscription.state == state) return;
  subscription.state = state;
  const bool refused = state == ChannelState::refused;
  outbox_.add(SetChannel{connection_, subscription.channel, state,
                         refused ? subscription.reason : Text<96>{}});
}

}  // namespace tickcache::daemon
