// Prints updates as they arrive, until --count or --timeout is reached or the output is closed.
#pragma once

#include <cstdint>
#include <string_view>

#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"
#include "cli/print/output.hpp"

namespace tickcache::cli {

class Following {
 public:
  Following(const Arguments& arguments, Output& out) : arguments_(arguments), out_(out) {}

  /// Prints an update, which counts towards --count. Prints nothing beyond that.
  void update(std::string_view text);
  /// Prints something other than an update; nothing after the last one that is wanted.
  void remark(std::string_view text);

  /// Runs the handlers of `feed`. Flushes the output before each wait.
  ExitCode run(Feed& feed);

 private:
  [[nodiscard]] bool wants_more() const noexcept {
    return !arguments_.count || updates_ < *arguments_.count;
  }
  ExitCode give_up() const;

  const Arguments& arguments_;
  Output& out_;
  std::uint64_t updates_ = 0;
};

}  // namespace tickcache::cli
