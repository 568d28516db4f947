// What most programs have: a hash map and a mutex.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "tickcache/ticker.hpp"

namespace tickcache::bench {

class LockedMap {
 public:
  void set(const std::string& symbol, const Ticker& ticker) {
    const std::lock_guard lock(mutex_);
    map_[symbol] = ticker;
  }

  bool get(const std::string& symbol, Ticker& out) const {
    const std::lock_guard lock(mutex_);
    const auto found = map_.find(symbol);
    if (found == map_.end()) return false;
    out = found->second;
    return true;
  }

  [[nodiscard]] const std::unordered_map<std::string, Ticker>& map() const noexcept { return map_; }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Ticker> map_;
};

}  // namespace tickcache::bench
