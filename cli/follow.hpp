// Printing updates as they come, until there are enough, the time is over, or nobody reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"

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

/// Why a channel will not deliver, as far as the daemon says: it does not subscribe to it (then
/// with the option to add), or the exchange has refused it. Nothing also if no daemon runs: the
/// next one may subscribe to more. Symbol and interval as for why_nothing_came().
[[nodiscard]] std::optional<std::string> why_nothing_will_come(const Status& status,
                                                               ChannelKind kind,
                                                               std::string_view symbol = {},
                                                               std::string_view interval = {});

}  // namespace tickcache::cli
