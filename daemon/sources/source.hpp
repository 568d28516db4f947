// The interface of a source, which provides the segment's data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config/config.hpp"
#include "daemon/core/question.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/sources/websocket/action.hpp"
#include "tickcache/status.hpp"

namespace tickcache::daemon {

/// The first wanted connection that is not open. `state` is `up` if there is none, `connecting`
/// before start().
struct Outlook {
  ConnectionState state = ConnectionState::up;
  std::size_t connection = 0;
  Time retry_at{};  ///< if waiting: the time of the next attempt
  std::string why;  ///< why the last session ended; empty if none has
};

/// Owns connections, identified by their numbers in the segment, and passes received data and the
/// connections' state to the Publisher. It does not access the segment. Belongs to the loop's
/// thread and adds its own work to the loop. Times are CLOCK_BOOTTIME and never go backwards.
class Source {
 public:
  Source() = default;
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  virtual void start(Time /*now*/) {}
  /// Closes every connection. The source publishes nothing more and leaves the loop within about a
  /// second.
  virtual void stop(Time now) = 0;
  /// The configuration was reloaded. The Publisher already knows what is wanted.
  virtual void reconfigure(const Config& config, Time now) = 0;
  /// Called when deadline() is reached.
  virtual void on_time(Time now) = 0;
  /// The loop slept longer than the liveness timeout, so buffered data is too old. Ends the
  /// sessions without reading it, and reconnects.
  virtual void on_late(Time now) = 0;

  /// kFirstConnection is open but has lost ticks, and brings none: if it is this source's, replace
  /// it.
  virtual void on_ticks_lost(Time /*now*/) {}
  /// The exchange answers again after an outage: do not wait for the next attempt to connect.
  virtual void on_exchange_answers(Time /*now*/) {}

  /// The exchange has refused the key, and does not say why: a source that can ask calls
  /// on_refusal_explained() of all once.
  virtual void on_refused(Time /*now*/) {}
  virtual void on_refusal_explained(Refusal /*refusal*/, Time /*now*/) {}

  /// When to call on_time() next; Time::max() if never.
  [[nodiscard]] virtual Time deadline() const = 0;
  /// The next step of the connections, if it has any.
  [[nodiscard]] virtual Outlook outlook() const { return {}; }
};

/// The daemon, as a source sees it.
class SourceHost {
 public:
  /// Call it before publishing received data. Returns true if the loop slept longer than the
  /// liveness timeout; then it has called on_late() of every source.
  virtual bool was_late(Time now) = 0;
  /// A source's deadline may have become earlier.
  virtual void deadline_changed() = 0;
  /// Writes a line to the log, or counts it as a repetition. `text` must not contain the key.
  virtual void log(LogLevel level, std::string_view text, Time now) = 0;
  /// All sources, for what one has to tell the others.
  [[nodiscard]] virtual std::span<const std::unique_ptr<Source>> sources() const = 0;
  /// The exchange rejected the key for good: stops the daemon. `why` must not contain the key.
  virtual void key_rejected(std::string_view why) = 0;

 protected:
  ~SourceHost() = default;
};

}  // namespace tickcache::daemon
