#include "daemon/upstream/negotiation.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tickcache::daemon {
namespace {

constexpr std::size_t at(Form form) { return static_cast<std::size_t>(form); }

bool is_among(const Channel& channel, const std::vector<Channel>& channels) {
  return std::find(channels.begin(), channels.end(), channel) != channels.end();
}

/// What the exchange says about a form that it does not know tells less than what it says about a
/// channel that it does: the platform's server answers "Unknown channel 'candles:BTCUSDT:4h'" to
/// the joined form, whatever was wrong with the other.
bool is_telling(const Text<96>& reason) {
  return !reason.empty() && reason.view().substr(0, 15) != "Unknown channel";
}

/// An exchange must not fill the log.
constexpr Time kTellErrorsEvery = std::chrono::seconds(10);

Text<96> reason_of(const ErrorEvent& event) {
  Text<96> reason = event.message;
  if (reason.empty()) reason.assign(event.code_text.view());
  return reason;
}

}  // namespace

Negotiation::Negotiation(std::uint8_t connection, Shared& shared)
    : connection_(connection), shared_(shared) {}

void Negotiation::want(const std::vector<Channel>& channels, Time now) {
  const auto goes = [&](const Subscription& subscription) {
    return !is_among(subscription.channel, channels);
  };
  for (const Subscription& subscription : subscriptions_) {
    if (goes(subscription)) drop(subscription, now);
  }
  subscriptions_.erase(std::remove_if(subscriptions_.begin(), subscriptions_.end(), goes),
                       subscriptions_.end());

  for (const Channel& channel : channels) {
    if (find(channel)) continue;
    add(channel);
    if (in_session_) subscribe(subscriptions_.back(), form_, now);
  }
  // The next session asks in the plan's order.
  const auto position = [&](const Subscription& subscription) {
    return std::find(channels.begin(), channels.end(), subscription.channel);
  };
  std::sort(subscriptions_.begin(), subscriptions_.end(),
            [&](const auto& a, const auto& b) { return position(a) < position(b); });
}

void Negotiation::add(const Channel& channel) {
  Subscription subscription;
  subscription.channel = channel;
  subscription.id = ++last_id_;
  subscriptions_.push_back(subscription);
  if (in_session_) ++open_of(channel.kind);
  shared_.act(SetChannel{connection_, channel, ChannelState::wanted, {}});
}

void Negotiation::drop(const Subscription& subscription, Time now) {
  if (!in_session_) return;
  if (subscription.state != ChannelState::acknowledged) --open_of(subscription.channel.kind);

  // Also what was refused is undone: were the refusal a mistake of pairing, the limit would be
  // reached too early, and ticker_all could meet a ticker.
  const Form form = likely_form(subscription);
  // With both forms tried, a late answer may have been taken for the other's: undo both.
  const bool in_doubt = subscription.tries[at(other(form))] != Try::none;
  if (in_doubt) unsubscribe(subscription.channel, other(form), true, now);
  unsubscribe(subscription.channel, form, in_doubt || !has_two_forms(subscription.channel), now);
}

void Negotiation::begin(Link link, Time now) {
  link_ = link;
  in_session_ = true;
  replies_.clear();
  open_ = {};
  for (Subscription& subscription : subscriptions_) {
    ++open_of(subscription.channel.kind);
    subscribe(subscription, form_, now);
  }
}

void Negotiation::end() {
  if (!in_session_) return;
  in_session_ = false;
  for (Subscription& subscription : subscriptions_) {
    subscription.tries = {};
    subscription.reason = {};
    set_state(subscription, ChannelState::wanted);
  }
}

void Negotiation::subscribe(Subscription& subscription, Form form, Time now) {
  subscription.form = form;
  subscription.tries[at(form)] = Try::pending;
  send({subscription.channel, subscription.id, form, true, false}, now);
  set_state(subscription, ChannelState::sent);
}

void Negotiation::unsubscribe(const Channel& channel, Form form, bool last, Time now) {
  send({channel, 0, form, false, last}, now);
}

void Negotiation::send(const Request& request, Time now) {
  replies_.asked(request, now);
  shared_.act(SendText{link_, request_text(request.channel, request.subscribe, request.form)});
}

