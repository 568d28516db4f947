// Follows an origin's messages (docs/redis.md): what to apply, what is missing, what can be
// trusted. Decides; no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/timing.hpp"
#include "tickcache/status.hpp"

namespace tickcache::daemon {

/// An origin and its tenure. The greater one is followed.
struct Tenancy {
  std::uint64_t epoch = 0;
  std::string instance;

  auto operator<=>(const Tenancy&) const = default;  // NOLINT(modernize-use-nullptr): it has none
};

struct Echo {
  std::string nonce;
  Time at{};  ///< the origin's clock when the nonce had come there
};

/// The beginning of every message, and what a beat says.
struct MessageHead {
  bool is_beat = false;
  Tenancy from;
  std::uint64_t sequence = 0;
  Time at{};  ///< the origin's clock
  // Of a beat.
  std::uint64_t hash = 0;  ///< up to which message the hash is complete
  Freshness freshness = Freshness::down;
  Reason reason = Reason::none;
  std::vector<Echo> echoes;
};

/// What was read of the keys, at one moment.
struct StoredState {
  Tenancy from;
  std::optional<std::uint64_t> sequence;  ///< absent: the hash is being rewritten
  Tenancy lease;                          ///< empty: nobody's
};

/// What to do with a message or with what was read.
enum class Take : std::uint8_t {
  ignore,
  apply,
  keep,  ///< until the keys have been read
};

/// Belongs to one thread. Times are CLOCK_BOOTTIME and do not go backwards.
class Follower {
 public:
  /// `max_lag`: what is later is not live; 0: any lag.
  void configure(Time max_lag) { max_lag_ = max_lag; }

  /// A new subscription: everything is to be read.
  void begin(Time now);
  void end();

  Take on_message(const MessageHead& head, Time now);
  /// Whether the keys must be read; then call on_read_sent().
  [[nodiscard]] bool wants_to_read() const { return wants_read_ && !reading_; }
  void on_read_sent() { reading_ = true; }
  /// `apply`: the state first, then of the kept messages those that follows() says.
  Take on_read(const StoredState& state, Time now);
  /// Redis could not be read: another try follows the next beat.
  void on_read_failed() { reading_ = false; }
  /// Whether a kept message belongs to what was applied, and comes next.
  bool follows(const MessageHead& head);

  /// Whether the origin must be asked to repeat a text.
  [[nodiscard]] bool wants_echo(Time now) const;
  void on_echo_asked(const std::string& nonce, Time now);

  /// Why nothing is live at `now`; empty if what is stored may be.
  [[nodiscard]] std::string objection(Time now) const;
  /// How late the newest message was, at most; nothing if that is not known.
  [[nodiscard]] std::optional<Time> lag() const;
  /// How late a message made at `at` is, at most, if it comes at `now`.
  [[nodiscard]] Time lag_of(Time at, Time now) const;
  [[nodiscard]] bool has_joined() const { return joined_; }
  [[nodiscard]] const Tenancy& origin() const { return origin_; }
  /// When its last beat came; 0: none has.
  [[nodiscard]] Time last_beat() const { return beat_; }
  /// When the last message of the origin came; or when the subscription began.
  [[nodiscard]] Time last_heard() const { return heard_; }

 private:
  void turn_to(const Tenancy& origin, Time now);
  void take_echoes(const MessageHead& head, Time now);
  void begin_anew();

  Time max_lag_ = std::chrono::seconds(2);
  Tenancy origin_;  ///< epoch 0: none yet
  bool joined_ = false;
  bool wants_read_ = false;
  bool reading_ = false;
  std::uint64_t last_ = 0;       ///< the newest message that was applied
  std::uint64_t beat_hash_ = 0;  ///< of the newest beat
  Time heard_{};                 ///< the newest message of the origin
  Time beat_{};                  ///< the newest beat; 0: none
  Freshness freshness_ = Freshness::down;
  Reason reason_ = Reason::none;
  // The difference of the clocks: this one minus the origin's, at least.
  std::optional<Time> difference_;
  Time difference_at_{};
  std::optional<Time> lag_;
  struct Nonce {
    std::string text;
    Time asked{};
  };
  std::deque<Nonce> nonces_;  ///< under way
  Time asked_{};              ///< the newest
  bool asked_once_ = false;
  /// A lower tenancy that also speaks.
  std::optional<Tenancy> lower_;
};

}  // namespace tickcache::daemon
