#include "cli/doctor/finding.hpp"

namespace tickcache::cli {

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::note:
      return "note";
    case Level::warning:
      return "warning";
    case Level::problem:
      break;
  }
  return "problem";
}

}  // namespace tickcache::cli