void Negotiation::on_acknowledgement(const AcknowledgementEvent& event, Time now) {
  if (!event.known) return;
  const bool first = !replies_.acknowledges();
  const auto request = replies_.acknowledged(event.subscribed, event.channel);
  if (first) {
    for (Subscription& subscription : subscriptions_) {
      if (subscription.state == ChannelState::sent) proceed(subscription, now);
    }
  }
  if (!event.subscribed) return;
  // The request may have been made for an earlier subscription of the channel, or be forgotten.
  // Unless more about the channel is on its way, its name still says what holds now.
  Subscription* subscription = request ? find(*request) : nullptr;
  if (!subscription && !replies_.awaits(event.channel)) subscription = find(event.channel);
  if (subscription) accept(*subscription, request ? request->form : subscription->form);
}

void Negotiation::on_error(const ErrorEvent& event, Time now) {
  const std::string what =
      std::string{event.code_text.view()}.append(": ").append(event.message.view());
  if (event.code == ErrorCode::other || event.code == ErrorCode::authentication) {
    // Once for each code in a row, and not faster than a person reads.
    const bool told = event.code_text == told_error_ || now < next_told_error_;
    if (!told) {
      told_error_ = event.code_text;
      next_told_error_ = now + kTellErrorsEvery;
    }
    log(told ? Log::Level::debug : Log::Level::warning, "the exchange reports an error: " + what);
    return;
  }
  const auto refused = replies_.refused(event, now, shared_.timing.answer_timeout);
  if (refused.pong) {
    log(std::exchange(told_pong_, true) ? Log::Level::debug : Log::Level::warning,
        "the exchange does not understand the answer to its ping: " + what);
  } else if (!refused.request) {
    log(Log::Level::debug, "an error answers no request: " + what);
  } else {
    Subscription* const subscription = find(*refused.request);
    if (subscription && !is_telling(subscription->reason)) {
      const Text<96> reason = reason_of(event);
      if (subscription->reason.empty() || is_telling(reason)) subscription->reason = reason;
    }
    if (event.code != ErrorCode::subscription_limit) {
      came_to_nothing(*refused.request, Try::refused, now);
    } else if (subscription && subscription->state == ChannelState::sent) {
      subscription->reason = reason_of(event);
      refuse(*subscription);
    }
  }
}

void Negotiation::on_time(Time now) {
  while (const auto request = replies_.take_overdue(now, shared_.timing.answer_timeout)) {
    came_to_nothing(*request, Try::unanswered, now);
  }
}

/// A request was refused as unknown, or is overdue.
void Negotiation::came_to_nothing(const Request& request, Try result, Time now) {
  if (!request.subscribe) {
    // The channel may have become wanted again.
    if (!request.last && !find(request.channel)) {
      unsubscribe(request.channel, other(request.form), true, now);
    }
    return;
  }
  Subscription* const subscription = find(request);
  if (!subscription || subscription->state != ChannelState::sent) return;
  subscription->tries[at(request.form)] = result;
  proceed(*subscription, now);
}

/// Tries the other form, or ends the attempts. A channel with one form is asked for again after a
/// refusal: on an exchange that answers nothing but errors, the refusal may have been another's.
/// Where only one form was refused, the other may have been accepted without a word, unless the
/// exchange acknowledges what it accepts.
void Negotiation::proceed(Subscription& subscription, Time now) {
  const Form untried = other(subscription.form);
  const Try made = subscription.tries[at(subscription.form)];
  const Try other_made = subscription.tries[at(untried)];
  if (made == Try::pending || other_made == Try::pending) return;
  if (other_made == Try::none && (has_two_forms(subscription.channel) || made == Try::refused)) {
    subscribe(subscription, untried, now);
  } else if ((made == Try::refused && other_made == Try::refused) ||
             (replies_.acknowledges() && (made == Try::refused || other_made == Try::refused))) {
    refuse(subscription);
  } else {
    tell_silent(subscription);
  }
}

