// The fan-out: reads the feed and gives each record to the clients that subscribe to it.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bridges/relay/client.hpp"
#include "bridges/waker.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::relay {

/// Counted since the start.
struct HubCounters {
  std::uint64_t records = 0;   ///< read from the feed
  std::uint64_t missed = 0;    ///< lost, because the relay was too slow
  std::uint64_t too_slow = 0;  ///< clients dropped
  std::uint64_t ended = 0;     ///< clients closed because the feed was not live
};

/// A record is encoded once for each form that some client reads, and what one wake-up brings
/// leaves in one write for each client. Belongs to the loop.
class Hub {
 public:
  /// Throws SegmentError if the segment exists and cannot be used. `io` must outlive it.
  Hub(boost::asio::io_context& io, const std::string& segment);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Begins to read, in the loop.
  void start();
  /// Reads what is there, and sends it. Before a client gets latest values, so that they do not
  /// come before older ticks.
  void round();
  /// Ends every client.
  void stop();

  [[nodiscard]] Reader& reader() noexcept { return reader_; }
  [[nodiscard]] FeedStatus status() const noexcept { return status_; }
  [[nodiscard]] const HubCounters& counters() const noexcept { return counters_; }
  /// Of the clients with such manners.
  [[nodiscard]] std::size_t client_count(bool (*counts)(const Manners&)) const;

  void add(std::shared_ptr<Client> client);
  /// Ends a client that would not notice that the feed is not live.
  void end(Client& client);
  void on_too_slow() noexcept { ++counters_.too_slow; }

  /// The number of a symbol (in any case); nothing if it is none, or if too many are not known.
  [[nodiscard]] std::optional<std::uint32_t> symbol_number(std::string_view symbol);
  [[nodiscard]] std::uint32_t symbol_count() const noexcept {
    return static_cast<std::uint32_t>(symbols_.size());
  }
  /// The number of a series that tickcached keeps; nothing if it does not.
  [[nodiscard]] std::optional<std::uint32_t> series_number(std::string_view symbol,
                                                           std::string_view interval);

  [[nodiscard]] std::string_view symbol(std::uint32_t number) const {
    return symbols_[number].symbol();
  }
  [[nodiscard]] Result<Ticker> latest(std::uint32_t symbol) {
    return reader_.ticker(symbols_[symbol]);
  }
  /// The symbol's last tick that clients were sent, or missed; null if there was none. It may be
  /// older than the latest, whose tick then follows.
  [[nodiscard]] const Ticker* published(std::uint32_t symbol) const noexcept {
    return published_[symbol].updates > 0 ? &published_[symbol] : nullptr;
  }
  /// The present portfolio, if there is one that `client` may have.
  void send_portfolio(Client& client);
  /// Whether it is the key whose orders and portfolio the feed delivers, and the reader has read.
  [[nodiscard]] bool is_own_key(std::string_view key);

  /// The newest event, and an event's number; nothing if `id` is not of this run.
  [[nodiscard]] std::uint64_t last_event() const noexcept { return events_; }
  [[nodiscard]] std::string event_id() const;
  [[nodiscard]] std::optional<std::uint64_t> event_number(std::string_view id) const;
  /// Those of the events after `number` that `client` gets, about `size` bytes of them; sets
  /// `number` to the last that was looked at. Nothing if they are no longer kept.
  [[nodiscard]] std::optional<std::string> events_after(std::uint64_t& number, const Client& client,
                                                        std::size_t size) const;

 private:
  struct Kept {
    std::uint64_t first = 0;  ///< number of its first event
    Batch batch;
  };

  void flush();
  template <class Record>
  void publish(const Topic& topic, const Record& record, const FeedStatus& trust);
  void on_status(const FeedStatus& status);
  void on_gap(const FeedGap& gap);
  void open_account();
  void keep(Batch batch);
  void forget_events();
  void look_after();
  void see_who_reads();
  template <class Function>
  void for_each_client(Function function);

  Reader reader_;
  Feed feed_;
  /// Asked for nothing but the key: so it stays with the segment that the feed reads.
  Reader account_;
  std::string run_;  ///< a random text, so that ids of another run are not taken for this one's
  std::vector<SymbolHandle> symbols_;
  std::vector<Ticker> published_;  ///< by symbol
  std::unordered_map<std::string, std::uint32_t> symbol_numbers_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> series_;
  std::vector<std::shared_ptr<Client>> clients_;
  std::array<Batch, kForms.size()> batches_;
  std::array<bool, kForms.size()> is_read_{};  ///< by some client
  encode::Clocks clocks_;                      ///< of the present round
  Query query_;                                ///< likewise
  FeedStatus status_;
  HubCounters counters_;
  std::uint64_t events_ = 0;         ///< encoded so far
  std::uint64_t account_since_ = 0;  ///< the last event that may be of another account
  std::int64_t events_read_ns_ = 0;  ///< CLOCK_BOOTTIME when some client last read them
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
  boost::asio::steady_timer second_;
  bridges::Waker waker_;
};

}  // namespace tickcache::relay
