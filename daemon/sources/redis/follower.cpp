#include "daemon/sources/redis/follower.hpp"

#include <algorithm>
#include <utility>

#include "redis/keys.hpp"

namespace tickcache::daemon {
namespace {

constexpr Time kAskAgain = std::chrono::minutes(1);
constexpr Time kAskSoon = std::chrono::seconds(1);
/// While there is no bound at all.
constexpr Time kAskFirst = std::chrono::milliseconds(200);
/// Clocks may drift by 200 ppm.
constexpr std::int64_t kDrift = 5000;
constexpr std::size_t kMostNonces = 64;
/// A difference of clocks that makes messages later than this is asked for again soon.
constexpr Time kPrompt = std::chrono::milliseconds(100);

}  // namespace

void Follower::begin(Time now) {
  end();
  heard_ = now;
}

void Follower::end() {
  begin_anew();
  reading_ = wants_read_ = false;
  difference_.reset();
  lag_.reset();
  nonces_.clear();
  asked_once_ = false;
  lower_.reset();
  beat_ = Time(0);
}

void Follower::begin_anew() {
  joined_ = false;
  wants_read_ = false;
}

void Follower::turn_to(const Tenancy& origin, Time now) {
  // Another tenure of a process has the same clock.
  if (origin.instance != origin_.instance) {
    difference_.reset();
    lag_.reset();
    asked_once_ = asked_once_ && origin_.epoch == 0;
  }
  origin_ = origin;
  begin_anew();
  lower_.reset();
  heard_ = now;
  beat_ = Time(0);
}

Take Follower::on_message(const MessageHead& head, Time now) {
  if (head.from < origin_) {
    lower_ = head.from;
    // Whether the lease names it, is read.
    if (now - heard_ >= redis::kSilent) wants_read_ = true;
    return Take::ignore;
  }
  if (head.from != origin_) turn_to(head.from, now);
  heard_ = now;
  take_echoes(head, now);
  lag_ = difference_ ? std::optional(lag_of(head.at, now)) : std::nullopt;
  if (head.is_beat) {
    beat_ = now;
    beat_hash_ = head.hash;
    freshness_ = head.freshness;
    reason_ = head.reason;
    if (joined_ && head.sequence > last_) begin_anew();
    // Without it, nothing tells how old the records of the keys are.
    if (!joined_ && difference_) wants_read_ = true;
    return Take::apply;
  }
  if (!joined_) return Take::keep;
  if (head.sequence <= last_) return Take::ignore;
  if (head.sequence != last_ + 1) {
    begin_anew();
    return Take::keep;
  }
  last_ = head.sequence;
  return Take::apply;
}

Take Follower::on_read(const StoredState& state, Time now) {
  reading_ = false;
  wants_read_ = false;
  if (lower_ && state.lease == *lower_ && now - heard_ >= redis::kSilent) {
    turn_to(*lower_, now);
    return Take::ignore;  // its next beat begins
  }
  if (joined_ || beat_ == Time(0) || !difference_ || state.from != origin_ || !state.sequence ||
      *state.sequence < beat_hash_) {
    return Take::ignore;
  }
  joined_ = true;
  last_ = *state.sequence;
  return Take::apply;
}

bool Follower::follows(const MessageHead& head) {
  if (head.from != origin_ || !joined_ || head.sequence <= last_) return false;
  if (head.sequence != last_ + 1) {
    begin_anew();
    return false;
  }
  last_ = head.sequence;
  return true;
}

void Follower::take_echoes(const MessageHead& head, Time now) {
  for (const Echo& echo : head.echoes) {
    const auto nonce = std::find_if(nonces_.begin(), nonces_.end(),
                                    [&](const Nonce& one) { return one.text == echo.nonce; });
    if (nonce == nonces_.end()) continue;
    const Time bound = nonce->asked - echo.at;
    nonces_.erase(nonce);
    const Time drifted = difference_ ? *difference_ - (now - difference_at_) / kDrift : bound;
    difference_ = std::max(bound, drifted);
    difference_at_ = now;
  }
}

Time Follower::lag_of(Time at, Time now) const {
  if (!difference_) return Time(0);
  const Time difference = *difference_ - (now - difference_at_) / kDrift;
  return std::max(Time(0), now - (at + difference));
}

std::optional<Time> Follower::lag() const { return lag_; }

bool Follower::wants_echo(Time now) const {
  if (!asked_once_) return true;
  if (!difference_) return now - asked_ >= kAskFirst;
  const bool is_rough = lag_ && *lag_ > kPrompt;
  return now - asked_ >= (is_rough ? kAskSoon : kAskAgain);
}

void Follower::on_echo_asked(const std::string& nonce, Time now) {
  if (nonces_.size() == kMostNonces) nonces_.pop_front();
  nonces_.push_back({nonce, now});
  asked_ = now;
  asked_once_ = true;
}

std::string Follower::objection(Time now) const {
  if (origin_.epoch == 0 || beat_ == Time(0)) {
    return origin_.epoch == 0 ? "no origin publishes this feed" : "waiting for the origin's beat";
  }
  if (now - beat_ > redis::kBeatsWithin) {
    return "no beat of the origin for " +
           duration_text(std::chrono::floor<std::chrono::seconds>(now - beat_));
  }
  if (!joined_) return "reading what the feed has, as messages are missing";
  if (freshness_ != Freshness::live) {
    return std::string("the origin's feed is ") + to_string(freshness_) + ": " + to_string(reason_);
  }
  if (max_lag_ > Time(0)) {
    if (!lag_) return "not known yet how late the origin's messages are";
    if (*lag_ > max_lag_) {
      return "the origin's messages may be " +
             duration_text(std::chrono::floor<std::chrono::milliseconds>(*lag_)) + " late";
    }
  }
  return {};
}

}  // namespace tickcache::daemon
