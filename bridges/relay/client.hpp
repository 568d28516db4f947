// A client of the hub: what it subscribes to, and what it still has to get.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/relay/frame.hpp"
#include "bridges/relay/request.hpp"
#include "bridges/relay/wire.hpp"

namespace tickcache::relay {

class Hub;

/// Why a client with that API key may not have what it asks for; empty if it may.
[[nodiscard]] std::string refusal(Hub& hub, std::string_view key, const Request& request);
[[nodiscard]] std::string no_such_series(std::string_view symbol, std::string_view interval);
inline constexpr std::string_view kOwnKeyRequired =
    "orders and portfolio require the API key that tickcached uses (header X-API-Key, or "
    "?api_key=KEY)";

/// What a record is of. Numbers are the hub's.
struct Topic {
  ChannelKind kind = ChannelKind::ticker;
  std::uint32_t number = 0;  ///< of the symbol, or of the series of candles
  // Of a tick, as in Ticker.
  std::uint64_t updates = 0;
  std::int64_t received_ns = 0;
  bool is_overtaken = false;
  std::size_t end = 0;  ///< of its frame, in the bytes of a batch
};

/// The records of one wake-up, or of a part of it, in one form.
struct Batch {
  std::string bytes;
  std::vector<Topic> topics;
};

/// A set of small numbers.
class NumberSet {
 public:
  [[nodiscard]] bool has(std::uint32_t number) const noexcept {
    return number < bits_.size() && bits_[number];
  }
  /// Whether that changed something.
  bool set(std::uint32_t number, bool is_in = true) {
    if (has(number) == is_in) return false;
    if (number >= bits_.size()) bits_.resize(number + 1);
    bits_[number] = is_in;
    return true;
  }

 private:
  std::vector<bool> bits_;
};

struct Subscriptions {
  bool all_tickers = false;
  bool orders = false;
  bool portfolio = false;
  NumberSet symbols;
  NumberSet series;

  [[nodiscard]] bool has(const Topic& topic) const noexcept;
};

/// How a client wants to be served.
struct Manners {
  Form form = Form::enveloped;
  bool is_told = false;  ///< of the feed's state and of gaps; otherwise closed when it is not live
  bool conflates = false;  ///< if it is slow, gets the latest of each symbol instead of every tick
  std::string key;         ///< the API key that it gave
};

/// Belongs to the loop; a shared_ptr holds it. The hub calls it for each batch.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(Hub& hub, web::Socket socket, web::Seat seat, Manners manners);
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] const Manners& manners() const noexcept { return manners_; }
  [[nodiscard]] bool is_open() const noexcept { return wire_.is_open(); }
  /// Whether it is being closed.
  [[nodiscard]] bool is_ending() const noexcept { return is_ending_; }
  /// Whether it subscribes to the topic, and may have it.
  [[nodiscard]] bool gets(const Topic& topic) const;
  [[nodiscard]] bool gets_account() const noexcept {
    return subscriptions_.orders || subscriptions_.portfolio;
  }

  void deliver(const Batch& batch);
  /// Sends what is neither a tick nor due later. Drops the client if it does not fit.
  void send(std::string_view frame);
  /// Sends the latest value of the symbols that it has just subscribed to, or was too slow for, as
  /// far as it takes them.
  void catch_up();
  /// What had been published before was delivered.
  void end_of_round(std::int64_t now_ns) noexcept;

  /// Every second or so: pings, and ends what takes too long.
  virtual void on_time(std::int64_t now_ns) = 0;
  /// The feed is not live, which this client would not notice, or the relay stops.
  virtual void end(std::string_view why) = 0;

 protected:
  [[nodiscard]] Wire& wire() noexcept { return wire_; }
  [[nodiscard]] Hub& hub() noexcept { return hub_; }
  /// It gets all events since, so the latest values would only repeat them.
  void forget_due();
  void set_form(Form form) noexcept { manners_.form = form; }
  /// While on, records pass it by: older ones come first.
  void hold(bool is_on) noexcept { is_held_ = is_on; }
  /// Nothing may follow a close.
  void end_sending() noexcept { is_ending_ = true; }
  /// It has taken everything after having been behind.
  virtual void on_drained() { catch_up(); }
  void start();  ///< when a shared_ptr holds it

  /// Begins or ends the subscription, which is not refused. Latest prices are due then.
  void subscribe(const Request& request, bool is_on);
  [[nodiscard]] const Subscriptions& subscriptions() const noexcept { return subscriptions_; }

 private:
  /// The latest value that was sent of a symbol.
  struct Shown {
    std::uint64_t updates = 0;
    std::int64_t received_ns = 0;
  };

  void make_due(std::uint32_t symbol);
  void owe(std::uint32_t symbol);
  [[nodiscard]] bool was_shown(const Topic& topic) const;
  [[nodiscard]] bool may_have(const Topic& topic) const;
  [[nodiscard]] std::string latest_frame(std::uint32_t symbol);
  void drop();

  Hub& hub_;
  Manners manners_;
  Wire wire_;
  Subscriptions subscriptions_;
  std::vector<std::uint32_t> due_;     ///< symbols whose latest value may still have to be sent
  std::vector<std::uint32_t> missed_;  ///< by symbol: ticks not sent since the last one that was
  NumberSet is_listed_;                ///< in `due_`
  NumberSet is_due_;                   ///< of those, which still have to be
  std::map<std::uint32_t, Shown> shown_;
  std::int64_t shown_ns_ = 0;  ///< when that last changed
  bool is_held_ = false;
  bool is_ending_ = false;
  std::vector<boost::asio::const_buffer> buffers_;
};

}  // namespace tickcache::relay
