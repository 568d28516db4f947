// One connection to a Redis server: hiredis' asynchronous interface on an Asio loop.
#pragma once

#include <hiredis/async.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::redis {

/// Called once with the answer, which is valid during the call; with null if the connection is
/// gone. An answer may be an error.
using Done = std::function<void(const redisReply* answer)>;
using Message = std::function<void(std::string_view text)>;

/// Belongs to the loop's thread. Calls nothing after close(), nor from inside its own functions,
/// except that a send may find the connection lost.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `opened` is called once the TCP connection is open, `lost` once when it is gone or could not
  /// be opened. Returns null, and sets `why`, if not even an attempt is possible.
  static std::shared_ptr<Connection> open(boost::asio::io_context& io,
                                          const boost::asio::ip::tcp::endpoint& endpoint,
                                          std::function<void()> opened,
                                          std::function<void(const std::string& why)> lost,
                                          std::string& why);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Answers come in the order of the commands.
  void send(const std::vector<std::string_view>& command, Done done);
  /// Only once; afterwards, nothing can be sent.
  void subscribe(std::string_view channel, std::function<void()> subscribed, Message message);
  /// Writes at once what send() has put together; otherwise the loop does it soon.
  void flush();
  void close();

  /// Bytes of the commands that have not been answered.
  [[nodiscard]] std::size_t unanswered() const noexcept { return unanswered_; }

 private:
  struct Pending;

  explicit Connection(boost::asio::io_context& io) : descriptor_(io) {}

  static Connection& self(const redisAsyncContext* context) {
    return *static_cast<Connection*>(context->data);
  }
  void on_connect(const std::string& problem);
  void handle(void (*function)(redisAsyncContext*));
  void on_disconnect(const std::string& why);
  void on_message(const redisReply* reply);
  void flush_soon();
  void watch_reads();
  void watch_writes();

  redisAsyncContext* context_ = nullptr;  ///< hiredis frees it, after its cleanup
  boost::asio::posix::stream_descriptor descriptor_;
  std::function<void()> opened_;
  std::function<void(const std::string&)> lost_;
  std::function<void()> subscribed_;
  Message message_;
  std::size_t unanswered_ = 0;
  bool is_closed_ = false;
  bool is_opening_ = false;
  bool wants_reads_ = false;
  bool wants_writes_ = false;
  bool flushes_soon_ = false;
  bool reads_watched_ = false;
  bool writes_watched_ = false;
};

/// The text of a string or status answer; empty for anything else.
[[nodiscard]] std::string_view text_of(const redisReply* answer) noexcept;
/// The element of an array; null if there is none.
[[nodiscard]] const redisReply* element(const redisReply& answer, std::size_t i) noexcept;
/// The field of a stream's entry; empty if there is none. The entry may be null.
[[nodiscard]] std::string_view field_of(const redisReply* entry, std::string_view name) noexcept;
/// Whether there is an answer, and it is no error.
[[nodiscard]] bool is_good(const redisReply* answer) noexcept;
/// What went wrong, for people.
[[nodiscard]] std::string problem_of(const redisReply* answer);

}  // namespace tickcache::redis
