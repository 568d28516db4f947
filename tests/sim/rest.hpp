#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "sim/access.hpp"
#include "sim/account_rest.hpp"
#include "sim/clock.hpp"
#include "sim/http.hpp"
#include "sim/ledger.hpp"
#include "sim/market_rest.hpp"
#include "sim/options.hpp"
#include "sim/orders.hpp"
#include "sim/trades.hpp"

namespace tickcache::sim {

// The REST interface: finds the answer to a request, and spoils it if that is asked for. No I/O.
// Belongs to one thread at a time.
class Rest {
 public:
  struct Answer {
    enum class Kind { respond, close, hang };

    Kind kind = Kind::respond;
    std::string text;  // the whole response
    bool keep_alive = true;
    std::chrono::milliseconds delay{0};
  };

  // All but the options outlive it.
  Rest(const Options& options, const Clock& clock, const Trades& trades, const Access& access,
       Orders& orders, Ledger& ledger);

  void mode(RestMode mode);
  void delay(std::chrono::milliseconds by) noexcept { delay_ = by; }

  Answer answer(const HttpRequest& request);

  AccountRest& account() noexcept { return account_; }

 private:
  struct Cached {
    std::chrono::steady_clock::time_point until;
    HttpResponse response;
  };

  HttpResponse respond(const HttpRequest& request, const Target& target, std::string_view pattern,
                       std::string_view argument);
  HttpResponse respond_market(const Target& target, std::string_view pattern,
                              std::string_view argument) const;
  HttpResponse spoiled(HttpResponse response) const;

  const Clock& clock_;
  const Access& access_;
  Ledger& ledger_;
  MarketRest market_;
  AccountRest account_;
  RestMode mode_;
  std::chrono::milliseconds delay_;
  std::map<std::string, Cached> cache_;
};

}  // namespace tickcache::sim
