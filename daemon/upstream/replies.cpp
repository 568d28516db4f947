#include "daemon/upstream/replies.hpp"

#include <algorithm>

namespace tickcache::daemon {
namespace {

/// Beyond these, the oldest are forgotten: an exchange that answers nothing must not make the lists
/// grow. Pongs may be many when it floods us with pings.
constexpr std::size_t kMaxEntries = 128;
constexpr std::size_t kMaxPongs = 8;

/// "Unknown channel 'ticker:BTCUSDT'." names ticker:BTCUSDT; empty if nothing is in quotes.
std::string_view first_quoted(std::string_view message) {
  const auto open = message.find('\'');
  if (open == std::string_view::npos) return {};
  const auto close = message.find('\'', open + 1);
  return close == std::string_view::npos ? "" : message.substr(open + 1, close - open - 1);
}

template <class T>
void drop_oldest(std::vector<T>& values, std::size_t limit) {
  if (values.size() >= limit) values.erase(values.begin());
}

}  // namespace

void Replies::clear() {
  entries_.clear();
  pongs_.clear();
  acknowledges_ = false;
}

void Replies::asked(const Request& request, Time now) {
  drop_oldest(entries_, kMaxEntries);
  entries_.push_back({request, ++position_, now});
}

void Replies::ponged(Time now) {
  drop_oldest(pongs_, kMaxPongs);
  pongs_.push_back({++position_, now});
}

std::optional<Request> Replies::acknowledged(bool subscribed, const Channel& channel) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.request.subscribe == subscribed && entry.request.channel == channel;
  });
  if (found == entries_.end()) return std::nullopt;
  acknowledges_ = true;
  return answer(static_cast<std::size_t>(found - entries_.begin()));
}

Replies::Refused Replies::refused(const ErrorEvent& error, Time now, Time answer_timeout) {
  const auto is_old = [&](const Pong& pong) { return now - pong.sent >= answer_timeout; };
  pongs_.erase(std::remove_if(pongs_.begin(), pongs_.end(), is_old), pongs_.end());
  if (error.code == ErrorCode::unknown_action && !pongs_.empty()) {
    pongs_.erase(pongs_.begin());
    return {std::nullopt, true};
  }
  const std::string_view name = first_quoted(error.message.view());
  std::optional<std::size_t> index;
  if (!name.empty()) index = oldest(error.code, name);
  if (!index) index = oldest(error.code, {});
  if (!index) return {};
  return {answer(*index), false};
}

/// The oldest request that an error can be meant for; with a name, one that was made under it.
std::optional<std::size_t> Replies::oldest(ErrorCode code, std::string_view name) const {
  std::optional<std::size_t> overdue;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const Request& request = entry.request;
    if (entry.passed || (entry.proven && !acknowledges_)) continue;
    if (code == ErrorCode::subscription_limit && !request.subscribe) continue;
    if (!name.empty() && requested_name(request.channel, request.form) != name) continue;
    if (acknowledges_ || !entry.overdue) return i;
    if (!overdue) overdue = i;
  }
  return overdue;
}

/// Takes out an entry that has been answered. The turn of what was sent before it is over, except
/// where overdue ones were skipped on a guess.
Request Replies::answer(std::size_t index) {
  const Entry answered = entries_[index];
  for (std::size_t i = 0; i < index; ++i) {
    if (acknowledges_ || !entries_[i].overdue) entries_[i].passed = true;
  }
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
  const auto is_passed = [&](const Pong& pong) { return pong.position < answered.position; };
  pongs_.erase(std::remove_if(pongs_.begin(), pongs_.end(), is_passed), pongs_.end());
  return answered.request;
}

void Replies::proven(std::uint32_t subscription, Form form) {
  for (Entry& entry : entries_) {
    const Request& request = entry.request;
    if (request.subscribe && request.subscription == subscription && request.form == form) {
      entry.proven = true;
    }
  }
}

std::optional<Request> Replies::take_overdue(Time now, Time answer_timeout) {
  for (Entry& entry : entries_) {
    if (entry.overdue || now - entry.sent < answer_timeout) continue;
    entry.overdue = true;
    return entry.request;
  }
  return std::nullopt;
}

Time Replies::next_overdue(Time answer_timeout) const {
  for (const Entry& entry : entries_) {
    if (!entry.overdue) return entry.sent + answer_timeout;
  }
  return Time::max();
}

bool Replies::awaits(const Channel& channel) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.request.channel == channel; });
}

bool Replies::may_be_left_over(const Channel& data) const {
  const auto covers = [&](const Entry& entry) {
    if (entry.request.subscribe || entry.overdue) return false;
    const Channel& ended = entry.request.channel;
    return ended == data ||
           (ended.kind == ChannelKind::ticker_all && data.kind == ChannelKind::ticker);
  };
  return std::any_of(entries_.begin(), entries_.end(), covers);
}

}  // namespace tickcache::daemon
