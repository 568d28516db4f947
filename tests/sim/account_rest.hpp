#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/access.hpp"
#include "sim/clock.hpp"
#include "sim/http.hpp"
#include "sim/options.hpp"
#include "sim/orders.hpp"
#include "sim/query.hpp"
#include "sim/rate_limit.hpp"
#include "sim/trades.hpp"

namespace tickcache::sim {

// The private half of the REST interface: one account, whatever its key. Its limits count every
// request of an admitted key, orders that are placed too.
class AccountRest {
 public:
  enum class Call { place, cancel, orders, open_orders, order, portfolio };

  // All but the options outlive it.
  AccountRest(const Options& options, const Clock& clock, const Trades& trades,
              const Access& access, Orders& orders);

  // argument: the order's id in the path. Without Redis there are neither prices nor limits.
  HttpResponse answer(Call call, const HttpRequest& request, const Target& target,
                      std::string_view argument, bool has_redis);

  // Counts requests under /trade/ as if the agent had made them.
  void spend(std::uint64_t requests) { trade_.take(now_s(), requests); }

 private:
  std::int64_t now_s() const { return clock_.microseconds() / 1'000'000; }
  std::optional<HttpResponse> refusal(std::string_view key) const;
  HttpResponse respond(Call call, const HttpRequest& request, const Target& target,
                       std::string_view argument, bool has_redis);
  HttpResponse list(const Target& target, bool only_open) const;
  HttpResponse order(std::string_view id) const;
  HttpResponse place(std::string_view body, bool has_redis);
  HttpResponse filled_at_once(const NewOrder& order, std::size_t symbol);
  HttpResponse cancel(std::string_view id);

  const Clock& clock_;
  const Trades& trades_;
  const Access& access_;
  Orders& orders_;
  RateLimit trade_;
  RateLimit other_;
};

}  // namespace tickcache::sim
