// The decision machine in a simulated world: exchanges on the other side, time, and trouble. After
// every step the rules that must never be broken are checked.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "daemon/sources/websocket/upstream.hpp"
#include "tests/daemon/upstream/model_exchange.hpp"

namespace tickcache::daemon {

class World {
 public:
  /// Connections get dialects[random] each; `dialects` has at least one. A slow exchange lets its
  /// answers wait for minutes; the others send them within kPrompt.
  World(const Wanted& wanted, const Timing& timing, std::vector<Dialect> dialects, bool slow,
        std::uint64_t seed);

  void start();
  /// One random event: an attempt succeeds or fails, messages, drops, reloads, sleep, time.
  void trouble();
  /// Time passes; every exchange is reachable, answers at once and sends data for everything each
  /// `data_every`.
  void quiet(Time span, Time data_every);
  /// Every wanted channel is acknowledged, or was refused for a reason, and the exchanges have
  /// exactly what is wanted. Of a slow exchange, which answers after its answers have been given up
  /// and whose errors may then be taken for others', only that everything has been asked for.
  void check_complete();

  struct Line {
    std::optional<SessionId> attempt;
    std::unique_ptr<ModelExchange> exchange;  ///< while open
    ConnectionState state = ConnectionState::unused;
    SessionId old;
    Time opened{};
    Time promised{};       ///< no attempt before this
    Time waiting_since{};  ///< the oldest answer that is not delivered
    int failures = 0;
  };
  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }
  [[nodiscard]] ChannelState state_of(const Channel& channel) const;
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] int opened() const { return opened_; }
  [[nodiscard]] int lost() const { return lost_; }

 private:
  static constexpr Time kPrompt = seconds{3};

  enum class Cause { event, time, late, reload };

  std::size_t below(std::size_t limit) { return random_() % limit; }
  Wanted random_wanted();
  void carry_out(Cause cause);
  void carry(const Action& action, Cause cause);
  void ended(Line& line, Time at_least);
  void check();
  void pass(Time span);
  void sleep();
  void reload();
  void connecting_event(Line& line);
  void open_event(Line& line);
  void old_event(const Line& line);
  void open(Line& line);
  void fail(Line& line);
  void close(Line& line, int code);
  void message(Line& line, const Event& event);
  void deliver(Line& line, std::size_t limit);
  void send_data();

  Timing timing_;
  std::vector<Dialect> dialects_;
  bool slow_;
  std::mt19937_64 random_;
  bool key_was_accepted_;
  Upstream upstream_;
  std::vector<Line> lines_;
  std::map<std::string, SetChannel> channels_;
  Time now_ = seconds{1000};
  bool stopped_ = false;
  int opened_ = 0;
  int lost_ = 0;
};

}  // namespace tickcache::daemon
