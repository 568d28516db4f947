// What the connections have in common: the settings, the key's standing, the list of actions.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/upstream/action.hpp"
#include "daemon/upstream/timing.hpp"

namespace tickcache::daemon {

/// What is known about the key. Data or an acknowledgement shows that it was accepted, and so does
/// a session that has lasted stable_after; an upgrade alone does not, because a rejection may
/// follow it. Only a session that lasted ends the time since which it has been rejected: otherwise
/// an exchange that acknowledges a subscription and then rejects the key would be asked for ever.
struct Key {
  bool accepted = false;
  std::optional<Time> rejected_since;

  /// Takes note of a rejection. Returns whether it is for good.
  bool reject(Time now, Time grace) {
    if (!rejected_since) rejected_since = now;
    return !accepted || now - *rejected_since >= grace;
  }
};

struct Shared {
  Timing timing;
  Key key;
  std::vector<Action> actions;

  template <class T>
  void act(T&& action) {
    actions.emplace_back(std::forward<T>(action));
  }
  void log(Log::Level level, std::string text) { act(Log{level, std::move(text)}); }
};

}  // namespace tickcache::daemon
