// Printing updates as they come, until there are enough, the time is over, or nobody reads.
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

  /// Whether more updates are wanted: handlers print nothing else.
  [[nodiscard]] bool wants_more() const noexcept {
    return !arguments_.count || updates_ < *arguments_.count;
  }
  /// An update, which counts.
  void update(std::string_view text);
  /// What is said beside the updates.
  void remark(std::string_view text);

  /// Calls the handlers of `feed`. Written is what there is, before it waits for more.
  ExitCode run(Feed& feed);

 private:
  ExitCode give_up() const;

  const Arguments& arguments_;
  Output& out_;
  std::uint64_t updates_ = 0;
};

}  // namespace tickcache::cli
