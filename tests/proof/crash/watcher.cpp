#include "tests/proof/crash/watcher.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <thread>

#include "e2e/checked_ticks.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::test {

namespace {

/// Looks at one symbol after the other.
class Lookups {
 public:
  Lookups(const std::string& segment, const std::vector<std::string>& symbols,
          std::chrono::microseconds pause, Sightings& sightings)
      : reader_(segment), pause_(pause), sightings_(sightings) {
    for (const std::string& symbol : symbols) symbols_.push_back({reader_.handle(symbol), 0});
  }

  void run() {
    while (!sightings_.stop) {
      for (Symbol& symbol : symbols_) look(symbol);
      reader_.status(status_);
      if (std::exchange(instance_, status_.instance) != status_.instance) ++sightings_.instances;
      sightings_.busy = reader_.busy();
      if (pause_.count() > 0) std::this_thread::sleep_for(pause_);
    }
  }

 private:
  struct Symbol {
    SymbolHandle handle;
    std::uint64_t sequence;
  };

  void look(Symbol& symbol) {
    const Result<Ticker> result = reader_.ticker(symbol.handle);
    if (!result.has_value) {
      if (symbol.sequence != 0) sightings_.add_wrong("lost its last good value");
      return;
    }
    ++sightings_.values;
    if (result.live()) ++sightings_.live;
    const auto sequence = sequence_of(symbol.handle.symbol(), result.value);
    if (!sequence) return sightings_.add_wrong("torn, or of another symbol");
    if (*sequence < symbol.sequence) return sightings_.add_wrong("an older value than before");
    if (result.live() && result.value.epoch == 0) sightings_.add_wrong("live, but carried over");
    symbol.sequence = *sequence;
  }

  Reader reader_;
  const std::chrono::microseconds pause_;
  Sightings& sightings_;
  std::vector<Symbol> symbols_;
  Status status_;
  std::uint64_t instance_ = 0;
};

/// Takes every event.
class Following {
 public:
  Following(const std::string& segment, bool changing, Sightings& sightings)
      : feed_(segment), changing_(changing), sightings_(sightings) {
    feed_.on_ticker("all", [this](const Tick& tick) { take(tick); });
    feed_.on_order_update([this](const OrderUpdate& update) { take(update); });
    feed_.on_gap([this](const FeedGap& gap) {
      if (gap.cause == GapCause::restarted && gap.channel == ChannelKind::all_tickers) {
        ++sightings_.instances;
        ++run_;
      }
    });
  }

  void run() {
    while (!sightings_.stop) {
      feed_.wait(std::chrono::milliseconds(20));
      feed_.poll();
    }
  }

 private:
  struct Last {
    std::uint64_t sequence = 0;
    std::uint32_t epoch = 0;
    std::uint64_t run = 0;
  };

  void take(const Tick& tick) {
    ++sightings_.values;
    ++sightings_.live;
    sightings_.missed += tick.missed;
    const auto sequence = sequence_of(tick.symbol.view(), tick.ticker);
    if (!sequence) return sightings_.add_wrong("torn, or of another symbol");
    Last& last = last_[std::string(tick.symbol.view())];
    if (*sequence <= last.sequence) return sightings_.add_wrong("twice, or out of order");
    // Within one connection nothing is lost without a word.
    const bool follows_on = !changing_ && last.run == run_ && last.epoch == tick.ticker.epoch;
    if (follows_on && *sequence != last.sequence + 1 + tick.missed) {
      sightings_.add_wrong("lost without a word");
    }
    last = {*sequence, tick.ticker.epoch, run_};
  }

  void take(const OrderUpdate& update) {
    ++sightings_.values;
    // Positions go on from run to run; what was missed is told.
    if (last_order_ != 0 && update.position != last_order_ + 1 + update.missed) {
      sightings_.add_wrong("an order update is lost without a word, or comes twice");
    }
    if (update.order.id.view().empty()) sightings_.add_wrong("an order update without its number");
    last_order_ = update.position;
  }

  Feed feed_;
  const bool changing_;
  Sightings& sightings_;
  std::map<std::string, Last> last_;
  std::uint64_t run_ = 1;
  std::uint64_t last_order_ = 0;
};

}  // namespace

void Sightings::add_wrong(std::string_view what) noexcept {
  if (wrong++ == 0)
    std::memcpy(first_wrong, what.data(), std::min(what.size(), sizeof first_wrong));
}

Watcher::Watcher(Way way, const std::string& segment, const std::vector<std::string>& symbols,
                 std::chrono::microseconds pause)
    : child_(std::make_unique<Child>([&] {
        if (way == Way::lookups) {
          Lookups(segment, symbols, pause, *sightings_).run();
        } else {
          Following(segment, way == Way::feed_of_changing, *sightings_).run();
        }
        return 0;
      })) {}

bool Watcher::stop() {
  sightings_->stop = true;
  return child_->wait() == 0;
}

}  // namespace tickcache::test
