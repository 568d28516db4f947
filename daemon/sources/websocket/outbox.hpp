// The pending actions, in order.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/sources/websocket/action.hpp"

namespace tickcache::daemon {

struct Outbox {
  std::vector<Action> actions;

  template <class T>
  void add(T&& action) {
    actions.emplace_back(std::forward<T>(action));
  }
  void log(Log::Level level, std::string text) { add(Log{level, std::move(text)}); }
};

}  // namespace tickcache::daemon
