// Asks the exchange for what its WebSocket does not push: updates of the account's orders, and its
// portfolio. Decides what to ask and when, and which answers are news. It has no I/O, no clock and
// no thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/publisher.hpp"
#include "daemon/core/question.hpp"
#include "daemon/core/request_budget.hpp"
#include "daemon/core/timing.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"

namespace tickcache::daemon {

struct AccountSettings {
  bool orders = false;
  bool portfolio = false;
  Time orders_poll{};     ///< 0: orders are asked for only after connecting, or after a loss
  Time portfolio_poll{};  ///< 0: never asked for
};

/// Call next() when deadline() is reached, send the question that it returns, and report its one
/// answer. Times never go backwards.
///
/// A pass reads the orders back to the first that is known and final, and asks by itself for each
/// known open one that it did not meet. Nothing is published before the pass is complete: what then
/// is news, the oldest change first. An error ends the pass: it says nothing about any order. One
/// about a single order is that order's alone.
class Reconciliation {
 public:
  /// After connecting, for the acknowledgement of the channel.
  static constexpr Time kSettle = std::chrono::seconds(2);
  /// Between passes while the exchange pushes updates, and between requests to one without REST.
  static constexpr Time kSeldom = std::chrono::seconds(60);
  /// Orders of the first page, and of the others.
  static constexpr std::size_t kFirstPage = 100;
  static constexpr std::size_t kPage = 500;
  static constexpr std::size_t kMaxPages = 5;
  /// All that the exchange gives of open orders.
  static constexpr std::size_t kOpenPage = 200;
  /// Orders asked for one by one in a pass, those first that were asked for longest ago. For more
  /// than kFewLookups, pages are tried first.
  static constexpr std::size_t kMaxLookups = 20;
  static constexpr std::size_t kFewLookups = 5;

  explicit Reconciliation(Publisher& publisher) : publisher_(publisher) {}

  void configure(const AccountSettings& settings) { settings_ = settings; }

  [[nodiscard]] Time deadline() const;
  std::optional<AccountQuestion> next(Time now);

  /// One that could not be read has no id.
  void on_orders(const std::vector<RequestedOrder>& orders);
  /// The exchange has no order of that id.
  void on_no_order(Time now);
  /// Its answer about that single order cannot be used. Not asked for again within kSeldom.
  void on_order_failed(Time now);
  /// Not `believable`: it makes no sense.
  void on_portfolio(const Portfolio& portfolio, bool believable, Time now);
  /// There was no answer, or none that can be used. `absent`: the exchange seems to have none.
  void on_failure(bool absent, Time now);
  /// The request exceeded the exchange's limit.
  void on_refused(std::optional<Time> wait, Time now);
  /// How many requests are left, before the answer itself is reported.
  void on_limit(std::uint32_t remaining, std::optional<Time> full_in, Time now);

  /// Not every order that may have changed could be read. Given once.
  bool take_cut() { return std::exchange(cut_, false); }
  /// Requests about orders wait because the account has few left.
  [[nodiscard]] bool is_short(Time now) const { return trade_.is_short(now); }

 private:
  struct Pass {
    Time began{};
    Time session{};       ///< when the connection opened
    bool whole = false;   ///< with the open orders, whatever the pages have
    bool counts = false;  ///< false: older orders may be missing
    std::size_t offset = 0;
    std::size_t pages = 0;
    bool ended = false;  ///< there is no further page
    bool met = false;  ///< a page reached what was known; only known orders are of interest beyond
    bool cut = false;
    bool asked_open = false;
    std::map<std::string, RequestedOrder> found;
    std::set<std::string> looked_up;
    std::set<std::string> failed;  ///< of them
    Time compared{};               ///< when each known open order had been; 0: one has not
    bool publishes = false;
    std::vector<RequestedOrder> batch;
    std::size_t published = 0;
    Time publish_at{};
  };
  /// The last time that an order was asked for by itself, and is still open.
  struct Lookup {
    Time at{};
    Time again{};  ///< not before
    bool failed = false;
  };
  struct Retry {
    unsigned failures = 0;
    Time at{};
    bool has_worked = false;

    void failed(bool absent, Time now);
    void worked() { *this = {0, Time(0), true}; }
  };

  [[nodiscard]] Time orders_due() const;
  [[nodiscard]] Time portfolio_due() const;
  std::optional<AccountQuestion> question();
  [[nodiscard]] std::vector<std::string> unresolved() const;
  AccountQuestion next_page();
  void begin_pass(Time now);
  void take(const RequestedOrder& order);
  void finish_reading(Time now);
  void note_lookups();
  void publish(Time now);
  RequestBudget& budget();

  Publisher& publisher_;
  AccountSettings settings_;
  std::optional<AccountQuestion> open_;
  std::optional<Pass> pass_;
  std::map<std::string, Lookup> lookups_;  ///< of the open orders that the last pass did not meet
  Time passed_{};   ///< when the last pass of this run that reached its end began
  Time news_at_{};  ///< when an update was found that had not been pushed
  Time portfolio_asked_{};
  RequestBudget trade_;
  RequestBudget account_;
  Retry orders_retry_;
  Retry portfolio_retry_;
  bool cut_ = false;
};

}  // namespace tickcache::daemon