void Negotiation::refuse(Subscription& subscription) {
  set_state(subscription, ChannelState::refused);
  const bool told = subscription.told_reason == subscription.reason;
  subscription.told_reason = subscription.reason;
  std::string text = joined_name(subscription.channel) + " is refused by the exchange: ";
  text.append(subscription.reason.view());
  // The platform's server forgets to fill in what it requires.
  if (subscription.channel.kind == ChannelKind::candles &&
      subscription.reason.view().find("requires") != std::string_view::npos) {
    text.append(" (it may not offer this interval)");
  }
  log(told ? Log::Level::debug : Log::Level::warning, text);
}

/// It stays `sent`: there may be nothing to send.
void Negotiation::tell_silent(Subscription& subscription) {
  if (std::exchange(subscription.told_silent, true)) return;
  log(Log::Level::info,
      joined_name(subscription.channel) +
          ": the exchange has neither confirmed nor refused it, and sent nothing");
}

void Negotiation::accept(Subscription& subscription, Form form) {
  subscription.form = form;
  if (has_two_forms(subscription.channel)) form_ = form;
  set_state(subscription, ChannelState::acknowledged);
}

void Negotiation::on_tick(const SymbolText& symbol) {
  if (open_of(ChannelKind::ticker_all) == 0 && open_of(ChannelKind::ticker) == 0) return;
  if (replies_.may_be_left_over({ChannelKind::ticker, symbol, {}})) return;
  for (Subscription& subscription : subscriptions_) {
    const Channel& channel = subscription.channel;
    if (channel.kind == ChannelKind::ticker_all ||
        (channel.kind == ChannelKind::ticker && channel.symbol == symbol)) {
      prove(subscription);
    }
  }
}

void Negotiation::on_data(const Channel& channel) {
  if (open_of(channel.kind) == 0 || replies_.may_be_left_over(channel)) return;
  if (Subscription* const subscription = find(channel)) prove(*subscription);
}

/// A refusal that is certain is not taken back: the data may be left over from what was before.
void Negotiation::prove(Subscription& subscription) {
  if (subscription.state == ChannelState::acknowledged) return;
  if (subscription.state == ChannelState::refused && is_certain(subscription)) return;
  const Form form = likely_form(subscription);
  replies_.proven(subscription.id, form);
  accept(subscription, form);
}

/// Whether a refusal stands. Not on an exchange that acknowledges nothing, where the error may have
/// been another request's, and not when one of the forms was passed over in silence.
bool Negotiation::is_certain(const Subscription& refused) const {
  return replies_.acknowledges() && refused.tries[0] != Try::unanswered &&
         refused.tries[1] != Try::unanswered;
}

/// The form that data came by: tried last, and not refused.
Form Negotiation::likely_form(const Subscription& subscription) {
  const bool refused = subscription.tries[at(subscription.form)] == Try::refused;
  return refused ? other(subscription.form) : subscription.form;
}

void Negotiation::on_ping(Time now) {
  replies_.ponged(now);
  shared_.act(SendPong{link_});
}

Time Negotiation::deadline() const {
  return in_session_ ? replies_.next_overdue(shared_.timing.answer_timeout) : Time::max();
}

Negotiation::Subscription* Negotiation::find(const Channel& channel) {
  for (Subscription& subscription : subscriptions_) {
    if (subscription.channel == channel) return &subscription;
  }
  return nullptr;
}

Negotiation::Subscription* Negotiation::find(const Request& request) {
  if (!request.subscribe) return nullptr;
  for (Subscription& subscription : subscriptions_) {
    if (subscription.id == request.subscription) return &subscription;
  }
  return nullptr;
}

void Negotiation::set_state(Subscription& subscription, ChannelState state) {
  if (subscription.state == state) return;
  if (in_session_) {
    if (state == ChannelState::acknowledged) --open_of(subscription.channel.kind);
    if (subscription.state == ChannelState::acknowledged) ++open_of(subscription.channel.kind);
  }
  subscription.state = state;
  const bool refused = state == ChannelState::refused;
  shared_.act(SetChannel{connection_, subscription.channel, state,
                         refused ? subscription.reason : Text<96>{}});
}

std::uint8_t& Negotiation::open_of(ChannelKind kind) {
  return open_[static_cast<std::size_t>(kind)];
}

void Negotiation::log(Log::Level level, const std::string& text) {
  shared_.log(level, "connection " + std::to_string(connection_) + ": " + text);
}

}  // namespace tickcache::daemon
