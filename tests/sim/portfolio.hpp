#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "sim/http.hpp"
#include "sim/trades.hpp"

namespace tickcache::sim {

// The agent's money: what its filled orders leave of it. Mantissas at kBookDigits.
class Portfolio {
 public:
  void on_fill(std::string_view symbol, bool is_buy, std::int64_t quantity, std::int64_t price,
               std::int64_t fee, std::int64_t time_us);

  // The answer to /account/portfolio. Without prices (the platform's Redis is down) positions are
  // worth what they cost, and nothing in it says so but current_price 0.
  HttpResponse response(const Trades& trades, bool has_prices, std::int64_t locked_cash,
                        std::int64_t time_us) const;

 private:
  struct Position {
    std::int64_t quantity = 0;
    std::int64_t entry_price = 0;
    std::int64_t opened_us = 0;
  };

  static constexpr std::int64_t kStart = 100'000'00000000;

  std::int64_t cash_ = kStart;
  std::int64_t realized_ = 0;
  std::map<std::string, Position, std::less<>> positions_;
};

}  // namespace tickcache::sim
