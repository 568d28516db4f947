// Compares the stored prices with those that the exchange gives when asked: decides what to ask and
// when, which prices are snapshots, which are confirmed and which have lost their ticks. It has no
// I/O, no clock and no thread.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/core/publisher.hpp"
#include "daemon/core/question.hpp"
#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// Ask next() when deadline() is reached, send the question, and report its one answer. Times never
/// go backwards.
///
/// The answers run ahead of the ticks, so a price that differs has not lost its ticks: it becomes
/// suspect. If no tick of it comes for kPatience and it differs again, and its trade is not older
/// than the stored one, its ticks were lost, and the requested price is stored.
class Audit {
 public:
  /// Longer than the answers may run ahead of the ticks.
  static constexpr Time kPatience = std::chrono::seconds(2);
  /// Between questions while ticks pause, or something is in doubt.
  static constexpr Time kSoon = std::chrono::seconds(1);
  /// After this long without an answer the exchange counts as having none; it is asked again each
  /// kAbsentFor.
  static constexpr Time kAbsentFor = std::chrono::seconds(60);

  /// `every`: between questions while ticks flow; 0: never asks.
  Audit(Publisher& publisher, Time every) : publisher_(publisher), every_(every) {}

  void set_every(Time every);

  /// When to ask next(); Time::max() while a question is open, or if nothing is to be asked.
  [[nodiscard]] Time deadline() const;
  std::optional<Question> next(Time now);

  void on_prices(const Prices& answer, Time now);
  /// `exchange_time_ns`: Unix time of the trade; 0: not given.
  void on_trade_time(std::int64_t exchange_time_ns, Time now);
  void on_health(bool receives_trades, Time now);
  /// There was no answer, or none that can be used. `wait`: do not ask before, kAbsentFor at most.
  void on_failure(Time now, Time wait = Time(0));
  /// The open question, whose answer was expected from a connection that was lost since, is not
  /// worth waiting for: report a failure.
  [[nodiscard]] bool gives_up() const;

  /// Ticks were lost although the connection is open, and it has brought none since: it is to be
  /// replaced. Given once, and not again until a tick that is not late has come.
  bool take_dead() { return std::exchange(dead_, false); }
  /// The exchange has answered again while connections are to be opened again. Given once.
  bool take_reachable() { return std::exchange(reachable_, false); }
  /// How long it may take to answer.
  [[nodiscard]] Time patience() const;

 private:
  struct Suspect {
    Time asked{};  ///< a tick received later clears it
    Time due{};
  };
  struct Overdue {
    std::uint32_t cell = 0;
    RequestedPrice price;
  };
  struct Check {
    std::uint32_t cell = 0;
    bool overdue = false;  ///< else busy
  };

  [[nodiscard]] bool flows(Time now) const;
  [[nodiscard]] bool needs_anchor() const;
  [[nodiscard]] bool has_tickers() const;
  [[nodiscard]] bool is_absent() const;
  [[nodiscard]] bool is_fresh(const Prices& answer, Time now);
  void drop_cleared_suspects();
  void mark_overdue(Time now);
  void answered(Time now);
  void end_round();
  void take(const Prices& answer, Time now);
  void compare(const Prices& answer, Time now);
  void compare(std::uint32_t cell, const RequestedPrice& price, Time now);
  void mark_absent(std::uint32_t cell, Time now);
  void plan_checks(Time now);
  void finish(Time now);
  [[nodiscard]] Time confirmation_lasts(Time now) const;
  void confirm_until(Time until);
  void heal(Time now);

  Publisher& publisher_;
  Time every_;
  std::optional<Question> open_;
  Time asked_{};              ///< when the last prices were asked for; 0: never
  std::optional<Time> sent_;  ///< when the open question was sent
  Time round_trip_ = std::chrono::milliseconds(100);
  std::optional<Time> failing_since_;
  Time last_failure_{};
  Time not_before_{};
  bool has_worked_ = false;  ///< an answer with prices was of use in this run
  bool asked_in_outage_ = false;
  Time verified_{};
  Time confirmed_until_{};
  bool reachable_ = false;
  bool dead_ = false;
  Time replaced_at_{};

  // One round: an answer with prices, and what is asked about it.
  std::optional<Prices> doubted_;  ///< stale, until its health was asked
  bool unresolved_ = false;
  std::int64_t last_answered_at_ns_ = 0;
  Time last_answer_{};                  ///< when the answer before came
  std::vector<std::uint32_t> seen_in_;  ///< by cell: the last round whose answer had it
  std::uint32_t round_ = 0;
  std::unordered_map<std::uint32_t, Suspect> suspects_;
  std::vector<Overdue> overdue_;
  std::vector<Check> checks_;  ///< still to be asked about
  unsigned older_ = 0;         ///< of the overdue: trades older than the stored tick
  unsigned not_older_ = 0;
  std::vector<Time> behind_;  ///< of busy symbols: how far ticks are behind, at least
  Time anchored_at_{};
};

}  // namespace tickcache::daemon
