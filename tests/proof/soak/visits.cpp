#include "tests/proof/soak/visits.hpp"

#include <chrono>
#include <random>
#include <thread>

namespace tickcache::test {

namespace {

void add(const Sightings& seen, Sightings& sum) {
  ++sum.instances;
  sum.values += seen.values;
  sum.live += seen.live;
  sum.busy += seen.busy;
  if (seen.wrong != 0) sum.add_wrong(seen.first_wrong);
}

}  // namespace

Visits::Visits(std::uint64_t seed, const std::string& segment, Watcher::Way feed,
               const std::vector<std::string>& symbols)
    : child_(std::make_unique<Child>([&] {
        std::mt19937_64 random(seed);
        bool all_ended = true;
        while (!sum_->stop) {
          const auto way = random() % 2 == 0 ? Watcher::Way::lookups : feed;
          Watcher reader(way, segment, symbols, std::chrono::milliseconds(1));
          std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 100));
          all_ended = reader.stop() && all_ended;
          add(reader.sightings(), *sum_);
        }
        return all_ended ? 0 : 1;
      })) {}

bool Visits::stop() {
  sum_->stop = true;
  return child_->wait() == 0;
}

}  // namespace tickcache::test
