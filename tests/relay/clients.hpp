// Clients of the relay on bare sockets, so that what it writes is read by somebody else's code, and
// so that they can do what no library does.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/soon.hpp"

namespace tickcache::test {

using Headers = std::vector<std::string>;  ///< lines without their ends

/// A connection to a loopback port. Every wait gives up after kPatience.
class Connection {
 public:
  /// `receive_buffer`: of the socket, in bytes; 0: the system's.
  explicit Connection(std::uint16_t port, int receive_buffer = 0);
  ~Connection();
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;

  [[nodiscard]] bool is_connected() const noexcept { return is_connected_; }
  /// False if the other side is gone, or takes no more at the moment.
  bool send(std::string_view bytes) const;
  /// Sends as much as the other side takes; how much that was.
  [[nodiscard]] std::size_t send_some(std::string_view bytes) const;

  /// Waits until `size` bytes have come. False if the connection ends first, or it takes too long.
  bool fill(std::size_t size, std::chrono::milliseconds limit = kPatience);
  /// Waits until `text` has come, and takes everything up to its end; nothing if it does not come.
  std::optional<std::string> take_until(std::string_view text,
                                        std::chrono::milliseconds limit = kPatience);
  /// What has come, and comes until the end of the connection.
  std::string take_rest();
  /// What came and was not taken.
  std::string pending;
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
  /// Reads what is there, without waiting.
  void read_now();

 private:
  bool read(std::chrono::steady_clock::time_point deadline);

  int fd_ = -1;
  bool is_connected_ = false;
  bool has_ended_ = false;
};

struct Answer {
  unsigned status = 0;  ///< 0: none came
  std::string head;     ///< up to the empty line
  std::string body;

  /// Of a header, named in the form in which it is sent; empty if there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

/// The answer to one request; a Host header is added if `headers` has none.
Answer ask(std::uint16_t port, const std::string& request_line, const Headers& headers = {});
inline Answer get(std::uint16_t port, const std::string& target, const Headers& headers = {}) {
  return ask(port, "GET " + target + " HTTP/1.1", headers);
}
/// The value of a sample of the relay's metrics, as in "too_slow_total".
std::uint64_t metric(std::uint16_t port, const std::string& name);

/// The text of a member of a JSON object, as in text_at(json, "data.price"); numbers and booleans
/// as JSON. "-" if it is absent, or null.
std::string text_at(const std::string& json, const std::string& path);

/// A client of the WebSocket protocol.
class WebSocket {
 public:
  explicit WebSocket(std::uint16_t port, const std::string& target = "/ws/v1",
                     int receive_buffer = 0, const Headers& headers = {});

  /// 101 if the server took it.
  [[nodiscard]] unsigned status() const noexcept { return answer_.status; }
  [[nodiscard]] const Answer& answer() const noexcept { return answer_; }

  bool send(std::string_view text) { return send_frame(0x81, text); }
  /// With this first byte.
  bool send_frame(unsigned char first, std::string_view payload);
  /// The next text message; nothing if the connection has ended, or nothing comes.
  std::optional<std::string> read(std::chrono::milliseconds limit = kPatience);
  /// The next one whose member at `path` is `value`.
  std::optional<std::string> read_with(const std::string& path, const std::string& value);
  /// Reads up to the end. The close frame's code; 0 if there was none, nothing if it does not end.
  std::optional<unsigned> read_to_end();
  [[nodiscard]] unsigned close_code() const noexcept { return close_code_; }
  [[nodiscard]] const std::string& close_text() const noexcept { return close_text_; }
  /// Frames that came after the close frame.
  [[nodiscard]] unsigned after_close() const noexcept { return after_close_; }

  bool subscribe(const std::string& channel, const std::string& symbol = {},
                 const std::string& interval = {}, const std::string& action = "subscribe");
  /// Reads up to an answer about, or a message of, this channel, as in "ticker:BTCUSDT".
  bool is_subscribed(const std::string& channel) {
    return read_with("channel", channel).has_value();
  }
  /// Subscribes to all ticks, and returns when that is so.
  bool subscribe_all() { return subscribe("ticker_all") && is_subscribed("ticker:all"); }

  Connection connection;
  bool answers_close = true;

 private:
  struct Frame {
    unsigned char first = 0;
    std::string payload;
  };
  std::optional<Frame> frame(std::chrono::milliseconds limit);

  Answer answer_;
  unsigned close_code_ = 0;
  std::string close_text_;
  unsigned after_close_ = 0;
};

struct Event {
  std::string id;
  std::string name;
  std::string data;
};

/// A client of the event stream.
class EventSource {
 public:
  explicit EventSource(std::uint16_t port, const std::string& target = "/v1/stream",
                       const Headers& headers = {}, int receive_buffer = 0);

  [[nodiscard]] const Answer& answer() const noexcept { return answer_; }
  /// The next event, also one that has nothing but an id; comments are skipped.
  std::optional<Event> read(std::chrono::milliseconds limit = kPatience);
  /// The next one of that name.
  std::optional<Event> read_named(const std::string& name);
  /// The last id that came.
  [[nodiscard]] const std::string& last_id() const noexcept { return last_id_; }

  Connection connection;

 private:
  Answer answer_;
  std::string last_id_;
};

}  // namespace tickcache::test
