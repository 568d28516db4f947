// Feed against a model: random ticks, polls, laps, sessions and runs, from a seed. Every tick is
// given once and in order, or counted in `missed` of the next one; nothing else is.
#include <doctest/doctest.h>

#include <random>

#include "support/seed.hpp"
#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

/// What was published, and how far a handler of all has come.
class AllModel {
 public:
  void publish(const std::string& text, std::uint64_t updates) {
    published_.push_back({text, updates});
  }
  void check(const Tick& tick) {
    next_ += tick.missed;
    const bool right =
        next_ < published_.size() &&
        published_[next_] == std::pair{std::string(tick.symbol.view()), tick.ticker.updates};
    if (!right || !is_whole(tick)) ++wrong;
    ++next_;
  }
  [[nodiscard]] bool complete() const { return next_ == published_.size(); }

  std::uint64_t wrong = 0;

 private:
  std::vector<std::pair<std::string, std::uint64_t>> published_;
  std::size_t next_ = 0;
};

/// One symbol's counter, as one handler sees it.
struct SymbolModel {
  std::uint64_t last = 0;

  /// Whether `tick` follows, with what it says is missing.
  bool follows(const Tick& tick) {
    const bool right = tick.ticker.updates == last + tick.missed + 1 && is_whole(tick);
    last = tick.ticker.updates;
    return right;
  }
};

/// What happens beside ticks, new sessions and laps.
enum class Restarts { none, seen, unseen };

class World {
 public:
  World(std::uint64_t seed, Restarts restarts)
      : random_(seed),
        restarts_(restarts),
        daemon_(seed % 8 == 7 ? 4096 : 1U << (1 + seed % 8)),
        feed_(daemon_.name.str()) {
    // Of a run that is never looked at, the tape is lost.
    if (restarts != Restarts::unseen) {
      feed_.on_ticker("all", [this](const Tick& tick) { all_.check(tick); });
    }
    feed_.on_ticker(
        "all", [this](const Tick& tick) { check(latest_, tick); }, Delivery::latest);
    for (std::size_t i = 0; i < kSymbols; i += 2) {
      feed_.on_ticker(name_of(i), [this](const Tick& tick) { check(every_, tick); });
      feed_.on_ticker(
          name_of(i), [this](const Tick& tick) { check(own_latest_, tick); }, Delivery::latest);
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    settle();
  }

  std::uint64_t wrong() const { return wrong_ + all_.wrong; }
  std::uint64_t ticks() const { return ticks_; }
  std::uint64_t missed() const { return feed_.missed(); }

 private:
  static constexpr std::size_t kSymbols = 12;

  static std::string name_of(std::size_t i) { return "SYM" + std::to_string(i); }

  void check(std::map<std::string, SymbolModel>& models, const Tick& tick) {
    if (!models[std::string(tick.symbol.view())].follows(tick)) ++wrong_;
  }

  void step() {
    const std::uint64_t die = random_() % 100;
    if (die < 55) return publish(1 + random_() % 8);
    if (die < 59) return publish(1 + random_() % 400);
    if (die < 60) return publish(1 + random_() % 4000);
    if (die < 62) return daemon_.reconnect();
    if (die < 97) {
      feed_.poll();
      return;
    }
    if (restarts_ != Restarts::none) restart();
  }

  void publish(std::uint64_t count) {
    for (; count > 0; --count) {
      // The first are busy, the last are quiet.
      const std::size_t i = std::min(random_() % kSymbols, random_() % kSymbols);
      const std::string text = name_of(i);
      daemon_.tick(text, ++updates_[text]);
      all_.publish(text, updates_[text]);
      ++ticks_;
    }
  }

  void restart() {
    for (std::uint64_t unseen = restarts_ == Restarts::unseen ? random_() % 3 : 0; unseen > 0;
         --unseen) {
      publish(random_() % 20);
      daemon_.restart();
    }
    publish(random_() % 20);
    daemon_.restart();
    publish(1 + random_() % 20);
    if (!soon([&] {
          feed_.poll();
          return everybody_is_up_to_date();
        })) {
      ++wrong_;
    }
  }

  bool everybody_is_up_to_date() {
    const auto reaches = [&](std::map<std::string, SymbolModel>& models, const std::string& text) {
      return models.count(text) == 0 || models[text].last == updates_[text];
    };
    return (restarts_ == Restarts::unseen || all_.complete()) &&
           std::all_of(updates_.begin(), updates_.end(), [&](const auto& symbol) {
             return latest_[symbol.first].last == symbol.second && reaches(every_, symbol.first) &&
                    reaches(own_latest_, symbol.first);
           });
  }

  void settle() {
    drain(feed_);
    if (!everybody_is_up_to_date()) ++wrong_;
  }

  std::mt19937_64 random_;
  Restarts restarts_;
  Daemon daemon_;
  AllModel all_;
  std::map<std::string, SymbolModel> every_, latest_, own_latest_;
  std::map<std::string, std::uint64_t> updates_;
  std::uint64_t wrong_ = 0;
  std::uint64_t ticks_ = 0;
  Feed feed_;
};

}  // namespace

TEST_CASE("feed: every tick is given once and in order, or counted, whatever happens") {
  const std::uint64_t first = seed_or(1);
  std::uint64_t ticks = 0;
  std::uint64_t missed = 0;
  for (std::uint64_t seed = first; seed < first + 200; ++seed) {
    CAPTURE(seed);
    World world(seed, Restarts::none);
    world.run(400);
    REQUIRE(world.wrong() == 0);
    ticks += world.ticks();
    missed += world.missed();
  }
  CHECK(missed > ticks / 20);  // there were laps
  CHECK(missed < ticks / 20 * 19);
}

TEST_CASE("feed: the same over restarts that carry over") {
  const std::uint64_t first = seed_or(1000);
  for (std::uint64_t seed = first; seed < first + 24; ++seed) {
    CAPTURE(seed);
    World world(seed, seed % 2 == 0 ? Restarts::seen : Restarts::unseen);
    world.run(60);
    REQUIRE(world.wrong() == 0);
  }
}
