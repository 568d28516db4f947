#include "bridges/redis/tenure.hpp"

#include <algorithm>

namespace tickcache::redis {

void Tenure::on_open(Time now) {
  state_ = State::asking;
  waiting_ = false;
  next_ = now;
}

void Tenure::on_lost() { state_ = State::away; }

Duty Tenure::duty(Time now) const {
  switch (state_) {
    case State::away:
      break;
    case State::asking:
      if (waiting_) return now >= ends_ ? Duty::reconnect : Duty::none;
      return now >= next_ ? Duty::ask : Duty::none;
    case State::rewriting:
      if (now >= ends_) return Duty::reconnect;
      if (!waiting_ && now >= next_) return Duty::rewrite;
      return now - renewed_ >= kBeatEvery ? Duty::renew : Duty::none;
    case State::publishing:
      if (now >= ends_) return Duty::reconnect;
      return now - renewed_ >= kBeatEvery ? Duty::beat : Duty::none;
  }
  return Duty::none;
}

Time Tenure::deadline(Time now) const {
  switch (state_) {
    case State::away:
      return Time::max();
    case State::asking:
      return waiting_ ? ends_ : next_;
    case State::rewriting:
      return std::min(
          {ends_, renewed_ + kBeatEvery, waiting_ ? Time::max() : std::max(next_, now)});
    case State::publishing:
      return std::min<Time>(ends_, renewed_ + kBeatEvery);
  }
  return Time::max();
}

void Tenure::on_sent(Duty duty, Time now) {
  if (duty == Duty::ask) ends_ = now + kOriginStops;
  if (duty == Duty::ask || duty == Duty::rewrite) waiting_ = true;
  renewed_ = now;  // while asking nothing reads it, and on_granted() sets it
}

void Tenure::on_granted(std::uint64_t epoch, Time sent, Time now) {
  state_ = State::rewriting;
  waiting_ = false;
  epoch_ = epoch;
  sequence_ = 0;
  next_ = now;
  renewed_ = sent;
  ends_ = sent + kOriginStops;
}

void Tenure::on_taken_by_other(Time now) {
  waiting_ = false;
  next_ = now + kAskEvery;
}

void Tenure::on_renewed(Time sent) { ends_ = std::max<Time>(ends_, sent + kOriginStops); }

void Tenure::on_rewritten() {
  if (state_ != State::rewriting || !waiting_) return;
  state_ = State::publishing;
  waiting_ = false;
}

void Tenure::on_refused(Time now) {
  if (state_ != State::away && state_ != State::asking) on_open(now);
}

void Tenure::on_error(Time now) {
  if (state_ == State::publishing) state_ = State::rewriting;
  waiting_ = false;
  next_ = now + kRewriteEvery;
}

}  // namespace tickcache::redis
