// A path between two programs that can break without telling them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct pollfd;

namespace tickcache::test {

/// Listens on a free port of 127.0.0.1 and forwards every connection to another one, on a thread of
/// its own. Its functions may be called from any thread; what they do is done when they return.
class LoopbackProxy {
 public:
  /// A connection that `target` refuses is reset.
  explicit LoopbackProxy(std::uint16_t target);
  ~LoopbackProxy();
  LoopbackProxy(const LoopbackProxy&) = delete;
  LoopbackProxy& operator=(const LoopbackProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const { return "ws://127.0.0.1:" + std::to_string(port_); }

  /// While on, everything that is sent in either direction vanishes, the end of a connection too,
  /// and sockets stay open. A connection that lost something, or was made meanwhile, never forwards
  /// again; the others go on.
  void swallow(bool on);
  /// While on, what the target sends vanishes; what is sent to it arrives. Otherwise as swallow().
  void swallow_answers(bool on);
  /// What the target sends from now on arrives that much later; what waits, at its time. At 0 it
  /// arrives at once, after what waits.
  void delay_answers(std::chrono::milliseconds span);
  /// The connections that exist never forward again, and stay open; new ones work.
  void half_open();
  /// Resets both sides of all connections. Returns how many there were.
  std::size_t cut();

  /// Connections of which at least one side is open.
  [[nodiscard]] std::size_t connections();

 private:
  struct Side {
    int fd = -1;          // -1: closed
    std::string pending;  // to be written to it
    bool ended = false;   // it sends nothing any more
  };
  using Clock = std::chrono::steady_clock;
  struct Connection {
    Side sides[2];
    bool dead = false;
    std::deque<std::pair<Clock::time_point, std::string>> delayed;  // answers
  };

  void loop();
  int release_delayed();
  void watch(std::vector<pollfd>& watched, const Side& side, const Side& other) const;
  void on_ready(Connection& connection, std::size_t side, short events);
  void on_input(Connection& connection, std::size_t side);
  void on_end(Connection& connection, std::size_t side, bool reset);
  void accept();
  void run(const std::function<void()>& task);

  std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int wake_ = -1;
  bool swallows_ = false;
  bool swallows_answers_ = false;
  std::chrono::milliseconds delay_{};
  bool stopping_ = false;
  std::list<Connection> connections_;

  std::mutex mutex_;
  std::vector<std::packaged_task<void()>> tasks_;  // guarded by the mutex
  std::thread thread_;
};

}  // namespace tickcache::test
