// The hostile exchange: a server on raw sockets that does what its scripts say, one script for each
// connection. It knows nothing of Beast, and keeps no rule by itself.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/faults/frames.hpp"

namespace tickcache::faults {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Ends a script when its server is stopped.
struct Stopped {};

/// One accepted connection, in the hands of its script. What blocks ends with an exception when the
/// server is stopped, so that a script need not care; sending to a client that is gone is no error
/// but gives false.
class Peer {
 public:
  Peer(int socket, int stop_event, SSL_CTX* tls);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// The TLS handshake; false if the client breaks it off. Then everything below goes through it.
  bool start_tls();
  /// What SNI asked for; empty if nothing.
  [[nodiscard]] std::string server_name() const;

  /// The HTTP request up to its empty line; cut short if the client goes.
  std::string read_request();
  /// Reads the request and upgrades. `first` goes into the same segment.
  std::string accept(std::string_view first = {});
  /// Acknowledges the next `requests` requests and returns them.
  std::vector<std::string> acknowledge(std::size_t requests);

  /// False if the client is gone.
  bool send(std::string_view bytes);
  bool text(std::string_view message) { return send(text_frame(message)); }
  /// Sends again and again until the client is gone, or `limit` bytes went; returns how many.
  std::size_t flood(std::string_view bytes, std::size_t limit = SIZE_MAX);

  /// The client's next frame; nothing if it has gone.
  std::optional<ClientFrame> read_frame();
  /// The client's next frame if one comes in time.
  std::optional<ClientFrame> read_frame(milliseconds limit);
  /// Reads and drops everything until the client is gone.
  void wait_until_gone();
  /// Says and reads nothing until the server is stopped.
  void hold();
  void pause(milliseconds time);

  /// Nothing more is sent, the socket stays.
  void half_close();
  /// Ends with FIN (if everything was read), without a word of TLS.
  void cut();
  /// Ends with RST.
  void reset();

 private:
  bool fill(std::optional<milliseconds> limit = std::nullopt);
  long receive(char* data, std::size_t size);
  long transmit(const char* data, std::size_t size);
  bool wait_for(short events, std::optional<milliseconds> limit = std::nullopt);

  int socket_;
  int stop_event_;
  SSL* tls_ = nullptr;
  std::string received_;
};

using Script = std::function<void(Peer&)>;

struct HostileOptions {
  const char* address = "127.0.0.1";
  SSL_CTX* tls = nullptr;  ///< for Peer::start_tls()
  int receive_buffer = 0;  ///< SO_RCVBUF, so that a client soon feels that nobody reads
};

class Hostile {
 public:
  /// The last script serves every connection after it too.
  explicit Hostile(std::vector<Script> scripts, const HostileOptions& options = {});
  ~Hostile();
  Hostile(const Hostile&) = delete;
  Hostile& operator=(const Hostile&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Connections accepted so far, and when.
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::vector<SteadyTime> accepted() const;

 private:
  void accept_all();
  void serve(int socket, const Script& script);

  const std::vector<Script> scripts_;
  const HostileOptions options_;
  int listener_ = -1;
  int stop_event_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<SteadyTime> accepted_;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

/// A socket that is bound to a free port of 127.0.0.1; it refuses connections until listen().
class BoundSocket {
 public:
  explicit BoundSocket(const char* address = "127.0.0.1");
  ~BoundSocket();
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

/// An address that answers no SYN: a listener whose queue is full.
class BlackHole {
 public:
  explicit BlackHole(const char* address);
  ~BlackHole();
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }

 private:
  BoundSocket listener_;
  std::vector<int> waiting_;
};

/// A session as it should be: acknowledges what is asked for, and sends a tick of `symbol` every
/// 10 ms until the client goes.
Script good_session(std::string symbol = "BTCUSDT", std::string price = "64521.30");
/// The rest of good_session(), after Peer::accept().
void serve_well(Peer& peer, const std::string& symbol = "BTCUSDT",
                const std::string& price = "64521.30");

}  // namespace tickcache::faults
