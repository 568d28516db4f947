#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "sim/options.hpp"

namespace tickcache::sim {

// Whose keys are let in.
class Access {
 public:
  explicit Access(std::string only_key) : only_key_(std::move(only_key)) {}

  void state(AccountState state) noexcept { state_ = state; }
  AccountState state() const noexcept { return state_; }

  bool knows(std::string_view key) const {
    return only_key_.empty() ? key.substr(0, 3) == "ak_" : key == only_key_;
  }
  bool admits(std::string_view key) const { return state_ == AccountState::active && knows(key); }

 private:
  std::string only_key_;
  AccountState state_ = AccountState::active;
};

}  // namespace tickcache::sim
