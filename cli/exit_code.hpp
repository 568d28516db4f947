// The program's exit codes. The numbers never change their meaning.
#pragma once

#include <cstdint>

#include "tickcache/status.hpp"

namespace tickcache::cli {

/// For several symbols, the greatest is used.
enum class ExitCode : std::uint8_t {
  ok = 0,
  error = 1,
  usage = 2,
  unknown_symbol = 3,  ///< never seen; or not subscribed to, or refused
  not_live = 4,        ///< or subscribed to, and nothing has come yet
  no_segment = 5,
  timeout = 6,
};

constexpr ExitCode exit_code(Freshness freshness, Reason reason) noexcept {
  if (reason == Reason::no_segment) return ExitCode::no_segment;
  if (freshness == Freshness::missing) return ExitCode::unknown_symbol;
  return freshness == Freshness::live ? ExitCode::ok : ExitCode::not_live;
}

}  // namespace tickcache::cli
