// Reads the segment, and writes it into the keys and the channel of a feed (docs/redis.md).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/redis/batch.hpp"
#include "bridges/redis/scripts.hpp"
#include "bridges/redis/tenure.hpp"
#include "encode/time.hpp"
#include "redis/keys.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::redis {

/// Where writes go.
class Outlet {
 public:
  /// Also false once a write, or flush(), has found the connection lost.
  [[nodiscard]] virtual bool is_open() const = 0;
  /// Sends a write; `renews`: it renews the lease. Calls `done`, which may
  /// be empty, if it was carried out.
  virtual void write(const Write& write, bool renews, std::function<void()> done) = 0;
  /// Sends what is still buffered.
  virtual void flush() = 0;

 protected:
  ~Outlet() = default;
};

/// It only reads the segment. Belongs to the loop's thread.
class Publication {
 public:
  /// The references must outlive it. Throws SegmentError if the segment exists and cannot be used.
  Publication(const std::string& segment, const Keys& keys, std::string instance, Tenure& tenure,
              Outlet& outlet);
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  /// Reads what has come, and sends it.
  void round();
  /// Writes all keys, so that nothing old is left in them; calls `done` when that is carried out.
  void rewrite(std::function<void()> done);
  /// Writes what has changed, and publishes a beat with the lease's renewal.
  void beat(Time now);
  /// The next beat will repeat `nonce`. Says whether that beat is to come at once.
  [[nodiscard]] bool take_nonce(std::string_view nonce, Time now);
  /// Forgets what was not sent.
  void clear();

 private:
  /// What followers were told last of a symbol.
  struct Symbol {
    Freshness freshness = Freshness::missing;
    Reason reason = Reason::never_seen;
    std::string stored;  ///< the newest record, if it is not in the hash yet
  };
  struct Series {
    std::string symbol;
    std::string interval;
    Candle open;  ///< as followers were told
  };

  void follow_feed();
  void look_at_clock();
  void flush();
  void rewrite_tickers();
  void rewrite_account();
  void rewrite_series(const Series& series);
  void look_at_trust();
  void look_at_candles();
  void look_at_series();
  void note_told(std::uint32_t cell, const FeedStatus& trust, std::string_view record);
  void read_status();
  void add_changed_tickers(Write& write);
  /// Adds an entry to a stream. `sequence`: the message that has the record, or has it behind it.
  void add_entry(Write& write, std::uint64_t sequence, std::string_view key, std::size_t most,
                 std::string_view record) const;
  /// With the next message.
  void store(std::string_view key, std::size_t most, std::string_view record);
  [[nodiscard]] std::string record_of_symbol(const SymbolTicker& symbol) const;
  [[nodiscard]] MessageHead head() const;
  [[nodiscard]] std::string channels_text() const;

  const Keys& keys_;
  std::string instance_;
  Tenure& tenure_;
  Outlet& outlet_;

  Reader reader_;
  Feed feed_;
  std::unique_ptr<Status> status_;
  std::uint64_t segment_ = 0;  ///< the instance that was written
  std::string channels_;       ///< as they were written
  encode::Clocks clocks_;      ///< of the present round
  Query query_;                ///< likewise
  Batch batch_;
  Write entries_;                ///< of streams, for the records in `batch_`
  std::vector<Symbol> symbols_;  ///< by cell
  std::map<std::string, Series> series_;
  std::vector<Echo> echoes_;
  Time candles_looked_{};
  Time beat_sent_{};
};

}  // namespace tickcache::redis
