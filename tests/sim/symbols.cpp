#include "sim/symbols.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "sim/random.hpp"

namespace tickcache::sim {
namespace {

struct Known {
  std::string_view symbol;
  std::int64_t price;  // at 8 fraction digits
  std::int64_t step;
};

constexpr std::array<Known, 48> kKnown{{
    {"BTCUSDT", 64521'30000000, 1000000},
    {"ETHUSDT", 3421'55000000, 1000000},
    {"SOLUSDT", 151'24000000, 1000000},
    {"1000SATSUSDT", 21340, 1},
    {"BNBUSDT", 592'10000000, 1000000},
    {"XRPUSDT", 52340000, 1000},
    {"DOGEUSDT", 12345000, 1000},
    {"ADAUSDT", 45120000, 1000},
    {"AVAXUSDT", 35'12000000, 100000},
    {"LINKUSDT", 14'87000000, 100000},
    {"PEPEUSDT", 812, 1},
    {"SHIBUSDT", 2345, 1},
    {"TRXUSDT", 12110000, 1000},
    {"DOTUSDT", 7'23400000, 100000},
    {"MATICUSDT", 71230000, 1000},
    {"LTCUSDT", 83'45000000, 1000000},
    {"BCHUSDT", 482'30000000, 1000000},
    {"UNIUSDT", 9'87100000, 100000},
    {"ATOMUSDT", 8'45200000, 100000},
    {"ETCUSDT", 26'31000000, 1000000},
    {"XLMUSDT", 11230000, 1000},
    {"NEARUSDT", 6'71300000, 100000},
    {"APTUSDT", 9'12300000, 100000},
    {"FILUSDT", 5'98700000, 100000},
    {"ARBUSDT", 1'12340000, 10000},
    {"OPUSDT", 2'45670000, 10000},
    {"INJUSDT", 28'34100000, 100000},
    {"SUIUSDT", 1'34560000, 10000},
    {"SEIUSDT", 56780000, 1000},
    {"TIAUSDT", 10'23400000, 100000},
    {"RNDRUSDT", 7'89100000, 100000},
    {"IMXUSDT", 2'12300000, 10000},
    {"AAVEUSDT", 91'23000000, 1000000},
    {"MKRUSDT", 2783'00000000, 100000000},
    {"GRTUSDT", 28340000, 1000},
    {"ALGOUSDT", 18230000, 1000},
    {"FTMUSDT", 78910000, 1000},
    {"SANDUSDT", 44560000, 1000},
    {"MANAUSDT", 45670000, 1000},
    {"AXSUSDT", 7'56000000, 1000000},
    {"GALAUSDT", 4321000, 1000},
    {"CHZUSDT", 12340000, 1000},
    {"CRVUSDT", 51230000, 1000},
    {"LDOUSDT", 2'21300000, 100000},
    {"RUNEUSDT", 5'43200000, 100000},
    {"FLOKIUSDT", 17650, 1},
    {"BONKUSDT", 2456, 1},
    {"WIFUSDT", 2'98760000, 10000},
}};

std::string made_up_base(std::uint64_t index) {
  constexpr std::string_view kConsonants = "BCDFGKLMNPRSTVZ";
  constexpr std::string_view kVowels = "AEIOU";
  std::string base;
  for (int i = 0; i < 2; ++i) {
    base += kConsonants[index % kConsonants.size()];
    index /= kConsonants.size();
    base += kVowels[index % kVowels.size()];
    index /= kVowels.size();
  }
  if (index > 0) base += std::to_string(index);
  return base;
}

// Prices from 0.00001 to 10,000, and every number of fraction digits that exchanges use, so that a
// consumer meets each of them. Fixed randomness: the list must not depend on the run's seed.
Listing made_up(std::string symbol, std::uint64_t index) {
  constexpr std::array<int, 6> kDigits{8, 8, 8, 6, 4, 2};
  Random random(0x51b0a1 + index);
  const int digits = kDigits[random.below(kDigits.size())];
  const auto magnitude = 3 + random.below(static_cast<std::uint64_t>(digits));
  std::int64_t price = 1;
  for (std::uint64_t i = 0; i < magnitude; ++i) price *= 10;
  price += static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(price) * 9));
  return {std::move(symbol), price, 1, digits};
}

}  // namespace

std::vector<Listing> listings(std::size_t count) {
  std::vector<Listing> result;
  std::unordered_set<std::string> taken;
  result.reserve(count);
  for (const Known& known : kKnown) {
    if (result.size() == count) return result;
    result.push_back({std::string(known.symbol), known.price, known.step, 8});
    taken.insert(result.back().symbol);
  }
  // 7919 is coprime to the 15·5·15·5 bases, so each comes once, in an order that does not look
  // counted.
  for (std::uint64_t index = 0; result.size() < count; ++index) {
    std::string symbol = made_up_base(index / 5625 * 5625 + index * 7919 % 5625) + "USDT";
    if (taken.insert(symbol).second) result.push_back(made_up(std::move(symbol), index));
  }
  return result;
}

}  // namespace tickcache::sim
