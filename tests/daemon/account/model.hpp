// An account at an exchange, the daemon's decisions about it, and a reader, on a clock that the
// test turns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/publisher.hpp"
#include "daemon/core/reconciliation.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::test {

using daemon::Time;

constexpr Time seconds(double count) { return Time(static_cast<std::int64_t>(count * 1e9)); }

struct ModelOrder {
  std::string id;
  std::string status = "pending";
  std::int64_t executed = 0;  ///< of 10
  std::int64_t created_ns = 0;
  std::int64_t filled_ns = 0;

  [[nodiscard]] bool is_open() const { return status == "pending" || status == "partially_filled"; }
};

class Model {
 public:
  Model();

  // The exchange
  std::string place();
  /// Changes an order; `push`: the WebSocket says so too, if it is connected.
  void change(const std::string& id, std::string_view status, std::int64_t executed,
              bool push = false);
  /// The WebSocket sends this state of it.
  void push(const ModelOrder& order);
  void push_portfolio(std::string_view equity);
  [[nodiscard]] const ModelOrder& order(const std::string& id) const { return *find(id); }
  /// Orders of before that are not listed one by one.
  void add_history(std::size_t count);
  /// An agent of the account makes a request. False if it is refused.
  bool agent_asks();
  bool fails = false;                ///< every answer is an error
  std::string fails_of;              ///< answers about this single order are
  std::string unreadable;            ///< this order cannot be read
  bool hides = false;                ///< the exchange does not know single orders
  bool unbelievable = false;         ///< the portfolio has no prices
  bool tells_limit = true;           ///< how many requests are left
  std::uint32_t limit = 100;         ///< requests about orders a minute
  std::uint32_t others = 0;          ///< of them that were taken in this minute by others
  std::uint64_t refused = 0;         ///< requests of the daemon beyond the limit
  std::vector<Time> requests;        ///< about orders
  std::vector<std::string> lookups;  ///< ids of single orders
  std::uint64_t portfolios = 0;
  std::string equity = "100000.0000000000000000";
  /// The most of `requests` within a minute.
  [[nodiscard]] std::size_t most_in_a_minute() const;

  // The daemon
  void connect(bool acknowledged = true);
  void acknowledge();
  void disconnect();
  /// Another run of the daemon takes over.
  void restart();
  daemon::AccountSettings settings{true, true, seconds(5), seconds(10)};
  void configure() { reconciliation_->configure(settings); }

  /// Lets time pass.
  void run(Time span);
  [[nodiscard]] Time now() const { return now_; }

  // The reader
  struct Seen {
    std::string id;
    std::string status;
    std::int64_t executed = 0;
    Source origin = Source::unknown;
    bool after_gap = false;
    std::int64_t received_ns = 0;
  };
  /// All updates that a reader has seen, in order.
  std::vector<Seen> seen;
  std::uint64_t missed = 0;  ///< by the reader
  std::uint64_t cuts = 0;    ///< how often the daemon said that updates may be missing
  [[nodiscard]] std::vector<std::string> statuses(const std::string& id) const;
  ListResult orders();
  Result<Portfolio> portfolio();
  std::uint64_t count(Counter counter);
  [[nodiscard]] Time reconciled() const;
  /// Position of the newest update.
  [[nodiscard]] std::uint64_t head() const { return writer_->view().orders().head(); }
  /// Of an order that the next run knows.
  [[nodiscard]] std::string known_status(std::uint32_t slot) const;

 private:
  static constexpr Time kStart = seconds(100'000);
  static constexpr Time kStep = seconds(0.05);
  static constexpr Time kTakes = seconds(0.1);

  struct Answer {
    Time at{};
    daemon::AccountQuestion question;
    std::vector<daemon::RequestedOrder> orders = {};
    std::string equity = {};
    bool refused = false;
    bool failed = false;
    bool absent = false;
  };

  [[nodiscard]] ModelOrder* find(const std::string& id);
  [[nodiscard]] const ModelOrder* find(const std::string& id) const;
  void ask();
  void give(const Answer& answer);
  void start();
  void look();

  SegmentName name_;
  Time now_ = kStart;
  Time minute_{};
  std::uint32_t taken_ = 0;
  std::optional<CacheWriter> writer_;
  std::optional<daemon::Publisher> publisher_;
  std::optional<daemon::Reconciliation> reconciliation_;
  std::optional<Reader> reader_;
  std::uint64_t next_ = 1;          ///< position of the next update
  std::vector<ModelOrder> orders_;  ///< by creation
  std::map<std::string, std::size_t> index_;
  std::optional<Answer> answer_;
  bool up_ = false;
};

}  // namespace tickcache::test
