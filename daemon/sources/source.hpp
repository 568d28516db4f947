// What a source is: one of the things that feed the segment.
#pragma once

#include <string_view>

#include "daemon/config/config.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/sources/outlook.hpp"
#include "daemon/sources/websocket/action.hpp"

namespace tickcache::daemon {

/// Owns connections, by their numbers in the segment, and hands what it receives, and the
/// connections' state, to the Publisher. It does not know the segment. Belongs to the loop's
/// thread, and adds its own work to the loop. Times are CLOCK_BOOTTIME and never go backwards.
class Source {
 public:
  Source() = default;
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  virtual void start(Time now) = 0;
  /// Ends every connection. Nothing is handed over from here on; the source leaves the loop in a
  /// second or so.
  virtual void stop(Time now) = 0;
  /// The configuration was read again; the Publisher knows already what is wanted.
  virtual void reconfigure(const Config& config, Time now) = 0;
  /// Called when deadline() has come.
  virtual void on_time(Time now) = 0;
  /// The loop slept longer than the liveness timeout: what is buffered is as old as that. Ends the
  /// sessions without reading it, and begins anew.
  virtual void on_late(Time now) = 0;

  /// When to call on_time() next; Time::max() if never.
  [[nodiscard]] virtual Time deadline() const = 0;
  /// What is being waited for.
  [[nodiscard]] virtual Outlook outlook() const = 0;
};

/// What a source needs of the daemon.
class SourceHost {
 public:
  /// To be asked before anything received is handed over. True if the loop had slept longer than
  /// the liveness timeout: then on_late() of every source has been called.
  virtual bool was_late(Time now) = 0;
  /// A source's deadline may be earlier than it was.
  virtual void deadline_changed() = 0;
  /// Writes a line to the log, or counts it as a repetition. `text` is without the key.
  virtual void log(Log::Level level, std::string_view text, Time now) = 0;
  /// The exchange has rejected the key for good: the daemon stops. `why` is without the key.
  virtual void key_rejected(std::string_view why) = 0;

 protected:
  ~SourceHost() = default;
};

}  // namespace tickcache::daemon
