// A duration as text, for the log.
#pragma once

#include <string>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// "1 s", "12.345 s": seconds, to the millisecond.
inline std::string duration_text(Time span) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  std::string text = std::to_string(milliseconds / 1000);
  if (milliseconds % 1000 != 0) {
    const std::string digits = std::to_string(milliseconds % 1000);
    text.append(".").append(3 - digits.size(), '0').append(digits);
    while (text.back() == '0') text.pop_back();
  }
  return text.append(" s");
}

}  // namespace tickcache::daemon
